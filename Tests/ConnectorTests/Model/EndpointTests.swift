import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

@LoopActor @Suite struct EndpointTests {
    private func endpoint(_ change: (inout ConnectionRequest) -> Void = { _ in }) throws -> Endpoint {
        var request = ConnectionRequest(scheme: "http", host: "a.test")
        change(&request)
        return try TCPConnector().endpoint(for: request)
    }

    @Test func `to name the place where a request goes anyhow changes nothing`() throws {
        #expect(try endpoint { $0.dial = .peer(host: "A.test", port: 80) } == endpoint())
        #expect(try endpoint { $0.dial = .peer(host: "a.test", port: 81) } != endpoint())
        #expect(try endpoint { $0.dial = .peer(host: "b.test", port: 80) } != endpoint())
    }

    @Test func `a bad host of a proxy is not taken for the request's`() throws {
        var outer = Proxy(kind: .http, host: "proxy.test", port: 1)
        outer.preproxy = Proxy(kind: .socks5h, host: "", port: 1)
        for proxy in [Proxy(kind: .http, host: "", port: 1), outer] {
            let error = #expect(throws: ConnectorError.self) { try endpoint { $0.proxy = proxy } }
            #expect(error?.description == "host '' is invalid: it is empty; it is that of a proxy")
        }
    }

    @Test func `files whose paths only look the same are two files`() throws {
        let paths = ["/run/\u{E9}", "/run/e\u{301}"]
        let dialled = try paths.map { path in try endpoint { $0.dial = .unixSocket(path: path) } }
        #expect(dialled[0] != dialled[1])
        let proxied = try paths.map { path in
            var proxy = Proxy(kind: .socks5h, host: "localhost", port: 1080)
            proxy.socketPath = path
            return try endpoint { $0.proxy = proxy }
        }
        #expect(proxied[0] != proxied[1] && proxied[0].proxy?.socketPath == paths[0])
        for change in [
            { TLSConfiguration(clientIdentity: ClientIdentity(certificate: $0)) },
            { TLSConfiguration(trust: .custom(files: [$0], directories: [], pem: nil)) },
        ] {
            let secured = try paths.map { path in
                try endpoint {
                    $0.scheme = "https"
                    $0.tls = .custom(change(path))
                }
            }
            #expect(secured[0] != secured[1])
        }
    }

    @Test func `plain requests by one proxy share its connections where that is asked for`() throws {
        func by(_ host: String, _ change: (inout ConnectionRequest) -> Void = { _ in }) throws -> Endpoint {
            try endpoint {
                $0.host = host
                $0.proxy = Proxy(kind: .http, host: "proxy.test", port: 3128)
                $0.sharesProxyConnection = true
                change(&$0)
            }
        }
        let one = try by("a.test")
        #expect(try one == by("b.test") { $0.port = 8080 })
        #expect(one.host == "a.test")
        #expect("\(one)" == "http://a.test:80 via http://proxy.test:3128")
        #expect(one.group.host == "proxy.test")
        // Not by another proxy, nor through a tunnel, nor unless it is asked for.
        #expect(try one != by("a.test") { $0.proxy?.port = 3129 })
        #expect(try by("a.test") { $0.scheme = "https" } != by("b.test") { $0.scheme = "https" })
        #expect(
            try by("a.test") { $0.proxy?.alwaysTunnels = true }
                != by("b.test") { $0.proxy?.alwaysTunnels = true })
        #expect(
            try by("a.test") { $0.sharesProxyConnection = false }
                != by("b.test") { $0.sharesProxyConnection = false })
    }

    @Test func `two hosts behind one proxy use one connection`() async throws {
        let proxy = try ScriptedServer.echo()
        let connector = try TCPConnector()
        for (host, isReused) in [("a.test", false), ("b.test", true)] {
            var request = ConnectionRequest(scheme: "http", host: host)
            request.proxy = Proxy(kind: .http, host: "127.0.0.1", port: proxy.port)
            request.sharesProxyConnection = true
            let connection = try await connector.connect(to: request)
            #expect(connection.isReused == isReused)
            #expect(connection.endpoint.host == host)
            #expect(try await connection.exchange("http://\(host)/") == "http://\(host)/")
            connection.release()
        }
        #expect(proxy.acceptedCount == 1)
        await connector.close()
    }
}
