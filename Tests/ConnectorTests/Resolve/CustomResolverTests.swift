import Connector
import TestSupport
import Testing

/// A resolver as somebody outside the library writes it: with the public interface alone.
private struct TableResolver: Resolver {
    let hosts: [String: [String]]
    let closes: Counter

    func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
        guard let known = hosts[host] else {
            throw DNSFailure(host: host, port: port, code: 7, text: "not in the table", isTemporary: true)
        }
        return known.compactMap { SocketAddress(numericHost: $0, port: port) }
            .map { ResolvedAddress(host: host, address: $0) }
    }

    func close() async { closes.count += 1 }
}

@LoopActor
private final class Counter { var count = 0 }

@LoopActor @Suite(.timeLimit(.minutes(1))) struct CustomResolverTests {
    @Test func `one that resolves and closes is a resolver, and stays its owner's (DNS-25, PARAM-17)`()
        async throws
    {
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let closes = Counter()
        let resolver = TableResolver(
            hosts: ["known.test": ["127.0.0.1"], "empty.test": []], closes: closes)
        let connector = try TCPConnector(resolver: resolver)
        let connection = try await connector.connect(
            to: ConnectionRequest(scheme: "http", host: "known.test", port: server.port))
        #expect(connection.peerAddress?.host == "127.0.0.1")
        connection.release()
        #expect(connector.cachedHosts.keys.map(\.host) == ["known.test"])
        for (host, code, text) in [
            ("other.test", 7, "not in the table"), ("empty.test", 0, "the name has no address"),
        ] as [(String, CInt, String)] {
            do {
                _ = try await connector.connect(to: ConnectionRequest(scheme: "http", host: host))
                Issue.record("nothing was thrown")
            } catch ConnectorError.dns(let failure) {
                #expect(failure.host == host)
                #expect(failure.port == 80)
                #expect(failure.code == code)
                #expect(failure.text == text)
                #expect(failure.isTemporary == (code == 7))
            }
        }
        await connector.close()
        #expect(closes.count == 0)
        await resolver.close()
        await resolver.close()
        #expect(closes.count == 2)
    }

    @Test(arguments: [true, false])
    func `the wanted family is applied to the answer, but not to fixed addresses (DNS-17)`(isFixed: Bool)
        async throws
    {
        struct OneAddress: Resolver {
            let isFixed: Bool

            func resolve(
                host: String, port: UInt16, family: AddressFamily
            ) async throws -> [ResolvedAddress] {
                [
                    ResolvedAddress(
                        host: host, address: .ipv4(0x7F00_0001, port: port), isFixed: isFixed)
                ]
            }

            func close() async {}
        }
        let server = try ScriptedServer { [.respond(body: $0.target)] }
        let connector = try TCPConnector(resolver: OneAddress(isFixed: isFixed)) {
            $0.addressFamily = .ipv6
            $0.forceClose = true
            $0.dnsCacheTTL = nil
        }
        let request = ConnectionRequest(scheme: "http", host: "known.test", port: server.port)
        // The second answer comes from the cache.
        for _ in 0..<2 {
            if isFixed {
                try await connector.connect(to: request).close()
            } else {
                await #expect(throws: ConnectorError.self) { try await connector.connect(to: request) }
            }
        }
        #expect(connector.cachedHosts.count == 1)
        await connector.close()
    }
}
