import Connector
import HTTPClient
import HTTPCore
import TestSupport
import Testing

@testable import FerryCLI

/// What is told of a transfer, from its first step to its last, in the order of telling.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct TransferEventTests {
    /// Runs a command line and returns what was told, a line each, with the server's address as `SERVER`.
    private func events(
        _ arguments: [String], hiding servers: [ScriptedServer], status: CInt = 0
    ) async throws -> [String] {
        let folder = try TemporaryDirectory()
        var planner = Planner(
            settings: try parse(
                ["-sS", "--stderr", folder.file("err"), "-o", folder.file("out")] + arguments),
            environment: { _ in nil }, fileExists: { _ in true }, askPassword: { _ in nil })
        let scribe = Scribe()
        let result = await Runner.run(
            try planner.plan(), warnings: [], notes: [], listeners: [scribe])
        #expect(result == status, "\(folder.read("err").map { String(decoding: $0, as: UTF8.self) } ?? "")")
        #expect(scribe.isInOrder)
        return scribe.lines.map { line in
            servers.enumerated().reduce(line) { line, server in
                line.replacing(
                    "127.0.0.1:\(server.element.port)",
                    with: servers.count > 1 ? "SERVER\(server.offset + 1)" : "SERVER")
            }
        }
    }

    private func server(_ steps: [ServerStep]...) throws -> ScriptedServer {
        try ScriptedServer(scripts: steps.map { $0 + [.hold] })
    }

    @Test func `a plain request`() async throws {
        let server = try server([.expectRequest, .respond(body: "abc")])
        #expect(
            try await events([server.url("/x")], hiding: [server]) == [
                "1.0 attempt", "1.0 url http://SERVER/x", "1.1 request GET http://SERVER/x", "1.1 creating",
                "1.1 trying SERVER", "1.1 connected", "1.1 created", "1.1 #0 exchange",
                "1.1 #0 head sent GET",
                "1.1 #0 request sent", "1.1 #0 first byte", "1.1 #0 head 200 delivered", "1.1 #0 body 3",
                "1.1 #0 delivered 3", "1.1 #0 connection kept", "1.1 #0 ended 0",
            ])
    }

    @Test func `a second request on the same connection`() async throws {
        let server = try server([
            .expectRequest, .respond(body: "abc"), .expectRequest, .respond(204),
        ])
        let lines = try await events(
            [server.url("/x"), "-o", "/dev/null", server.url("/y")], hiding: [server])
        #expect(
            lines.drop { $0 != "1.1 #0 ended 0" } == [
                "1.1 #0 ended 0", "1.0 attempt", "1.0 url http://SERVER/y", "1.1 request GET http://SERVER/y",
                "1.1 reused", "1.1 #0 exchange", "1.1 #0 head sent GET", "1.1 #0 request sent",
                "1.1 #0 first byte", "1.1 #0 head 204 delivered", "1.1 #0 connection kept", "1.1 #0 ended 0",
            ])
    }

    @Test func `a redirect to another origin, and what stays behind`() async throws {
        let second = try server([.expectRequest, .respond(body: "there")])
        let first = try server([
            .expectRequest, .respond(302, [("Location", second.url("/b"))], body: "moved"),
        ])
        let lines = try await events(
            ["-L", "-H", "X-Api-Key: k", "-H", "X-Plain: p", first.url("/a")], hiding: [first, second])
        #expect(
            lines.drop { !$0.contains("first byte") } == [
                "1.1 #0 first byte", "1.1 #0 head 302 followed", "1.1 #0 body 5", "1.1 #0 connection kept",
                "1.1 #0 redirect http://SERVER2/b without X-Api-Key", "1.2 request GET http://SERVER2/b",
                "1.2 creating", "1.2 trying SERVER2", "1.2 connected", "1.2 created", "1.2 #1 exchange",
                "1.2 #1 head sent GET", "1.2 #1 request sent", "1.2 #1 first byte",
                "1.2 #1 head 200 delivered", "1.2 #1 body 5", "1.2 #1 delivered 5",
                "1.2 #1 connection kept", "1.2 #1 ended 0",
            ])
    }

    @Test func `a login that is asked for`() async throws {
        let gate = DigestGate()
        let server = try server([
            .expectRequest, gate.refusal("n1"), .expectRequest, .respond(body: "in"),
        ])
        let lines = try await events(["--digest", "-u", "alice:secret", server.url("/")], hiding: [server])
        #expect(
            lines.drop { !$0.contains("head 401") } == [
                "1.1 #0 head 401 repeatedWithLogin", "1.1 #0 body 10", "1.1 #0 connection kept",
                "1.1 #0 login", "1.2 request GET http://SERVER/", "1.2 reused", "1.2 #0 exchange",
                "1.2 #0 head sent GET", "1.2 #0 request sent", "1.2 #0 first byte",
                "1.2 #0 head 200 delivered", "1.2 #0 body 2", "1.2 #0 delivered 2",
                "1.2 #0 connection kept", "1.2 #0 ended 0",
            ])
    }

    @Test func `leave that is refused`() async throws {
        let server = try server(
            [.expectHead, .respond(417)], [.expectRequest, .respond(201)])
        let lines = try await events(
            ["-H", "Expect: 100-continue", "--expect100-timeout", "60", "-d", "data", server.url("/")],
            hiding: [server])
        #expect(
            lines.drop { !$0.contains("exchange") } == [
                "1.1 #0 exchange", "1.1 #0 head sent POST", "1.1 #0 first byte",
                "1.1 #0 head 417 repeatedWithoutExpect", "1.1 #0 connection closed",
                "1.1 #0 expectation refused", "1.2 request POST http://SERVER/ with 4 bytes", "1.2 creating",
                "1.2 trying SERVER", "1.2 connected", "1.2 created", "1.2 #1 exchange",
                "1.2 #1 head sent POST", "1.2 #1 sent 4", "1.2 #1 request sent", "1.2 #1 first byte",
                "1.2 #1 head 201 delivered", "1.2 #1 connection kept", "1.2 #1 ended 0",
            ])
    }

    @Test func `leave that is given`() async throws {
        let server = try server([
            .expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectBody, .respond(204),
        ])
        let lines = try await events(
            ["-H", "Expect: 100-continue", "--expect100-timeout", "60", "-d", "data", server.url("/")],
            hiding: [server])
        #expect(
            lines.drop { !$0.contains("exchange") } == [
                "1.1 #0 exchange", "1.1 #0 head sent POST", "1.1 #0 first byte", "1.1 #0 interim 100",
                "1.1 #0 sent 4", "1.1 #0 request sent", "1.1 #0 head 204 delivered",
                "1.1 #0 connection kept", "1.1 #0 ended 0",
            ])
    }

    @Test func `a retry`() async throws {
        let server = try server([
            .expectRequest, .respond(503, body: "later"), .expectRequest, .respond(body: "now"),
        ])
        let lines = try await events(
            ["--retry", "2", "--retry-delay", "0.01", server.url("/")], hiding: [server])
        #expect(
            lines.drop { !$0.contains("head 503") } == [
                "1.1 #0 head 503 retried", "1.1 #0 body 5", "1.1 #0 connection kept",
                "1.1 #0 retry after 0.01 s, 2 left: the server answered 503 Service Unavailable",
                "2.0 attempt", "2.0 url http://SERVER/",
                "2.1 request GET http://SERVER/", "2.1 reused", "2.1 #0 exchange", "2.1 #0 head sent GET",
                "2.1 #0 request sent", "2.1 #0 first byte", "2.1 #0 head 200 delivered", "2.1 #0 body 3",
                "2.1 #0 delivered 3", "2.1 #0 connection kept", "2.1 #0 ended 0",
            ])
    }

    @Test func `nobody listens`() async throws {
        let server = try ScriptedServer(scripts: [])
        let url = server.url("/")
        server.stop()
        #expect(
            try await events([url], hiding: [server], status: 7) == [
                "1.0 attempt", "1.0 url http://SERVER/", "1.1 request GET http://SERVER/", "1.1 creating",
                "1.1 trying SERVER", "1.1 attempt failed", "1.1 connect failed", "1.1 ended 7",
            ])
    }

    @Test func `an idle connection that had died`() async throws {
        let gone = Gate()
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(body: "a"), .expectRequest, .open(gone), .reset],
            [.expectRequest, .respond(body: "b"), .hold],
        ])
        let lines = try await events(
            [server.url("/a"), "-o", "/dev/null", server.url("/b")], hiding: [server])
        #expect(
            lines.drop { $0 != "1.1 reused" } == [
                "1.1 reused", "1.1 #0 exchange", "1.1 #0 head sent GET", "1.1 #0 request sent",
                "1.1 #0 connection closed", "1.1 creating", "1.1 trying SERVER", "1.1 connected",
                "1.1 created", "1.1 #1 exchange", "1.1 #1 head sent GET", "1.1 #1 request sent",
                "1.1 #1 first byte", "1.1 #1 head 200 delivered", "1.1 #1 body 1", "1.1 #1 delivered 1",
                "1.1 #1 connection kept", "1.1 #1 ended 0",
            ])
    }

    @Test func `chunks and fields behind them`() async throws {
        let server = try server([
            .expectRequest,
            .send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"
            ),
        ])
        let lines = try await events([server.url("/")], hiding: [server])
        #expect(
            lines.drop { !$0.contains("head 200") } == [
                "1.1 #0 head 200 delivered", "1.1 #0 body 3", "1.1 #0 delivered 3", "1.1 #0 body 2",
                "1.1 #0 delivered 2", "1.1 #0 trailers X: y", "1.1 #0 connection kept", "1.1 #0 ended 0",
            ])
    }

    @Test func `an answer that has not changed`() async throws {
        let server = try server([
            .expectRequest,
            .respond(200, [("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")], body: "old"),
        ])
        let lines = try await events(["-z", "1 Jan 2020", server.url("/")], hiding: [server])
        #expect(
            lines.drop { !$0.contains("head 200") } == [
                "1.1 #0 head 200 unmodified", "1.1 #0 body 3", "1.1 #0 connection kept", "1.1 #0 ended 0",
            ])
    }

    @Test func `a tunnel`() async throws {
        let target = try server([.expectRequest, .respond(body: "x")])
        let proxy = try ScriptedServer(scripts: [
            [
                .expectHead, .send("HTTP/1.1 200 Connected\r\n\r\n"),
                .tunnel(to: .ipv4("127.0.0.1", port: target.port)),
            ]
        ])
        let lines = try await events(
            ["-p", "-x", proxy.url("/"), target.url("/")], hiding: [target, proxy])
        #expect(
            lines.prefix { !$0.contains("exchange") } == [
                "1.0 attempt", "1.0 url http://SERVER1/",
                "1.1 request GET http://SERVER1/ by a proxy", "1.1 creating",
                "1.1 trying SERVER2", "1.1 connected", "1.1 tunnel asked for", "1.1 tunnel answered",
                "1.1 created",
            ])
    }

    @Test func `a body that is cut short`() async throws {
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .close]
        ])
        let lines = try await events([server.url("/")], hiding: [server], status: 18)
        #expect(
            lines.drop { !$0.contains("head 200") } == [
                "1.1 #0 head 200 delivered", "1.1 #0 body 3", "1.1 #0 delivered 3",
                "1.1 #0 connection closed", "1.1 #0 ended 18",
            ])
    }
}

