import Glibc
import Sockets
import Synchronization
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct SocketMakerTests {
    @Test func `a local address is bound first, and a clash is told (SOCK-01, SOCK-03, PARAM-16)`()
        async throws
    {
        let server = try ScriptedServer.echo()
        let any = try TCPConnector {
            $0.localAddress = SocketAddress(numericHost: "127.0.0.5", port: 0)
        }
        let connection = try await any.connect(to: server.request())
        #expect(connection.localAddress?.host == "127.0.0.5")
        let taken = try #require(connection.localAddress)
        let fixed = try TCPConnector { $0.localAddress = taken }
        let error = await connectorError { try await fixed.connect(to: server.request()) }
        #expect(error?.attempts.map(\.stage) == [.bind])
        #expect(error?.errno?.name == "EADDRINUSE")
        #expect(
            error?.description
                == "cannot connect to 127.0.0.1:\(server.port): cannot bind \(taken): address already in use")
        connection.close()
        await any.close()
        await fixed.close()
    }

    @Test func `a local address of the other family fails with those words (SOCK-02)`() async throws {
        let connector = try TCPConnector {
            $0.localAddress = SocketAddress(numericHost: "::1", port: 0)
        }
        let error = await connectorError {
            try await connector.connect(to: ConnectionRequest(scheme: "http", host: "127.0.0.1", port: 9))
        }
        #expect(error?.description == "cannot connect to 127.0.0.1:9: no local address of this family")
        await connector.close()
    }

    @Test func `sockets do not leak into children, wait, or delay (SOCK-04)`() async throws {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector()
        let connection = try await connector.connect(to: server.request())
        let descriptor = try #require(connection.stream?.plainDescriptor)
        #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
        func option(_ level: CInt, _ name: CInt) -> CInt {
            var value: CInt = -1
            var size = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, level, name, &value, &size)
            return value
        }
        #expect(option(CInt(IPPROTO_TCP), TCP_NODELAY) == 1)
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 0)
        connection.close()
        await connector.close()
    }

    @Test
    func
        `what a socket factory gives is ours, and its failures are the attempt's (SOCK-05, ERR-04, PARAM-20)`()
        async throws
    {
        struct Refusal: Error, CustomStringConvertible { let description = "no sockets today" }
        let server = try ScriptedServer.echo()
        let made = try TCPConnector(socketFactory: { _ in
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var on: CInt = 1
            setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
            return descriptor
        }) {
            $0.localAddress = SocketAddress(numericHost: "127.0.0.6", port: 0)
        }
        let connection = try await made.connect(to: server.request())
        #expect(connection.localAddress?.host == "127.0.0.6")
        #expect(try await connection.exchange() == "/")
        connection.close()
        await made.close()
        let factories: [(SocketFactory, String)] = [
            ({ _ in throw Refusal() }, "no sockets today"),
            ({ _ in -1 }, "the socket factory gave no descriptor"),
        ]
        for (factory, words) in factories {
            let connector = try TCPConnector(socketFactory: factory)
            let error = await connectorError { try await connector.connect(to: server.request()) }
            #expect(error?.description == "cannot connect to 127.0.0.1:\(server.port): \(words)")
            #expect(error?.attempts.map(\.stage) == [.socket])
            await connector.close()
        }
        #expect(openSockets(toPort: server.port) == 0)
    }

    @Test func `without descriptors the longest idle socket makes way once (SOCK-07)`() async throws {
        let server = try ScriptedServer.echo()
        let failures = Mutex(0)
        let diagnostics = DiagnosticLog()
        let connector = try TCPConnector(
            resolver: StubResolver("127.0.0.1"),
            socketFactory: { _ in
                let mustFail = failures.withLock { left in
                    left -= 1
                    return left >= 0
                }
                if mustFail { throw Errno(rawValue: EMFILE) }
                return socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            }, diagnostics: diagnostics.handler)
        try await connector.connect(to: server.request(host: "a.test")).release()
        failures.withLock { $0 = 1 }
        let connection = try await connector.connect(to: server.request(host: "b.test"))
        #expect(await server.endedConnections(1))
        #expect(diagnostics.all.count == 1)
        failures.withLock { $0 = 2 }
        let error = await connectorError {
            try await connector.connect(to: server.request(host: "c.test"))
        }
        #expect(error?.errno?.name == "EMFILE")
        connection.close()
        await connector.close()
    }
}
