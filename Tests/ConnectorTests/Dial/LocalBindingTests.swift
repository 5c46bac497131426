import Glibc
import Sockets
import TestSupport
import Testing

@testable import Connector

/// Where sockets begin, and what the kernel is told about them.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct LocalBindingTests {
    private func option(_ connection: Connection, _ level: CInt, _ name: CInt) throws -> CInt {
        let descriptor = try #require(connection.stream?.plainDescriptor)
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        #expect(getsockopt(descriptor, level, name, &value, &size) == 0)
        return value
    }

    @Test(
        arguments: [
            (.any("lo"), "127.0.0.1"), (.any("127.0.0.5"), "127.0.0.5"), (.any("localhost"), "127.0.0.1"),
            (.interface("lo"), "127.0.0.1"), (.host("127.0.0.6"), "127.0.0.6"),
            (.host("localhost"), "127.0.0.1"),
            (.hostOnInterface(host: "127.0.0.7", interface: "lo"), "127.0.0.7"),
        ] as [(LocalInterface, String)])
    func `an interface, an address or a name is bound first`(interface: LocalInterface, host: String)
        async throws
    {
        let server = try ScriptedServer.echo()
        let connector = try TCPConnector {
            $0.addressFamily = .ipv4
            $0.localInterface = interface
        }
        let connection = try await connector.connect(to: server.request())
        #expect(connection.localAddress?.host == host)
        connection.close()
        await connector.close()
    }

    @Test(
        arguments: [
            (
                .any("nosuch.invalid"),
                "'nosuch.invalid' is no interface and no name or address of this machine"
            ),
            (.interface("nosuch9"), "there is no interface 'nosuch9'"),
            (.interface("a-name-that-is-too-long"), "there is no interface 'a-name-that-is-too-long'"),
            (.host("::1"), "'::1' has no IPv4 address"),
            (.any("192.0.2.1"), "cannot bind the local address: cannot assign requested address"),
            (
                .hostOnInterface(host: "127.0.0.1", interface: "nosuch9"),
                "cannot bind to interface 'nosuch9': no such device"
            ),
        ] as [(LocalInterface, String)])
    func `what this machine does not have cannot be bound`(interface: LocalInterface, text: String)
        async throws
    {
        let connector = try TCPConnector(resolver: NoNames()) { $0.localInterface = interface }
        let error = await connectorError {
            try await connector.connect(to: ConnectionRequest(scheme: "http", host: "127.0.0.1", port: 9))
        }
        #expect(error?.description == "cannot connect to 127.0.0.1:9: \(text)")
        #expect(error?.attempts.map(\.stage) == [.bind])
        await connector.close()
    }

    /// A resolver that knows nothing, so that no test asks the network.
    private struct NoNames: Resolver {
        func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
            []
        }
        func close() async {}
    }

    @Test func `the first free port of a range is bound`() async throws {
        let server = try ScriptedServer.echo()
        let taken = try RefusedPort()
        let last = UInt16(min(Int(taken.port) + 50, 65_535))
        let connector = try TCPConnector { $0.localPorts = taken.port...last }
        let connection = try await connector.connect(to: server.request())
        let port = try #require(connection.localAddress?.port)
        #expect(port > taken.port && port <= last)
        #expect(connection.localAddress?.host == "127.0.0.1")
        connection.close()
        await connector.close()
    }

    @Test func `without a free port connecting fails`() async throws {
        let server = try ScriptedServer.echo()
        let taken = try RefusedPort(host: "127.0.0.3")
        let connector = try TCPConnector {
            $0.localAddress = SocketAddress(numericHost: "127.0.0.3", port: 0)
            $0.localPorts = taken.port...taken.port
        }
        let error = await connectorError { try await connector.connect(to: server.request()) }
        #expect(
            error?.description
                == "cannot connect to 127.0.0.1:\(server.port): cannot bind port \(taken.port): address already in use"
        )
        await connector.close()
    }

    @Test func `an interface and an address exclude each other`() throws {
        #expect(throws: ConnectorOptionError.self) {
            try TCPConnector {
                $0.localAddress = SocketAddress(numericHost: "127.0.0.1", port: 0)
                $0.localInterface = .any("lo")
            }
        }
    }

    @Test func `the kernel hears of every socket option`() async throws {
        let server = try ScriptedServer.echo()
        var options = SocketOptions()
        options.noDelay = false
        options.keepAlive = SocketOptions.KeepAlive(delay: .seconds(77), count: 4)
        options.fastOpen = true
        options.trafficClass = 0x20
        options.priority = 5
        let connector = try TCPConnector { $0.socketOptions = options }
        let connection = try await connector.connect(to: server.request())
        let tcp = CInt(IPPROTO_TCP)
        #expect(try option(connection, tcp, TCP_NODELAY) == 0)
        #expect(try option(connection, SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(try option(connection, tcp, TCP_KEEPIDLE) == 77)
        #expect(try option(connection, tcp, TCP_KEEPINTVL) == 77)
        #expect(try option(connection, tcp, TCP_KEEPCNT) == 4)
        #expect(try option(connection, tcp, TCP_FASTOPEN_CONNECT) == 1)
        #expect(try option(connection, CInt(IPPROTO_IP), IP_TOS) == 0x20)
        #expect(try option(connection, SOL_SOCKET, SO_PRIORITY) == 5)
        #expect(try await connection.exchange("/a") == "/a")
        connection.close()
        await connector.close()
    }

    @Test func `times and counts beyond the kernel's are cut`() async throws {
        let server = try ScriptedServer.echo()
        var options = SocketOptions()
        options.keepAlive = SocketOptions.KeepAlive(delay: .seconds(1_000_000), count: 9999)
        let connector = try TCPConnector { $0.socketOptions = options }
        let connection = try await connector.connect(to: server.request())
        #expect(try option(connection, CInt(IPPROTO_TCP), TCP_KEEPIDLE) == 32_767)
        #expect(try option(connection, CInt(IPPROTO_TCP), TCP_KEEPCNT) == 127)
        connection.close()
        await connector.close()
    }

    @Test func `the traffic class of IPv6 is set`() async throws {
        guard hasIPv6Loopback() else { return }
        let server = try ScriptedServer.echo(on: .ipv6("::1"))
        var options = SocketOptions()
        options.trafficClass = 0xB8
        let connector = try TCPConnector { $0.socketOptions = options }
        let connection = try await connector.connect(to: server.request(host: "::1"))
        #expect(try option(connection, CInt(IPPROTO_IPV6), IPV6_TCLASS) == 0xB8)
        connection.close()
        await connector.close()
    }

    @Test func `Multipath TCP is asked for where the kernel has it, and TCP does where not`() async throws {
        let probe = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 262)
        if probe >= 0 { Glibc.close(probe) }
        let server = try ScriptedServer.echo()
        var options = SocketOptions()
        options.multipath = true
        let connector = try TCPConnector { $0.socketOptions = options }
        let connection = try await connector.connect(to: server.request())
        #expect(try option(connection, SOL_SOCKET, SO_PROTOCOL) == (probe >= 0 ? 262 : CInt(IPPROTO_TCP)))
        #expect(try await connection.exchange("/m") == "/m")
        connection.close()
        await connector.close()
    }
}