/// Writes events down as text.
@LoopActor
private final class Scribe: TransferListener {
    private(set) var lines: [String] = []
    /// No event was told before the one that was told first.
    private(set) var isInOrder = true
    private var last: ContinuousClock.Instant?

    func hear(_ event: TransferEvent) {
        if let last, event.instant < last { isInOrder = false }
        last = event.instant
        guard let text = Self.text(event.kind) else { return }
        lines.append("\(event.attempt).\(event.hop)\(event.connection.map { " #\($0)" } ?? "") \(text)")
    }

    private static func text(_ kind: TransferEvent.Kind) -> String? {
        switch kind {
        case .scheduled(_, let pause): "scheduled after \(pause / .seconds(1)) s"
        case .attemptBegan: "attempt"
        case .urlSettled(let url, _): "url \(url)"
        case .hopBegan(let request):
            "request \(request.method) \(request.url)"
                + (request.bodyBytes.map { " with \($0) bytes" } ?? "")
                + (request.usesProxy ? " by a proxy" : "")
        case .securedByHSTS(let host): "https for \(host)"
        case .connector(let step): text(step)
        case .exchangeBegan: "exchange"
        case .requestHead(let head):
            "head sent \(String(decoding: head.prefix { $0 != 0x20 }, as: UTF8.self))"
        case .requestBody(let bytes): "sent \(bytes.count)"
        case .requestSpliced(let count): "sent \(count) unseen"
        case .requestEnded: "request sent"
        case .responseBegan: "first byte"
        case .interim(let head): "interim \(head.status)"
        case .cookieRefused(let reason): "cookie refused: \(reason)"
        case .head(let head, _, let fate): "head \(head.status) \(fate)"
        case .resumed(let offset): "from \(offset)"
        case .body(let bytes): "body \(bytes.count)"
        case .bodySpliced(let count): "body \(count) unseen"
        case .delivered(let count): "delivered \(count)"
        case .trailers(let block): "trailers \(String(decoding: block.dropLast(2), as: UTF8.self))"
        case .oddity(let oddity): "odd: \(oddity)"
        case .headRefused(let bytes): "refused head of \(bytes.count) bytes"
        case .connectionLeft(_, let isKept): "connection \(isKept ? "kept" : "closed")"
        case .redirected(let url, let dropped):
            "redirect \(url)" + (dropped.isEmpty ? "" : " without \(dropped.joined(separator: ", "))")
        case .loginAsked: "login"
        case .expectationRefused: "expectation refused"
        case .hostPaused(let host, _, let pause): "\(host) left alone for \(pause / .seconds(1)) s"
        case .checked(let sum, let verdict): "checked \(sum ?? "-") \(verdict ?? "-")"
        case .retry(let reason, let pause, let left):
            "retry after \(pause / .seconds(1)) s, \(left) left: \(reason)"
        case .skipped(_, let reason): "skipped: \(reason)"
        case .ended(_, let code): "ended \(code)"
        }
    }

    private static func text(_ step: ConnectorEvent) -> String? {
        switch step {
        case .creating: "creating"
        case .created: "created"
        case .reused: "reused"
        case .attemptStarted(let address): "trying \(address)"
        case .attemptFailed: "attempt failed"
        case .connected: "connected"
        case .tunnelRequested: "tunnel asked for"
        case .tunnelAnswered: "tunnel answered"
        case .failed: "connect failed"
        default: "\(step)"
        }
    }
}
