import Glibc
import Sockets
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct NameLookupTests {
    private func open(_ connector: BaseConnector, _ request: ConnectionRequest) async throws {
        try await connector.connect(to: request).close()
    }

    private func dnsFailure(_ error: ConnectorError?) -> DNSFailure? {
        if case .dns(let failure) = error { failure } else { nil }
    }

    @Test func `numeric addresses never reach the resolver (DNS-01)`() async throws {
        let server = try ScriptedServer.echo()
        let resolver = StubResolver { _ in throw DNSFailure(host: "x", port: 0, text: "asked") }
        let log = EventLog()
        let connector = try TCPConnector(resolver: resolver)
        try await connector.connect(to: server.request(), tracer: log).close()
        #expect(log.names == ["creating", "attemptStarted", "connected", "created"])
        if hasIPv6Loopback() {
            let other = try ScriptedServer.echo(on: .ipv6("::1"))
            try await open(connector, other.request(host: "::1"))
            try await open(connector, other.request(host: "0:0:0:0:0:0:0:1%lo"))
        }
        #expect(resolver.questions.isEmpty)
        await connector.close()
    }

    @Test(arguments: [
        "2130706433", "017700000001", "127.1", "127.0.0.01", "0x7f.1", "0x7f000001", "0X7F.1", "256.1.1.1",
        "", ".", "a..b", "a b", "a\u{0}b", "a\nb", "b\u{fc}cher.test", String(repeating: "a", count: 64),
        String(repeating: "a.", count: 127) + "aa",
    ])
    func `what is no plain name or address is refused before anything else (DNS-02, DNS-24, BUG-16)`(
        host: String
    ) async throws {
        let resolver = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: resolver)
        var requests = [ConnectionRequest(scheme: "http", host: host, port: 1)]
        requests.append(ConnectionRequest(scheme: "http", host: "localhost", port: 1))
        requests[1].proxy = Proxy(kind: .http, host: host, port: 1)
        for request in requests {
            let error = await connectorError { try await connector.connect(to: request) }
            guard case .invalidHost = error else { Issue.record("\(error as Any)"); return }
        }
        #expect(resolver.questions.isEmpty)
        await connector.close()
    }

    @Test func `the longest names that DNS knows are taken (DNS-24)`() throws {
        let connector = try TCPConnector()
        let label = String(repeating: "a", count: 63)
        let name = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(name.utf8.count == 253)
        for host in [label, name, "\(name).", "a_b-c.test", "xn--bcher-kva.test"] {
            let endpoint = try connector.endpoint(for: ConnectionRequest(scheme: "http", host: host))
            #expect(endpoint.host == host)
        }
        for host in ["\(name)b", "\(name)b.", "\(label)a.test"] {
            #expect(throws: ConnectorError.self) {
                try connector.endpoint(for: ConnectionRequest(scheme: "http", host: host))
            }
        }
    }

    @Test func `a name is asked once and remembered until it is cleared (DNS-03, DNS-04, DNS-12, MEM-08)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let resolver = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: resolver) {
            $0.forceClose = true
            $0.dnsCacheTTL = nil
        }
        let name = HostPort(host: "some.test", port: server.port)
        for _ in 0..<2 { try await open(connector, server.request(host: "SOME.test")) }
        #expect(resolver.questions == [name])
        #expect(connector.cachedHosts.keys.map(\.self) == [name])
        connector.clearDNSCache(host: "absent.test", port: 1)
        try await open(connector, server.request(host: "some.test"))
        #expect(resolver.questions.count == 1)
        connector.clearDNSCache(host: "Some.TEST", port: server.port)
        try await open(connector, server.request(host: "some.test"))
        connector.clearDNSCache()
        #expect(connector.cachedHosts.isEmpty)
        try await open(connector, server.request(host: "some.test"))
        #expect(resolver.questions.count == 3)
        await connector.close()
    }

    @Test func `the addresses of a name take turns (DNS-07)`() async throws {
        let first = try ScriptedServer.echo(on: .ipv4("127.0.0.2"))
        let second = try ScriptedServer.echo(on: .ipv4("127.0.0.3", port: first.port))
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.2", "127.0.0.3")) {
            $0.forceClose = true
            $0.dnsCacheTTL = nil
        }
        for _ in 0..<4 { try await open(connector, first.request(host: "some.test")) }
        await first.acceptedConnections(2)
        #expect(first.acceptedCount == 2)
        await second.acceptedConnections(2)
        #expect(second.acceptedCount == 2)
        await connector.close()
    }

    @Test func `many who ask at once share one question (DNS-08, TRACE-06, BUG-11)`() async throws {
        let server = try ScriptedServer.echo()
        let gate = LoopGate()
        let resolver = StubResolver(after: gate)
        let connector = try TCPConnector(resolver: resolver)
        let logs = (0..<20).map { _ in EventLog() }
        let tasks = logs.map { log in
            EventLoop.shared.startThrowing {
                try await connector.connect(to: server.request(host: "slow.test"), tracer: log).close()
            }
        }
        #expect(await eventually { logs.allSatisfy { $0.names.count >= 2 } })
        gate.open()
        for task in tasks { try await task.value }
        #expect(resolver.questions.count == 1)
        #expect(logs.count { $0.names.contains("dnsCacheMiss") } == 1)
        #expect(logs.count { $0.names.contains("dnsLookupJoined") } == 19)
        #expect(logs.count { $0.names.contains("resolved") } == 1)
        await connector.close()
    }

    @Test func `one who leaves leaves alone, and the lookup fills the cache (DNS-09, DNS-13, BUG-10)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let gate = LoopGate()
        let resolver = StubResolver(after: gate)
        let connector = try TCPConnector(resolver: resolver)
        let request = server.request(host: "slow.test")
        let tasks = (0..<3).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: request) }
        }
        #expect(await eventually { connector.statistics.pending == 3 && resolver.questions.count == 1 })
        tasks[0].cancel()
        #expect(await wasCancelled(tasks[0]))
        let late = await connectorError {
            try await connector.connect(
                to: request,
                timeouts: ConnectTimeouts(connect: .milliseconds(20), socketConnect: .milliseconds(1)))
        }
        #expect(late?.timeoutPhase == .dns)
        #expect(
            late?.description
                == "resolving the name of slow.test:\(server.port) timed out after 0.02 s")
        gate.open()
        for task in tasks[1...] { try await task.value.close() }
        #expect(resolver.questions.count == 1)
        #expect(connector.cachedHosts.count == 1)
        await connector.close()
    }

    @Test func `a failure goes to all who share it and is not remembered (DNS-10, DNS-16, DNS-21)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let gate = LoopGate()
        let resolver = StubResolver { name in
            await gate.passed()
            throw DNSFailure(host: name.host, port: name.port, code: -2, text: "", isTemporary: true)
        }
        let connector = try TCPConnector(resolver: resolver)
        let request = server.request(host: "some.test")
        let tasks = (0..<3).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: request) }
        }
        #expect(await eventually { connector.statistics.pending == 3 && resolver.questions.count == 1 })
        gate.open()
        for task in tasks {
            let failure = dnsFailure(await connectorError { try await task.value })
            #expect(failure?.isTemporary == true)
            #expect(failure?.text == "unknown error")
            #expect(failure?.endpoint?.group.description == "some.test:\(server.port)")
        }
        struct Odd: Error {}
        resolver.answer = { _ in throw Odd() }
        #expect(
            dnsFailure(await connectorError { try await connector.connect(to: request) })?.text == "Odd()")
        resolver.answer = { _ in [] }
        let empty = await connectorError { try await connector.connect(to: request) }
        #expect(empty?.description == "cannot resolve some.test: the name has no address")
        resolver.answer = { name in
            [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        try await open(connector, request)
        #expect(resolver.questions.count == 4)
        await connector.close()
    }

    @Test
    func `clearing while a lookup is shared fails nobody and fills nothing (DNS-11, DNS-12, DNS-26, BUG-12)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let resolver = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: resolver) { $0.forceClose = true }
        resolver.answer = { name in
            connector.clearDNSCache()
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        let request = server.request(host: "some.test")
        let tasks = (0..<3).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: request).close() }
        }
        for task in tasks { try await task.value }
        #expect(connector.cachedHosts.isEmpty)
        // A tracer that clears on every event changes nothing either.
        let log = EventLog()
        log.whenRecorded = { _ in connector.clearDNSCache() }
        for _ in 0..<2 { try await connector.connect(to: request, tracer: log).close() }
        #expect(log.names.last == "created")
        await connector.close()
        resolver.answer = { _ in [] }
    }

    @Test(arguments: [true, false])
    func
        `closing during a lookup ends its callers and later ones, and the answer is nobody's (DNS-15, CLOSE-05, BUG-13)`(
            usesCache: Bool
        ) async throws
    {
        let server = try ScriptedServer.echo()
        let gate = LoopGate()
        let answered = LoopGate()
        let resolver = StubResolver { name in
            await gate.passed()
            defer { answered.open() }
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
        let connector = try TCPConnector(resolver: resolver) { $0.usesDNSCache = usesCache }
        let request = server.request(host: "slow.test")
        let tasks = (0..<3).map { _ in
            EventLoop.shared.startThrowing { try await connector.connect(to: request) }
        }
        #expect(await eventually { resolver.questions.count == (usesCache ? 1 : 3) })
        await connector.close()
        for task in tasks { #expect(await connectorError { try await task.value }?.isClosed == true) }
        #expect(await connectorError { try await connector.connect(to: request) }?.isClosed == true)
        #expect(resolver.questions.count == (usesCache ? 1 : 3))
        gate.open()
        await answered.passed()
        await Task.yield()
        #expect(connector.cachedHosts.isEmpty)
        #expect(!resolver.isClosed)
        #expect(server.acceptedCount == 0)
    }

    @Test(.enabled(if: hasIPv6Loopback(), "this kernel has no IPv6"))
    func `the zone of an address reaches the kernel, typed or resolved (DNS-19, BUG-15)`() async throws {
        // Without a zone the kernel refuses a link-local address as invalid; with one it looks for a way there.
        let resolver = StubResolver { name in
            [SocketAddress(numericHost: name.host == "zone.test" ? "fe80::1%lo" : "fe80::1", port: 9)]
                .compactMap(\.self)
        }
        let connector = try TCPConnector(resolver: resolver)
        for (host, reaches) in [
            ("fe80::1%lo", true), ("zone.test", true), ("fe80::1", false), ("none.test", false),
        ] {
            let error = await connectorError {
                try await connector.connect(
                    to: ConnectionRequest(scheme: "http", host: host, port: 9),
                    timeouts: ConnectTimeouts(socketConnect: .milliseconds(20)))
            }
            #expect((error?.attempts.first?.errno?.name == "EINVAL") == !reaches, "\(host): \(error as Any)")
            #expect(error?.attempts.first?.address.host == (reaches ? "fe80::1%lo" : "fe80::1"))
        }
        await connector.close()
    }

    @Test func `without the cache every connect asks (DNS-14, TRACE-03, PARAM-12, MEM-06)`() async throws {
        let server = try ScriptedServer.echo()
        let resolver = StubResolver("127.0.0.1")
        let connector = try TCPConnector(resolver: resolver) {
            $0.forceClose = true
            $0.usesDNSCache = false
        }
        let log = EventLog()
        for _ in 0..<2 {
            try await connector.connect(to: server.request(host: "some.test"), tracer: log).close()
        }
        #expect(resolver.questions.count == 2)
        let one = ["creating", "resolving", "resolved", "attemptStarted", "connected", "created"]
        #expect(log.names == one + one)
        await connector.close()
    }

    @Test func `the family is asked for and enforced (DNS-17, HE-10, PARAM-15)`() async throws {
        let server = try ScriptedServer.echo()
        let resolver = StubResolver("::1", "127.0.0.1")
        let four = try TCPConnector(resolver: resolver) { $0.addressFamily = .ipv4 }
        let log = EventLog()
        try await four.connect(to: server.request(host: "both.test"), tracer: log).close()
        #expect(log.names.count { $0 == "attemptStarted" } == 1)
        #expect(resolver.families == [.ipv4])
        resolver.answer = { _ in [SocketAddress(numericHost: "::1", port: 1)].compactMap(\.self) }
        let error = await connectorError { try await four.connect(to: server.request(host: "six.test")) }
        #expect(error?.description == "cannot resolve six.test: it has no IPv4 address")
        let literal = await connectorError { try await four.connect(to: server.request(host: "::1")) }
        #expect(literal?.description == "cannot resolve ::1: it has no IPv4 address")
        #expect(error?.endpoint?.host == "six.test")
        #expect(literal?.endpoint?.port == server.port)
        await four.close()
    }

    @Test
    func
        `the system knows localhost in every family and says why not otherwise (DNS-18, DNS-21, DNS-25, BUG-15)`()
        async throws
    {
        let resolver = SystemResolver()
        let addresses: [AddressFamily: [String]] = [
            .any: ["::1", "127.0.0.1"], .ipv4: ["127.0.0.1"], .ipv6: ["::1"],
        ]
        for (family, expected) in addresses {
            for host in [
                "localhost", "localhost.", "LOCALHOST", "app.localhost", "a.b.localhost.",
                "\u{600}.localhost",
            ] {
                let answer = try await resolver.resolve(host: host, port: 80, family: family)
                #expect(answer.map(\.address) == expected.map { SocketAddress(numericHost: $0, port: 80) })
                #expect(answer.allSatisfy { $0.host == host })
            }
        }
        for host in ["a.onion", "A.Onion.", "onion", "\u{600}.onion"] {
            let failure = await #expect(throws: DNSFailure.self) {
                try await resolver.resolve(host: host, port: 80, family: .any)
            }
            #expect(failure?.text.hasPrefix("names under .onion are for Tor") == true)
        }
        let failure = await #expect(throws: DNSFailure.self) {
            try await resolver.resolve(host: "no-such.invalid", port: 80, family: .any)
        }
        #expect(failure?.host == "no-such.invalid")
        #expect(failure?.port == 80)
        #expect(failure?.code != 0)
        #expect(failure?.text.isEmpty == false)
        #expect((failure?.isTemporary == true) == (failure?.code == EAI_AGAIN))
        await resolver.close()
        await resolver.close()
    }

    @Test
    func
        `the system is asked for the family and the kind of socket, and its codes keep their meaning (DNS-18, DNS-21)`()
    {
        for (family, number) in [(AddressFamily.any, AF_UNSPEC), (.ipv4, AF_INET), (.ipv6, AF_INET6)] {
            let hints = SystemResolver.hints(for: family, flags: AI_ADDRCONFIG)
            #expect(hints.ai_family == number)
            #expect(hints.ai_flags == AI_ADDRCONFIG)
            #expect(hints.ai_socktype == CInt(SOCK_STREAM.rawValue))
        }
        let cases: [(CInt, isTemporary: Bool, errno: Errno?, String)] = [
            (EAI_AGAIN, true, nil, "temporary failure in name resolution"),
            (EAI_NONAME, false, nil, "name or service not known"),
            (EAI_SYSTEM, false, Errno(rawValue: EMFILE), "too many open files"),
        ]
        for (code, isTemporary, number, text) in cases {
            let failure = SystemResolver.failure(code, Errno(rawValue: EMFILE), "a.test", 81)
            #expect(failure.host == "a.test" && failure.port == 81 && failure.code == code)
            #expect(failure.isTemporary == isTemporary)
            #expect(failure.errno == number)
            #expect(failure.text == text)
        }
    }

    @Test func `an address named twice is tried once, and a given resolver is not closed (HE-08, CLOSE-07)`()
        async throws
    {
        let refused = try RefusedPort()
        let resolver = StubResolver("127.0.0.1", "127.0.0.1")
        let connector = try TCPConnector(resolver: resolver)
        let error = await connectorError {
            try await connector.connect(
                to: ConnectionRequest(scheme: "http", host: "twice.test", port: refused.port))
        }
        #expect(error?.attempts.count == 1)
        await connector.close()
        #expect(!resolver.isClosed)
    }
}
