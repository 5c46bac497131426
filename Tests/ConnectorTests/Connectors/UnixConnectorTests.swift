import Glibc
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct UnixConnectorTests {
    private static let request = ConnectionRequest(scheme: "http", host: "127.0.0.1")

    @Test func `everything goes to the path, whatever the host says (UNIX-01, UNIX-07)`() async throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer.echo(on: .unix(folder.file("s")))
        let log = EventLog()
        let connector = try UnixConnector(path: folder.file("s")) { $0.limit = 1 }
        #expect(connector.supportedSchemes == ["http", "https", "unix"])
        for (index, host) in ["127.0.0.1", "no-such.invalid", "no-such.invalid"].enumerated() {
            let connection = try await connector.connect(
                to: ConnectionRequest(scheme: "http", host: host), tracer: log)
            #expect(try await connection.exchange("/\(index)") == "/\(index)")
            #expect(connection.isReused == (index == 2))
            #expect(connection.peerAddress?.description == folder.file("s"))
            connection.release()
        }
        await server.acceptedConnections(2)
        #expect(server.acceptedCount == 2)
        #expect(log.names.prefix(4) == ["creating", "attemptStarted", "connected", "created"])
        await connector.close()
        #expect(await server.endedConnections(2))
    }

    @Test func `a TCP connector dials a Unix socket when the request says so`() async throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer.echo(on: .unix(folder.file("s")))
        let connector = try TCPConnector(resolver: StubResolver())
        var request = ConnectionRequest(scheme: "http", host: "docker")
        request.dial = .unixSocket(path: folder.file("s"))
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange("/v1") == "/v1")
        #expect(connection.endpoint.description == "http://docker:80 on \(folder.file("s"))")
        connection.release()
        await connector.close()
        #expect(await server.endedConnections(1))
    }

    @Test func `a missing path and a path without a listener are told apart (UNIX-02)`() async throws {
        let folder = try TemporaryDirectory()
        let stale = folder.file("stale")
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(stale.utf8)) }
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        for (path, name, words) in [
            (folder.file("absent"), "ENOENT", "no such file or directory"),
            (stale, "ECONNREFUSED", "connection refused: nobody listens on it"),
            (try folder.write("x", to: "file"), "ECONNREFUSED", "it is not a socket"),
        ] {
            let connector = try UnixConnector(path: path)
            let error = await connectorError { try await connector.connect(to: Self.request) }
            guard case .unixSocket(let failure) = error else { Issue.record("\(error as Any)"); return }
            #expect(failure.path == path)
            #expect(failure.errno.name == name)
            #expect(error?.description == "cannot connect to Unix socket \(path): \(words)")
            #expect(connector.statistics.counts == .idle(0))
            await connector.close()
        }
    }

    @Test(.enabled(if: isSubjectToModes, "root may do anything here"))
    func `a path that may not be written is refused (UNIX-03)`() async throws {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer.echo(on: .unix(folder.file("s")))
        chmod(folder.file("s"), 0)
        let connector = try UnixConnector(path: folder.file("s"))
        let log = EventLog()
        if getuid() == 0 {
            // Root may do anything. So the loop's thread looks at files as nobody does, just while it connects.
            chmod(folder.path, 0o755)
            log.whenRecorded = { event in
                switch event {
                case .attemptStarted: lookAtFiles(asUser: 65_534)
                default: lookAtFiles(asUser: 0)
                }
            }
        }
        let error = await connectorError { try await connector.connect(to: Self.request, tracer: log) }
        guard case .unixSocket(let failure) = error else { Issue.record("\(error as Any)"); return }
        #expect(failure.path == folder.file("s"))
        #expect(failure.errno.name == "EACCES")
        let words = "permission denied: it belongs to user \(getuid()) and has mode 0"
        #expect(error?.description == "cannot connect to Unix socket \(folder.file("s")): \(words)")
        await connector.close()
        server.stop()
    }

    @Test func `paths that the kernel cannot take are refused at once (UNIX-04, PARAM-22)`() throws {
        for path in ["", "@", "a\0b", String(repeating: "x", count: 108)] {
            #expect(throws: ConnectorOptionError.self) { try UnixConnector(path: path) }
        }
        #expect(try UnixConnector(path: String(repeating: "x", count: 107)).path.count == 107)
    }

    @Test func `a leading at sign means the abstract namespace, with ./ before it a file (UNIX-05)`()
        async throws
    {
        let name = "ferry-connector-\(getpid())"
        let server = try ScriptedServer.echo(on: .abstract(name))
        let connector = try UnixConnector(path: "@\(name)")
        let connection = try await connector.connect(to: Self.request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
        let file = try UnixConnector(path: "./@\(name)")
        let error = await connectorError { try await file.connect(to: Self.request) }
        #expect(error?.errno?.name == "ENOENT")
        await file.close()
        server.stop()
    }

    @Test func `https over a Unix socket is TLS with the host's name, never clear text (UNIX-06)`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let server = try ScriptedServer.echo(
            on: .unix(folder.file("s")), tls: ServerTLS(Certificates.localhost))
        let connector = try UnixConnector(path: folder.file("s")) { $0.tls = Certificates.trusting }
        let request = ConnectionRequest(scheme: "https", host: "localhost")
        let connection = try await connector.connect(to: request)
        #expect(try await connection.exchange() == "/")
        connection.close()
        #expect(await server.endedConnections(1))
        #expect(server.connections[0].tls?.serverName == "localhost")
        await connector.close()

        let plain = try ScriptedServer(on: .unix(folder.file("plain")), script: [.hold])
        let other = try UnixConnector(path: folder.file("plain"))
        let error = await connectorError {
            try await other.connect(
                to: request, timeouts: ConnectTimeouts(socketConnect: .milliseconds(20)))
        }
        #expect(error?.timeoutPhase == .tls)
        #expect(error?.description == "the TLS handshake with localhost:443 timed out after 0.02 s")
        #expect(await plain.endedConnections(1))
        #expect(!text(plain.connections[0].received).contains("GET"))
        await other.close()
    }

    @Test func `a full line of the listener is waited for, and the wait ends in time (UNIX-07, PARAM-23)`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.file("full")
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        listen(listener, 0)
        let connector = try UnixConnector(path: path)
        let filler = try await connector.connect(to: Self.request)
        let error = await connectorError {
            try await connector.connect(
                to: Self.request,
                timeouts: ConnectTimeouts(connect: .seconds(600), socketConnect: .milliseconds(20)))
        }
        #expect(error?.timeoutPhase == .tcp)
        #expect(
            error?.description
                == "connecting to Unix socket \(path), whose queue is full, timed out after 0.02 s")

        let patient = EventLoop.shared.startThrowing { try await connector.connect(to: Self.request) }
        #expect(await eventually { connector.statistics.pending == 1 })
        let accepted = accept(listener, nil, nil)
        defer { close(accepted) }
        let connection = try await patient.value
        connection.close()

        let blocked = EventLoop.shared.startThrowing { try await connector.connect(to: Self.request) }
        let refill = EventLoop.shared.startThrowing { try await connector.connect(to: Self.request) }
        #expect(await eventually { connector.statistics.pending > 0 })
        await connector.close()
        for task in [blocked, refill] {
            if case .failure(let error) = await task.result {
                #expect((error as? ConnectorError)?.isClosed == true)
            }
        }
        filler.close()
    }
}
