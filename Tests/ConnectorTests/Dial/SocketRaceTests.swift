import Glibc
import Sockets
import Synchronization
import TLS
import TestSupport
import Testing

@testable import Connector

/// Races over real sockets. All of 127/8 is this machine, so one port has as many addresses as a test wants.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct SocketRaceTests {
    /// Addresses that socket factories were asked for.
    private final class Factory: Sendable {
        private let asked = Mutex<[SocketAddress]>([])
        var addresses: [String] { asked.withLock { $0.map(\.host) } }

        var make: SocketFactory {
            { address in
                self.asked.withLock { $0.append(address) }
                return socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            }
        }
    }

    private func request(_ port: UInt16, _ scheme: String = "http") -> ConnectionRequest {
        ConnectionRequest(scheme: scheme, host: "race.test", port: port)
    }

    @Test func `the next address starts when the first one hangs, and at once when it fails (HE-02, HE-06)`()
        async throws
    {
        let good = try ScriptedServer.echo(on: .ipv4("127.0.0.9"))
        let hole = try BlackHole(host: "127.0.0.8", port: good.port)
        let refused = try RefusedPort(host: "127.0.0.7", port: good.port)
        for (first, delay) in [
            ("127.0.0.8", Duration.milliseconds(30)), ("127.0.0.8", .zero), ("127.0.0.7", .seconds(30)),
        ] {
            let factory = Factory()
            let connector = try TCPConnector(
                resolver: StubResolver(first, "127.0.0.9"), socketFactory: factory.make
            ) {
                $0.connectionAttemptDelay = delay
            }
            let before = openSockets(toPort: good.port)
            let connection = try await connector.connect(to: request(good.port))
            #expect(connection.peerAddress?.host == "127.0.0.9")
            #expect(factory.addresses == [first, "127.0.0.9"])
            // HE-03: the others are closed before the connect returns.
            #expect(openSockets(toPort: good.port) == before + 1)
            connection.close()
            await connector.close()
        }
        withExtendedLifetime((hole, refused)) {}
    }

    @Test func `one address has no race, however long the head start (HE-01)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.1")) {
            $0.connectionAttemptDelay = .seconds(600)
        }
        let connection = try await connector.connect(to: request(server.port))
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
    }

    @Test func `a tie has one winner and leaves nothing open (HE-03)`() async throws {
        let first = try ScriptedServer.echo(on: .ipv4("127.0.0.2"))
        let second = try ScriptedServer.echo(on: .ipv4("127.0.0.3", port: first.port))
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.2", "127.0.0.3")) {
            $0.forceClose = true
            $0.connectionAttemptDelay = .zero
        }
        for _ in 0..<100 {
            let connection = try await connector.connect(to: request(first.port))
            #expect(openSockets(toPort: first.port) == 1)
            connection.close()
        }
        await connector.close()
        #expect(openSockets(toPort: first.port) == 0)
        withExtendedLifetime(second) {}
    }

    @Test func `without a head start an attempt ends by failure or by its own limit (HE-05, HE-13, CONN-07)`()
        async throws
    {
        let good = try ScriptedServer.echo(on: .ipv4("127.0.0.9"))
        let holes = try [4, 5].map { try BlackHole(host: "127.0.0.\($0)", port: good.port) }
        let factory = Factory()
        let connector = try TCPConnector(
            resolver: StubResolver("127.0.0.4", "127.0.0.5", "127.0.0.9"), socketFactory: factory.make
        ) {
            $0.connectionAttemptDelay = nil
        }
        let log = EventLog()
        let connection = try await connector.connect(
            to: request(good.port), timeouts: ConnectTimeouts(socketConnect: .milliseconds(40)), tracer: log)
        #expect(connection.peerAddress?.host == "127.0.0.9")
        #expect(factory.addresses == ["127.0.0.4", "127.0.0.5", "127.0.0.9"])
        #expect(log.names.count { $0 == "attemptFailed" } == 2)
        connection.close()
        await connector.close()
        withExtendedLifetime(holes) {}
    }

    @Test func `when all fail, each is tried once and named in order (HE-07, HE-08, HE-09, ERR-06)`()
        async throws
    {
        let refused = try RefusedPort(host: "127.0.0.2")
        let more = try [3, 4, 5].map { try RefusedPort(host: "127.0.0.\($0)", port: refused.port) }
        let hosts = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]
        for delay in [Duration.milliseconds(250), nil] {
            let factory = Factory()
            let resolver = StubResolver { name in
                hosts.compactMap { SocketAddress(numericHost: $0, port: name.port) }
            }
            let connector = try TCPConnector(resolver: resolver, socketFactory: factory.make) {
                $0.connectionAttemptDelay = delay
                $0.firstAddressFamilyCount = 0
            }
            let error = await connectorError { try await connector.connect(to: request(refused.port)) }
            #expect(factory.addresses == hosts)
            #expect(error?.attempts.map(\.address.host) == hosts)
            #expect(error?.attempts.allSatisfy { $0.stage == .connect } == true)
            #expect(error?.errno?.name == "ECONNREFUSED")
            #expect(
                error?.description == "cannot connect to race.test:\(refused.port): "
                    + hosts.map { "\($0): connection refused" }.joined(separator: "; "))
            #expect(connector.statistics.counts == .idle(0))
            await connector.close()
        }
        withExtendedLifetime(more) {}
    }

    @Test func `attempts that fail for different reasons have no number in common (HE-09)`() async throws {
        let refused = try RefusedPort(host: "127.0.0.2")
        let connector = try TCPConnector(resolver: StubResolver("127.0.0.2", "255.255.255.255")) {
            $0.connectionAttemptDelay = nil
        }
        let error = await connectorError { try await connector.connect(to: request(refused.port)) }
        #expect(error?.attempts.map { $0.errno?.name } == ["ECONNREFUSED", "ENETUNREACH"])
        #expect(error?.errno == nil)
        #expect(
            error?.description == "cannot connect to race.test:\(refused.port): "
                + "127.0.0.2: connection refused; 255.255.255.255: network is unreachable")
        await connector.close()
    }

    @Test func `a kernel without the family just fails that attempt (HE-11)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector(resolver: StubResolver("2001:db8::1", "127.0.0.1")) {
            $0.connectionAttemptDelay = .milliseconds(10)
        }
        let connection = try await connector.connect(
            to: request(server.port), timeouts: ConnectTimeouts(connect: .seconds(20)))
        #expect(connection.peerAddress?.host == "127.0.0.1")
        connection.close()
        await connector.close()
    }

    @Test func `a peer that fails in TLS is struck off alone and the rest go on (HE-12, BUG-17)`()
        async throws
    {
        let tls = ServerTLS(Certificates.localhost)
        let good = try ScriptedServer.echo(on: .ipv4("127.0.0.9"), tls: tls)
        let bad = try ScriptedServer.echo(
            on: .ipv4("127.0.0.8", port: good.port), tls: ServerTLS(Certificates.stranger))
        let plain = try ScriptedServer(
            on: .ipv4("127.0.0.7", port: good.port),
            script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        let refused = try RefusedPort(host: "127.0.0.6", port: good.port)
        let hole = try BlackHole(host: "127.0.0.5", port: good.port)
        for hosts in [[6, 8, 7, 9], [5, 8, 9]] {
            let resolver = StubResolver { name in
                hosts.compactMap { SocketAddress(numericHost: "127.0.0.\($0)", port: name.port) }
            }
            let factory = Factory()
            let connector = try TCPConnector(resolver: resolver, socketFactory: factory.make) {
                $0.tls = Certificates.trusting
                $0.connectionAttemptDelay = .milliseconds(20)
            }
            var asked = request(good.port, "https")
            asked.serverName = "localhost"
            let connection = try await connector.connect(to: asked)
            #expect(connection.peerAddress?.host == "127.0.0.9")
            #expect(try await connection.exchange() == "/")
            #expect(factory.addresses == hosts.map { "127.0.0.\($0)" })
            connection.close()
            await connector.close()
        }
        await bad.acceptedConnections(2)
        #expect(bad.acceptedCount == 2)
        #expect(await bad.endedConnections(2))
        #expect(await plain.endedConnections(1))
        withExtendedLifetime((refused, hole)) {}
    }

    @Test func `five addresses that fail in five ways are each tried once (HE-12, HE-08, BUG-17)`()
        async throws
    {
        let good = try ScriptedServer.echo(on: .ipv4("127.0.0.9"), tls: ServerTLS(Certificates.localhost))
        let others: [(Int, ServerTLS?, [ServerStep])] = [
            (8, ServerTLS(Certificates.stranger), [.hold]),
            (7, nil, [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold]),
            (6, ServerTLS(Certificates.twin), [.hold]),
        ]
        let servers = try others.map { host, tls, script in
            try ScriptedServer(on: .ipv4("127.0.0.\(host)", port: good.port), tls: tls, script: script)
        }
        let refused = try RefusedPort(host: "127.0.0.5", port: good.port)
        let factory = Factory()
        let log = EventLog()
        let connector = try TCPConnector(
            resolver: StubResolver("127.0.0.5", "127.0.0.8", "127.0.0.7", "127.0.0.6", "127.0.0.9"),
            socketFactory: factory.make
        ) {
            $0.tls = Certificates.trusting(pins: [Fingerprint(ofDER: Certificates.localhost.der)])
        }
        var asked = request(good.port, "https")
        asked.serverName = "localhost"
        let connection = try await connector.connect(to: asked, tracer: log)
        #expect(try await connection.exchange() == "/")
        #expect(factory.addresses == [5, 8, 7, 6, 9].map { "127.0.0.\($0)" })
        #expect(log.names.count { $0 == "attemptFailed" } == 4)
        for server in servers {
            #expect(await server.endedConnections(1))
            #expect(server.acceptedCount == 1)
        }
        connection.close()
        await connector.close()
        withExtendedLifetime(refused) {}
    }

    @Test func `when all fail in TLS, the one that came furthest is told, the latest on a tie (HE-14)`()
        async throws
    {
        let leaving = try ScriptedServer(on: .ipv4("127.0.0.8"), script: [.expectBytes(1), .close])
        let plain = try ScriptedServer(
            on: .ipv4("127.0.0.7", port: leaving.port),
            script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        let stranger = try ScriptedServer(
            on: .ipv4("127.0.0.6", port: leaving.port), tls: ServerTLS(Certificates.stranger), script: [.hold]
        )
        let twin = try ScriptedServer(
            on: .ipv4("127.0.0.5", port: leaving.port), tls: ServerTLS(Certificates.twin), script: [.hold])
        for (hosts, text) in [
            ([8, 7], "peer answered in plain HTTP"), ([7, 8], "peer closed the connection"),
            ([8, 6, 7], "certificate is self-signed and not trusted"), ([5, 6, 8], "is not the pinned"),
            ([6, 5, 8], "is not the pinned"),
        ] {
            let resolver = StubResolver { name in
                hosts.compactMap { SocketAddress(numericHost: "127.0.0.\($0)", port: name.port) }
            }
            let connector = try TCPConnector(resolver: resolver) {
                $0.tls = Certificates.trusting(pins: [Fingerprint(ofDER: Certificates.localhost.der)])
            }
            var asked = request(leaving.port, "https")
            asked.serverName = "localhost"
            let error = await connectorError { try await connector.connect(to: asked) }
            #expect(error?.description.contains(text) == true, "\(hosts): \(error as Any)")
            #expect(error?.attempts.count == hosts.count)
            await connector.close()
        }
        withExtendedLifetime((plain, stranger, twin)) {}
    }

    @Test func `an address that hangs in TLS costs its own limit, and the next one serves (HE-13, CONN-07)`()
        async throws
    {
        let good = try ScriptedServer.echo(on: .ipv4("127.0.0.9"), tls: ServerTLS(Certificates.localhost))
        let mute = try ScriptedServer(on: .ipv4("127.0.0.8", port: good.port), script: [.hold])
        let factory = Factory()
        let connector = try TCPConnector(
            resolver: StubResolver("127.0.0.8", "127.0.0.9"), socketFactory: factory.make
        ) {
            $0.tls = Certificates.trusting
        }
        var asked = request(good.port, "https")
        asked.serverName = "localhost"
        let connection = try await connector.connect(
            to: asked, timeouts: ConnectTimeouts(socketConnect: .milliseconds(400)))
        #expect(connection.peerAddress?.host == "127.0.0.9")
        #expect(factory.addresses == ["127.0.0.8", "127.0.0.9"])
        #expect(await mute.endedConnections(1))
        connection.close()
        await connector.close()
    }

    @Test func `a wrong pin weighs more than a bad certificate, that more than a failed handshake (HE-14)`()
        async throws
    {
        let twin = try ScriptedServer(
            on: .ipv4("127.0.0.9"), tls: ServerTLS(Certificates.twin), script: [.hold])
        let stranger = try ScriptedServer(
            on: .ipv4("127.0.0.8", port: twin.port), tls: ServerTLS(Certificates.stranger), script: [.hold])
        let plain = try ScriptedServer(
            on: .ipv4("127.0.0.7", port: twin.port),
            script: [.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold])
        func cause(_ hosts: Int...) async throws -> TLSError? {
            let resolver = StubResolver { name in
                hosts.compactMap { SocketAddress(numericHost: "127.0.0.\($0)", port: name.port) }
            }
            let connector = try TCPConnector(resolver: resolver) {
                $0.tls = Certificates.trusting(pins: [Fingerprint(ofDER: Certificates.localhost.der)])
                $0.connectionAttemptDelay = nil
            }
            var asked = request(twin.port, "https")
            asked.serverName = "localhost"
            let error = await connectorError { try await connector.connect(to: asked) }
            #expect(error?.attempts.map(\.address.host) == hosts.map { "127.0.0.\($0)" })
            await connector.close()
            return error?.tlsCause
        }
        for hosts in [(9, 8), (8, 9), (9, 7), (7, 9)] {
            guard case .fingerprintMismatch = try await cause(hosts.0, hosts.1) else {
                Issue.record("\(hosts)")
                continue
            }
        }
        for hosts in [(8, 7), (7, 8)] {
            guard case .certificate = try await cause(hosts.0, hosts.1) else {
                Issue.record("\(hosts)")
                continue
            }
        }
        withExtendedLifetime((stranger, plain)) {}
    }

    @Test func `the error is that of the attempt that came furthest (HE-14, TLS-09, ERR-03)`() async throws {
        let bad = try ScriptedServer.echo(on: .ipv4("127.0.0.8"), tls: ServerTLS(Certificates.stranger))
        let refused = try RefusedPort(host: "127.0.0.6", port: bad.port)
        let hole = try BlackHole(host: "127.0.0.5", port: bad.port)
        let mute = try ScriptedServer(on: .ipv4("127.0.0.4", port: bad.port), script: [.hold])
        func error(_ hosts: Int...) async throws -> ConnectorError? {
            let resolver = StubResolver { name in
                hosts.compactMap { SocketAddress(numericHost: "127.0.0.\($0)", port: name.port) }
            }
            let connector = try TCPConnector(resolver: resolver) {
                $0.tls = Certificates.trusting
                $0.connectionAttemptDelay = nil
            }
            let error = await connectorError {
                try await connector.connect(
                    to: request(bad.port, "https"),
                    timeouts: ConnectTimeouts(socketConnect: .milliseconds(400)))
            }
            await connector.close()
            return error
        }
        let certificate = try await error(8, 6)
        #expect(certificate?.tlsCause?.certificateProblems?.contains(.selfSigned) == true)
        #expect(certificate?.attempts.map(\.stage) == [.tls, .connect])
        #expect(try await error(5, 6)?.timeoutPhase == .tcp)
        #expect(try await error(6, 4)?.timeoutPhase == .tls)
        #expect(try await error(8, 5)?.tlsCause != nil)
        withExtendedLifetime((refused, hole, mute)) {}
    }

    @Test
    func `a deadline ends all attempts and says what it was, with those that had failed (HE-15, CONN-06)`()
        async throws
    {
        let hole = try BlackHole(host: "127.0.0.2")
        let more = try [3, 4].map { try BlackHole(host: "127.0.0.\($0)", port: hole.port) }
        let refused = try RefusedPort(host: "127.0.0.5", port: hole.port)
        let before = openSockets(toPort: hole.port)
        let connector = try TCPConnector(
            resolver: StubResolver("127.0.0.5", "127.0.0.2", "127.0.0.3", "127.0.0.4")
        ) {
            $0.connectionAttemptDelay = .milliseconds(10)
        }
        let error = await connectorError {
            try await connector.connect(
                to: request(hole.port),
                timeouts: ConnectTimeouts(connect: .seconds(2), socketConnect: .seconds(9)))
        }
        #expect(error?.timeoutPhase == .tcp)
        #expect(
            error?.description
                == "connecting to race.test:\(hole.port) timed out after 2 s (127.0.0.5: connection refused)"
        )
        #expect(openSockets(toPort: hole.port) == before)
        let task = EventLoop.shared.startThrowing { try await connector.connect(to: request(hole.port)) }
        #expect(await eventually { openSockets(toPort: hole.port) == before + 3 })
        task.cancel()
        #expect(await wasCancelled(task))
        #expect(openSockets(toPort: hole.port) == before)
        await connector.close()
        withExtendedLifetime((more, refused)) {}
    }
}
