import TestSupport
import Testing

/// Header fields as people type them: sent as they are, with a warning, and secrets are known whatever stands around their
/// names.
@Suite struct LenientFieldTests {
    private static let oddName = "Warning: option -H: "

    @Test(arguments: [
        FetchCase(
            "a name that is none", ["-H", "X y: z", "{U}/"], requests: [get("/", "X y: z")],
            stderr: oddName + "'X y' is not the name of a header field; it is sent as it is\n"),
        FetchCase(
            "curly quotes", ["-H", "X\u{201D}: z", "{U}/"], requests: [get("/", "X\u{201D}: z")],
            stderr: oddName
                + "'X\u{201D}' is not the name of a header field; it is sent as it is. Its curly quotes were probably pasted\n"
        ),
        FetchCase(
            "HTTP/2's own", ["-H", ":authority: h", "-H", "A: b", "{U}/"], requests: [get("/", "A: b")],
            stderr: oddName + "':authority' is left out: it belongs to HTTP/2 and HTTP/3\n"),
        FetchCase(
            "blanks before the colon", ["-sS", "-u", "me:x", "-H", "Authorization : Bearer t", "{U}/"],
            requests: [get("/", "Authorization : Bearer t")]),
        FetchCase(
            "blanks cannot fold the field before", ["-sS", "-H", "A: b", "-H", " C: d", "{U}/"],
            requests: [get("/", "A: b", "C: d")]),
    ]) func `a field is sent as it is typed`(fetch: FetchCase) throws { try fetch.check() }

    @Test(arguments: ["Authorization : Bearer", "Cookie :", "X-Api-Key\t:", " Private-Token :"])
    func `a secret is one whatever stands around its name`(start: String) throws {
        let other = try ScriptedServer { _ in [.respond(body: "there")] }
        let server = try ScriptedServer { _ in [.respond(302, [("Location", other.url("/"))])] }
        let result = try runFerry(["-vL", "-H", "\(start) s3cr3t=v4lue", server.url("/")])
        #expect(result.outText == "there", "\(result)")
        #expect(server.requests.first?.head.contains("v4lue") ?? false)
        #expect(!(other.requests.first?.head.contains("v4lue") ?? true))
        #expect(!result.errText.contains("v4lue"), "\(result.errText)")
    }

    @Test func `--resolve takes several addresses, which are tried in turn`() throws {
        let server = try ScriptedServer { [.respond(body: $0.header("host") ?? "")] }
        let place = "far.test:\(server.port)"
        for addresses in [
            "127.0.0.2,127.0.0.1", "[::1],127.0.0.1", "127.0.0.2,127.0.0.3,127.0.0.1,127.0.0.4",
        ] {
            let result = try runFerry(
                ["-sS", "-w", " %{remote_ip}", "--resolve", "\(place):\(addresses)", "http://\(place)/"])
            #expect(result.outText == "\(place) 127.0.0.1", "\(addresses): \(result)")
        }
        let failed = try runFerry(["-sS", "--resolve", "\(place):127.0.0.2,127.0.0.3", "http://\(place)/"])
        #expect(failed.exitStatus == 7, "\(failed)")
        #expect(failed.errText.contains("127.0.0.2") && failed.errText.contains("127.0.0.3"), "\(failed)")
    }

    @Test func `--resolve is obeyed whatever -4 and -6 say`() throws {
        let server = try ScriptedServer(script: FetchCase.answer)
        let place = "far.test:\(server.port)"
        let result = try runFerry(
            ["-sS", "-6", "-w", "%{remote_ip}", "--resolve", "\(place):127.0.0.1", "http://\(place)/"])
        #expect(result.outText == "127.0.0.1", "\(result)")
        // Nobody listens there, but that it is tried shows.
        let other = try runFerry(["-sS", "-4", "--resolve", "\(place):::1", "http://\(place)/"])
        #expect(other.exitStatus == 7, "\(other)")
    }
}
