import HTTPCore
import Sockets
import TLS
import Testing

@testable import Connector

@LoopActor @Suite struct ConnectorErrorTests {
    private struct Odd: Error, CustomStringConvertible { let description = "the pipe is odd" }

    private func endpoint() throws -> Endpoint {
        var request = ConnectionRequest(scheme: "https", host: "Example.test")
        request.proxy = Proxy(
            kind: .https, host: "proxy.test", port: 3128, user: "u", password: "secret",
            headers: [Proxy.Header(name: "X-Token", value: "secret")])
        return try TCPConnector().endpoint(for: request)
    }

    private func address(_ host: String) throws -> SocketAddress {
        try #require(SocketAddress(numericHost: host, port: 443))
    }

    @Test func `every case has a line of its own without a secret (ERR-01, ERR-02)`() throws {
        let endpoint = try endpoint()
        let proxy = try #require(endpoint.proxy)
        let refused = Errno(rawValue: 111)
        let one = ConnectAttempt(
            address: try address("192.0.2.1"), stage: .connect, errno: refused, text: "\(refused)")
        let two = ConnectAttempt(
            address: try address("2001:db8::1"), stage: .connect, errno: Errno(rawValue: 101), text: "no way")
        let failure = ConnectFailure(endpoint: endpoint, attempts: [one])
        let handshake = TLSError.handshake(
            code: -1, alert: nil, errno: nil, text: "peer closed the connection")
        func tls(_ cause: TLSError, isProxy: Bool = false) -> ConnectorError {
            .tls(
                TLSFailure(
                    endpoint: endpoint, peer: one.address, cause: cause, attempts: [one], isProxy: isProxy))
        }
        let cases: [(ConnectorError, String)] = [
            (.closed, "the connector is closed"),
            (.released, "the connection was used after its release"),
            (.unsupportedScheme("gopher"), "scheme 'gopher' is not supported"),
            (.invalidHost(host: "127.1", reason: "odd"), "host '127.1' is invalid: odd"),
            (
                .invalidHost(host: String(repeating: "h", count: 100_000), reason: "odd"),
                "host '\(String(repeating: "h", count: 200))…' (100000 bytes) is invalid: odd"
            ),
            (
                .timedOut(
                    TimeoutFailure(
                        phase: .tcp, limit: .milliseconds(1250), endpoint: endpoint, attempts: [two])),
                "connecting to example.test:443 (TLS) timed out after 1.25 s (2001:db8::1: no way)"
            ),
            (
                .timedOut(
                    TimeoutFailure(
                        phase: .queue, limit: .nanoseconds(1_999_600_000), endpoint: endpoint, attempts: [])),
                "waiting for a connection slot for example.test:443 (TLS) timed out after 2 s"
            ),
            (
                .timedOut(
                    TimeoutFailure(
                        phase: .dns, limit: .nanoseconds(119_000_001), endpoint: endpoint, attempts: [])
                ),
                "resolving the name of example.test:443 (TLS) timed out after 0.12 s"
            ),
            (
                .timedOut(TimeoutFailure(phase: .queue, limit: nil, endpoint: endpoint, attempts: [])),
                "waiting for a connection slot for example.test:443 (TLS) timed out"
            ),
            (
                .dns(DNSFailure(host: "a.test", port: 1, text: "name or service not known")),
                "cannot resolve a.test: name or service not known"
            ),
            (.connect(failure), "cannot connect to example.test:443 (TLS): connection refused"),
            (
                .connect(ConnectFailure(endpoint: endpoint, attempts: [one, two])),
                "cannot connect to example.test:443 (TLS): 192.0.2.1: connection refused; 2001:db8::1: no way"
            ),
            (
                .proxyConnect(failure, proxy: proxy),
                "cannot connect to proxy https://proxy.test:3128: connection refused"
            ),
            (
                .proxyRefused(
                    ProxyRefusal(
                        proxy: proxy, endpoint: endpoint, status: 407, reason: "it answered 407", head: [])),
                "proxy https://proxy.test:3128 gave no tunnel to example.test:443 (TLS): it answered 407"
            ),
            (
                .unixSocket(
                    UnixSocketFailure(
                        path: "/run/x", errno: refused, endpoint: endpoint, text: "\(refused)")),
                "cannot connect to Unix socket /run/x: connection refused"
            ),
            (tls(handshake), "TLS handshake with example.test:443 failed: peer closed the connection"),
            (
                tls(handshake, isProxy: true),
                "TLS handshake with proxy https://proxy.test:3128 failed: peer closed the connection"
            ),
            (
                tls(.certificate(reasons: [.selfSigned], text: "certificate is self-signed", leaf: nil)),
                "cannot trust example.test:443: certificate is self-signed"
            ),
            (
                tls(.configuration(.trust, path: "/x.pem", text: "no CA certificates in '/x.pem'")),
                "no CA certificates in '/x.pem'"
            ),
            (
                .io(
                    TransportFailure(endpoint: endpoint, operation: "write", cause: .io(Errno(rawValue: 32)))),
                "write on example.test:443 (TLS) failed: broken pipe"
            ),
            (.busy(endpoint), "two tasks use one direction of the connection to example.test:443 (TLS)"),
            (
                .custom(CustomFailure(endpoint: endpoint, cause: Odd())),
                "cannot connect to example.test:443 (TLS): the pipe is odd"
            ),
        ]
        for (error, line) in cases {
            #expect(error.description == line)
            #expect(!"\(error)".contains("secret"))
            switch error {
            case .closed, .released, .unsupportedScheme, .invalidHost, .dns: #expect(error.endpoint == nil)
            default: #expect(error.endpoint == endpoint)
            }
        }
        for (error, _) in cases {
            switch error {
            case .timedOut(let late) where late.phase == .tcp:
                #expect(error.attempts.map(\.text) == [two.text])
            case .connect(let failed), .proxyConnect(let failed, _):
                #expect(error.attempts.map(\.text) == failed.attempts.map(\.text))
                #expect(error.errno == (failed.attempts.count == 1 ? refused : nil))
            case .unixSocket: #expect(error.errno == refused)
            case .tls: #expect(error.attempts.map(\.text) == [one.text])
            case .io: #expect(error.errno == Errno(rawValue: 32))
            default: #expect(error.attempts.isEmpty && error.errno == nil)
            }
        }
        #expect(ConnectorError.connect(failure).errno == refused)
        #expect(
            ConnectorError.connect(ConnectFailure(endpoint: endpoint, attempts: [one, two])).errno == nil)
        #expect(endpoint.description == "https://example.test:443 via https://proxy.test:3128")
    }

    @Test func `options say what is wrong with them`() {
        #expect(
            ConnectorOptionError.invalid(option: "limit", value: "-1", reason: "odd").description
                == "limit: '-1' is invalid: odd")
        #expect(
            ConnectorOptionError.conflicting("keepAliveTimeout", "forceClose").description
                == "keepAliveTimeout conflicts with forceClose")
    }
}
