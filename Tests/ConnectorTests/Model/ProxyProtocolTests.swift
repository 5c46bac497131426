import Sockets
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite(.timeLimit(.minutes(1))) struct ProxyProtocolTests {
    @Test(arguments: [
        (nil, "127.0.0.1", "192.0.2.1", "PROXY TCP4 127.0.0.1 192.0.2.1 4000 80"),
        (nil, "::1", "2001:db8::1", "PROXY TCP6 ::1 2001:db8::1 4000 80"),
        ("198.51.100.7", "127.0.0.1", "192.0.2.1", "PROXY TCP4 198.51.100.7 192.0.2.1 4000 80"),
        ("2001:db8::7", "127.0.0.1", "192.0.2.1", "PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 4000 80"),
        ("198.51.100.7", "::1", "2001:db8::1", "PROXY TCP6 ::ffff:198.51.100.7 2001:db8::1 4000 80"),
        (nil, "fe80::1%lo", "fe80::2%lo", "PROXY TCP6 fe80::1 fe80::2 4000 80"),
    ])
    func `the line names both ends in one family`(
        client: String?, local: String, peer: String, expected: String
    ) throws {
        let announcement = ProxyProtocol(client: client.flatMap { SocketAddress(numericHost: $0, port: 9) })
        let line = announcement.line(
            local: SocketAddress(numericHost: local, port: 4000),
            peer: SocketAddress(numericHost: peer, port: 80))
        #expect(text(line) == expected + "\r\n")
        #expect(line.count <= 107)
    }

    @Test func `ends that are no IP addresses are unknown`() {
        let unix = SocketAddress.unix(bytes("/s"))
        let client = SocketAddress(numericHost: "192.0.2.1", port: 0)
        for announcement in [ProxyProtocol(), ProxyProtocol(client: client)] {
            for (local, peer) in [(unix, unix), (nil, unix), (nil, nil), (client, nil), (unix, client)] {
                #expect(text(announcement.line(local: local, peer: peer)) == "PROXY UNKNOWN\r\n")
            }
        }
    }

    @Test func `a connection that was announced is shared with no other (POOL-01)`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector()
        var request = server.request()
        let clients = ["192.0.2.1", "192.0.2.2"].map { SocketAddress(numericHost: $0, port: 0) }
        for announcement in [
            nil, ProxyProtocol(), ProxyProtocol(client: clients[0]), ProxyProtocol(client: clients[1]),
        ] {
            request.proxyProtocolHeader = announcement
            let first = try await connector.connect(to: request)
            #expect(!first.isReused)
            first.release()
            let second = try await connector.connect(to: request)
            #expect(second.isReused)
            second.release()
        }
        #expect(await server.acceptedConnections(4))
        #expect(server.acceptedCount == 4)
        await connector.close()
    }
}
