import HTTPCore
import Sockets
import TLS
import TestSupport
import Testing

@testable import Connector

/// Proxies that ask who wants the tunnel before they open one, and what is answered on the same connection.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct ProxyQuestionTests {
    /// Says another word each time, and notes what it heard.
    private final class Speaker: ProxyAuthenticator {
        private(set) var heard: [String] = []
        private(set) var sentCredentials: [Bool] = []
        private var said = 0
        private let isSilentAtFirst: Bool

        init(isSilentAtFirst: Bool = false) {
            self.isSilentAtFirst = isSilentAtFirst
        }

        func authorization(method: String, target: String) throws -> ByteString? {
            defer { said += 1 }
            return said == 0 && isSilentAtFirst ? nil : "Word \(method) \(target) \(said)"
        }

        func hear(_ refusal: [UInt8], sentCredentials: Bool) throws -> Bool {
            heard.append(String(text(refusal).prefix { $0 != "\r\n" }))
            self.sentCredentials.append(sentCredentials)
            return true
        }
    }

    private static let question = "HTTP/1.1 407 Who\r\nContent-Length: 4\r\n\r\nwho?"

    private func request(_ server: ScriptedServer, _ speaker: Speaker) -> ConnectionRequest {
        var request = ConnectionRequest(scheme: "https", host: "far.test")
        request.proxy = Proxy(kind: .http, host: "127.0.0.1", port: server.port)
        request.proxy?.authenticator = ProxyAuthenticatorReference(speaker)
        return request
    }

    /// The refusal of a proxy that answers as `script` says.
    private func refusal(
        _ script: [ServerStep], _ speaker: Speaker, change: (inout ConnectionRequest) -> Void = { _ in }
    ) async throws -> (refusal: ProxyRefusal?, error: ConnectorError?, server: ScriptedServer) {
        let server = try ScriptedServer(script: script)
        let connector = try TCPConnector()
        var request = request(server, speaker)
        change(&request)
        let wanted = request
        let error = await connectorError {
            try await connector.connect(to: wanted, timeouts: ConnectTimeouts(connect: .seconds(2)))
        }
        #expect(await server.endedConnections(1))
        #expect(connector.statistics.counts == .idle(0))
        await connector.close()
        guard case .proxyRefused(let refusal) = error else { return (nil, error, server) }
        return (refusal, error, server)
    }

    @Test func `two questions are answered on one connection, and not a third (PROXY-03)`() async throws {
        let target = try ScriptedServer.echo(tls: ServerTLS(Certificates.localhost))
        let asking: [ServerStep] = [.expectRequest, .send(Self.question)]
        let server = try ScriptedServer(
            script: asking + asking + [
                .expectRequest, .send("HTTP/1.1 201 Created\r\n\r\n"),
                .tunnel(to: .ipv4("127.0.0.1", port: target.port)),
            ])
        let connector = try TCPConnector { $0.tls = Certificates.trusting }
        let speaker = Speaker(isSilentAtFirst: true)
        var wanted = request(server, speaker)
        wanted.serverName = "localhost"
        let connection = try await connector.connect(to: wanted)
        #expect(try await connection.exchange() == "/")
        connection.close()
        await connector.close()
        #expect(server.acceptedCount == 1)
        #expect(
            server.requests.map { $0.header("Proxy-Authorization") } == [
                nil, "Word CONNECT far.test:443 1", "Word CONNECT far.test:443 2",
            ])
        #expect(speaker.sentCredentials == [false, true])
        #expect(speaker.heard == ["HTTP/1.1 407 Who", "HTTP/1.1 407 Who"])

        let stubborn = Speaker()
        let (refusal, _, other) = try await refusal([.forever(asking)], stubborn)
        #expect(refusal?.status == 407 && refusal?.sentCredentials == true)
        #expect(other.requests.count == 3 && stubborn.heard.count == 2)
    }

    @Test func `a question is read to its end, up to a bound (PROXY-03)`() async throws {
        let bound = 256 * 1024
        let chunked = "HTTP/1.1 407 Who\r\nTransfer-Encoding: chunked\r\n\r\n"
        let cases: [(String, [ServerStep], isAnswered: Bool)] = [
            (
                "exactly the bound",
                [
                    .send("HTTP/1.1 407 Who\r\nContent-Length: \(bound)\r\n\r\n"),
                    .sendRepeating(0x61, count: bound),
                ], true
            ),
            ("beyond the bound", [.send("HTTP/1.1 407 Who\r\nContent-Length: \(bound + 1)\r\n\r\n")], false),
            (
                "exactly the bound in a chunk",
                [.send(chunked + "40000\r\n"), .sendRepeating(0x61, count: bound), .send("\r\n0\r\n\r\n")],
                true
            ),
            (
                "beyond it in a chunk",
                [.send(chunked + "40001\r\n"), .sendRepeating(0x61, count: bound + 1)], false
            ),
            ("until the close", [.send("HTTP/1.1 407 Who\r\n\r\n")], false),
            (
                "on a connection that will be closed",
                [.send("HTTP/1.1 407 Who\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")], false
            ),
            (
                "on a proxy connection that will be closed",
                [.send("HTTP/1.1 407 Who\r\nProxy-Connection: close\r\nContent-Length: 4\r\n\r\n")], false
            ),
            ("with data behind it", [.send(Self.question + "HTTP/1.1 200 OK\r\n\r\n")], false),
            ("cut short", [.send(String(Self.question.dropLast())), .close], false),
        ]
        for (name, answer, isAnswered) in cases {
            let speaker = Speaker()
            let (refusal, error, server) = try await refusal(
                [.expectRequest] + answer + [.expectRequest, .send("HTTP/1.1 403 No\r\n\r\n"), .hold], speaker
            )
            #expect(refusal?.status == (isAnswered ? 403 : 407), "\(name): \(error as Any)")
            #expect(server.requests.count == (isAnswered ? 2 : 1), "\(name)")
            #expect(speaker.heard.count == (isAnswered ? 1 : 0), "\(name)")
        }
    }

    @Test func `only 407 is a question, and only to who has not answered for himself (PROXY-03)`()
        async throws
    {
        let speaker = Speaker()
        let (other, _, _) = try await refusal(
            [.expectRequest, .send("HTTP/1.1 401 Who\r\nContent-Length: 4\r\n\r\n"), .hold], speaker)
        #expect(other?.status == 401 && other?.sentCredentials == true)
        let (own, _, server) = try await refusal(
            [.expectRequest, .send("HTTP/1.1 407 Who\r\nContent-Length: 4\r\n\r\n"), .hold], speaker
        ) { $0.proxy?.headers = [Proxy.Header(name: "proxy-authorization", value: "Mine")] }
        #expect(own?.status == 407)
        #expect(server.requests.first?.headers("Proxy-Authorization") == ["Mine"])
        #expect(speaker.heard.isEmpty)
    }

    @Test func `a proxy that falls silent in its question runs into the deadline (PROXY-08)`() async throws {
        let speaker = Speaker()
        let (refusal, error, _) = try await refusal(
            [.expectRequest, .send(String(Self.question.dropLast())), .hold], speaker)
        #expect(refusal == nil && error?.timeoutPhase == .proxy)
    }

    @Test func `a proxy that does not read runs into the deadline as well (PROXY-08)`() async throws {
        let gate = Gate()
        defer { gate.open() }
        let server = try ScriptedServer(script: [.pause(until: gate), .hold])
        let connector = try TCPConnector()
        var request = ConnectionRequest(scheme: "https", host: "far.test")
        request.proxy = Proxy(kind: .http, host: "127.0.0.1", port: server.port)
        request.proxy?.headers = (0..<64).map {
            Proxy.Header(name: "X-\($0)", value: String(repeating: "x", count: 250_000))
        }
        let wanted = request
        let error = await connectorError {
            try await connector.connect(to: wanted, timeouts: ConnectTimeouts(connect: .milliseconds(300)))
        }
        #expect(error?.timeoutPhase == .proxy)
        await connector.close()
    }
}
