import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ConnectorOptionTests {
    private static let below: Duration = .seconds(-1)

    /// That the initialiser refuses a value with its option's name.
    private func expectInvalid(
        _ option: String, _ location: SourceLocation = #_sourceLocation,
        _ make: () throws(ConnectorOptionError) -> Void
    ) {
        do {
            try make()
            Issue.record("\(option) was accepted", sourceLocation: location)
        } catch {
            guard case .invalid(option, let value, let reason) = error else {
                Issue.record("\(error)", sourceLocation: location)
                return
            }
            #expect(!value.isEmpty && !reason.isEmpty, sourceLocation: location)
        }
    }

    @Test func `the keep-alive timeout is 15 s unless given, not negative, not beside forceClose (PARAM-01)`()
        throws
    {
        #expect(try BaseConnector().options.keepAliveTimeout == .seconds(15))
        #expect(try BaseConnector { $0.keepAliveTimeout = .zero }.options.keepAliveTimeout == .zero)
        #expect(
            try BaseConnector { $0.keepAliveTimeout = .seconds(9) }.options.keepAliveTimeout == .seconds(9))
        expectInvalid("keepAliveTimeout") { () throws(ConnectorOptionError) in
            _ = try BaseConnector { $0.keepAliveTimeout = Self.below }
        }
        #expect(throws: ConnectorOptionError.conflicting("keepAliveTimeout", "forceClose")) {
            try TCPConnector {
                $0.keepAliveTimeout = .zero
                $0.forceClose = true
            }
        }
    }

    @Test func `a limit of nothing or zero is none, a negative one is refused (PARAM-02, PARAM-03)`() throws {
        let connector = try BaseConnector()
        #expect(connector.limit == 100)
        #expect(connector.limitPerHost == nil)
        let none = try BaseConnector {
            $0.limit = 0
            $0.limitPerHost = 0
        }
        #expect(none.limit == nil)
        #expect(none.limitPerHost == nil)
        #expect(
            try BaseConnector {
                $0.limit = nil
                $0.limitPerHost = 500
            }.limitPerHost == 500)
        #expect(
            try BaseConnector {
                $0.limit = 5
                $0.limitPerHost = 500
            }.limit == 5)
        expectInvalid("limit") { () throws(ConnectorOptionError) in
            _ = try BaseConnector {
                $0.limit = -1
            }
        }
        expectInvalid("limitPerHost") { () throws(ConnectorOptionError) in
            _ = try BaseConnector { $0.limitPerHost = -1 }
        }
    }

    @Test func `the switches are off and say what they were set to (PARAM-04, PARAM-05)`() throws {
        let connector = try BaseConnector()
        #expect(!connector.forceClose)
        #expect(!connector.options.enableCleanupClosed)
        let other = try BaseConnector {
            $0.forceClose = true
            $0.enableCleanupClosed = true
        }
        #expect(other.forceClose)
        #expect(other.options.enableCleanupClosed)
    }

    @Test func `whatever the connector calls runs on its loop (PARAM-06)`() async throws {
        let server = try ScriptedServer.echo()
        let log = Log()
        let resolver = StubResolver { name in
            log.add("resolver \(EventLoop.shared.isCurrent)")
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        let tracer = EventLog()
        tracer.whenRecorded = { event in
            if case .created = event { log.add("tracer \(EventLoop.shared.isCurrent)") }
        }
        let connector = try TCPConnector(
            resolver: resolver,
            socketFactory: { address in
                LoopActor.assumeIsolated { log.add("factory \(EventLoop.shared.isCurrent)") }
                return makeStreamSocket()
            })
        #expect(connector.loop === EventLoop.shared)
        // Called from the global pool.
        try await Task.detached {
            let connection = try await connector.connect(to: server.request(host: "a.test"), tracer: tracer)
            await connection.onRelease {
                LoopActor.assumeIsolated { log.add("callback \(EventLoop.shared.isCurrent)") }
            }
            await connection.release()
        }.value
        #expect(log.lines == ["resolver true", "factory true", "tracer true", "callback true"])
        await connector.close()
    }

    @Test func `TLS is verified unless another mode is given (PARAM-08)`() throws {
        #expect(try BaseConnector().options.tls == .verified)
        for mode in [TLSMode.insecure, .custom(TLSConfiguration(minimumVersion: .tls1_3))] {
            #expect(try BaseConnector { $0.tls = mode }.options.tls == mode)
        }
    }

    @Test func `a TLS configuration is a value that compares and hashes (PARAM-11, POOL-03)`() throws {
        let make = {
            TLSConfiguration(
                trust: .custom(files: ["/a"], directories: [], pem: nil),
                clientIdentity: ClientIdentity(certificate: "/c"), minimumVersion: .tls1_3)
        }
        #expect(make() == make())
        #expect(Set([make(), make(), TLSConfiguration()]).count == 2)
    }

    @Test
    func `the name cache is on, ten seconds long and a thousand names wide (PARAM-12, PARAM-13, PARAM-14)`()
        throws
    {
        let connector = try TCPConnector()
        #expect(connector.tcpOptions.usesDNSCache)
        #expect(connector.tcpOptions.dnsCacheTTL == .seconds(10))
        #expect(connector.tcpOptions.dnsCacheCapacity == 1000)
        let other = try TCPConnector {
            $0.usesDNSCache = false
            $0.dnsCacheTTL = nil
            $0.dnsCacheCapacity = 1
        }
        #expect(!other.tcpOptions.usesDNSCache)
        #expect(other.tcpOptions.dnsCacheTTL == nil)
        #expect(other.tcpOptions.dnsCacheCapacity == 1)
        #expect(try TCPConnector { $0.dnsCacheTTL = .zero }.tcpOptions.dnsCacheTTL == .zero)
        expectInvalid("dnsCacheTTL") { () throws(ConnectorOptionError) in
            _ = try TCPConnector { $0.dnsCacheTTL = Self.below }
        }
        for capacity in [0, -1] {
            expectInvalid("dnsCacheCapacity") { () throws(ConnectorOptionError) in
                _ = try TCPConnector { $0.dnsCacheCapacity = capacity }
            }
        }
    }

    @Test func `a capacity of one still serves lookups of many names (PARAM-14)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
            $0.dnsCacheCapacity = 1
        }
        for name in ["a.test", "b.test", "a.test"] {
            try await connector.connect(to: server.request(host: name)).close()
        }
        #expect(connector.cachedHosts.keys.map(\.host) == ["a.test"])
        await connector.close()
    }

    @Test func `with a time to live of zero names are asked again, but shared while asked (PARAM-13)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let gate = LoopGate()
        let resolver = StubResolver(after: gate)
        let connector = try TCPConnector(resolver: resolver) { $0.dnsCacheTTL = .zero }
        let tasks = (0..<3).map { _ in
            EventLoop.shared.startThrowing {
                try await connector.connect(to: server.request(host: "a.test")).close()
            }
        }
        #expect(await eventually { connector.statistics.pending == 3 && resolver.questions.count == 1 })
        gate.open()
        for task in tasks { try await task.value }
        #expect(resolver.questions.count == 1)
        try await connector.connect(to: server.request(host: "a.test")).close()
        #expect(resolver.questions.count == 2)
        await connector.close()
    }

    @Test func `addresses of a family, and from an address (PARAM-15, PARAM-16)`() throws {
        let connector = try TCPConnector()
        #expect(connector.addressFamily == .any)
        #expect(connector.tcpOptions.localAddress == nil)
        let local = try #require(SocketAddress(numericHost: "127.0.0.5", port: 0))
        let other = try TCPConnector {
            $0.addressFamily = .ipv6
            $0.localAddress = local
        }
        #expect(other.addressFamily == .ipv6)
        #expect(other.tcpOptions.localAddress == local)
        expectInvalid("localAddress") { () throws(ConnectorOptionError) in
            _ = try TCPConnector { $0.localAddress = .unix([0x2f]) }
        }
    }

    @Test func `its own resolver is closed with it, a given one is not (PARAM-17, CLOSE-07, BUG-13)`()
        async throws
    {
        #expect(try TCPConnector().resolver is SystemResolver)
        let given = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: given)
        #expect(connector.resolver as? StubResolver === given)
        await connector.close()
        #expect(!given.isClosed)
        for isOwn in [true, false] {
            let resolver = StubResolver()
            let names = NameLookup(
                resolver: resolver, closesResolver: isOwn, usesCache: true, ttl: nil, capacity: 1,
                family: .any)
            await names.close()
            #expect(resolver.isClosed == isOwn)
        }
    }

    @Test func `a race has effective values that can be read (PARAM-18, PARAM-19, HE-01, HE-06)`() throws {
        let connector = try TCPConnector()
        #expect(connector.tcpOptions.connectionAttemptDelay == .milliseconds(250))
        #expect(connector.tcpOptions.firstAddressFamilyCount == 1)
        #expect(
            try TCPConnector { $0.connectionAttemptDelay = .zero }.tcpOptions.connectionAttemptDelay
                == .milliseconds(10))
        let serial = try TCPConnector { $0.connectionAttemptDelay = nil }
        #expect(serial.tcpOptions.connectionAttemptDelay == nil)
        #expect(serial.tcpOptions.firstAddressFamilyCount == 0)
        #expect(try TCPConnector { $0.firstAddressFamilyCount = 3 }.tcpOptions.firstAddressFamilyCount == 3)
        expectInvalid("connectionAttemptDelay") { () throws(ConnectorOptionError) in
            _ = try TCPConnector { $0.connectionAttemptDelay = Self.below }
        }
        expectInvalid("firstAddressFamilyCount") { () throws(ConnectorOptionError) in
            _ = try TCPConnector { $0.firstAddressFamilyCount = -1 }
        }
    }

    @Test func `sockets come from a factory where one is given (PARAM-20)`() throws {
        #expect(try TCPConnector().socketFactory == nil)
        #expect(try TCPConnector(socketFactory: { _ in -1 }).socketFactory != nil)
    }

    @Test func `a goodbye lasts no time by default and half a minute at most (PARAM-21)`() throws {
        #expect(try BaseConnector().options.tlsShutdownTimeout == .zero)
        #expect(
            try BaseConnector { $0.tlsShutdownTimeout = .seconds(2) }.options.tlsShutdownTimeout
                == .seconds(2))
        #expect(
            try BaseConnector { $0.tlsShutdownTimeout = .seconds(90) }.options.tlsShutdownTimeout
                == .seconds(30))
        expectInvalid("tlsShutdownTimeout") { () throws(ConnectorOptionError) in
            _ = try BaseConnector { $0.tlsShutdownTimeout = Self.below }
        }
    }

    @Test func `a Unix connector has its path and every general option (PARAM-22, PARAM-23)`() throws {
        let connector = try UnixConnector(path: "/run/x") {
            $0.limit = 3
            $0.limitPerHost = 2
            $0.keepAliveTimeout = .seconds(30)
            $0.enableCleanupClosed = true
            $0.tlsShutdownTimeout = .seconds(1)
            $0.tls = .insecure
        }
        #expect(connector.path == "/run/x")
        #expect(connector.limit == 3)
        #expect(connector.limitPerHost == 2)
        #expect(connector.options.keepAliveTimeout == .seconds(30))
        #expect(connector.options.enableCleanupClosed)
        #expect(connector.options.tlsShutdownTimeout == .seconds(1))
        #expect(connector.options.tls == .insecure)
        #expect(try UnixConnector(path: "/run/x").options.keepAliveTimeout == .seconds(15))
        expectInvalid("limit") { () throws(ConnectorOptionError) in
            _ = try UnixConnector(path: "/run/x") { $0.limit = -1 }
        }
    }

    @Test func `a timeout of zero or less is an error, and nil is no limit (PARAM-24)`() throws {
        for value in [Duration.zero, Self.below] {
            expectInvalid("connect") { () throws(ConnectorOptionError) in
                _ = try ConnectTimeouts(connect: value)
            }
            expectInvalid("dial") { () throws(ConnectorOptionError) in
                _ = try ConnectTimeouts(dial: value)
            }
            expectInvalid("socketConnect") { () throws(ConnectorOptionError) in
                _ = try ConnectTimeouts(connect: .seconds(1), socketConnect: value)
            }
        }
        #expect(try ConnectTimeouts() == .none)
        #expect(try ConnectTimeouts(connect: .seconds(1)).connect == .seconds(1))
    }

    @Test func `each kind of connector has its schemes, and any other opens nothing (MEM-02, MEM-09)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let connectors: [(BaseConnector, Set<String>)] = [
            (try BaseConnector(), ["http", "https"]), (try TCPConnector(), ["http", "https", "tcp"]),
            (try UnixConnector(path: "/run/x"), ["http", "https", "unix"]),
        ]
        for (connector, schemes) in connectors {
            #expect(connector.supportedSchemes == schemes)
            #expect(!connector.isClosed)
            for scheme in ["", "ws", "wss", "gopher", "HTTPX"] {
                let error = await connectorError { try await connector.connect(to: server.request(scheme)) }
                guard case .unsupportedScheme(scheme) = error else {
                    Issue.record("\(error as Any)")
                    continue
                }
            }
            await connector.close()
        }
        #expect(server.acceptedCount == 0)
        let tcp = try TCPConnector()
        let connection = try await tcp.connect(to: server.request("TCP"))
        #expect(try await connection.exchange() == "/")
        connection.close()
        await tcp.close()
    }
}
