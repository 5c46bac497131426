import HTTPCore
import Testing

@testable import FerryCLI

/// Verdicts over what was seen, without a socket.
@Suite struct ExpectationJudgingTests {
    private static let seen: Observations = {
        var seen = Observations()
        seen.status = 201
        seen.fields = [
            ("Content-Type", "application/json; charset=utf-8"), ("Age", "0100"), ("ETag", "\"v1\""),
            ("Via", "a"),
            ("via", "b"), ("Set-Cookie", "sid=geheim"),
        ]
        seen.body = .bytes(Array("{\"ok\":true,\"token\":\"geheim\",\"n\":3}\r\n".utf8))
        seen.time = .milliseconds(1500)
        seen.size = 37
        seen.redirects = 1
        seen.certificateEnd = 1_000_000 + 10 * 86_400 + 5
        seen.now = 1_000_000
        return seen
    }()

    private func verdict(_ option: String, _ value: String, _ seen: Observations = Self.seen) throws
        -> String?
    {
        let expectation = try #require(try operation([option, value]).expectations.first)
        return expectation.judge(seen)?.seen
    }

    @Test(arguments: [
        ("status", "201"), ("status", "2xx,!200"), ("header", "content-type"), ("header", "!X-Powered-By"),
        ("header", "Content-Type ^= application/json"), ("header", "Content-Type $= utf-8"),
        ("header", "Content-Type *= charset"), ("header", "Content-Type ~ ^application/(json|xml);"),
        ("header", "Content-Type !~ html"), ("header", "Age == 100"), ("header", "Age<=100"),
        ("header", "Age > 9"),
        ("header", "ETag == \"v1\""), ("header", #"ETag == "\"v1\"""#), ("header", "Via == b"),
        ("header", "Via != c"),
        ("header", "X-None != c"), ("body", "*= \"ok\":true"), ("body", "^= {"), ("body", "$= }"),
        ("body", "~ \"n\":\\d\\}$"), ("body", "!= x"), ("json", ".ok"), ("json", ".n == 3.0"),
        ("json", ".n != 4"),
        ("json", ". | length == 3"), ("time", "1500ms"), ("size", "37"), ("size", "<= 1k"), ("size", "!= 3"),
        ("cert-days", "10"), ("redirects", "1"),
    ])
    func `what holds (E-01)`(option: String, value: String) throws {
        #expect(try verdict("--expect-\(option)", value) == nil)
    }

    @Test(arguments: [
        ("status", "200", "the status is 201"), ("header", "X-None", "there is none"),
        ("header", "!age", "it is '0100'"), ("header", "!Set-Cookie", "it is [redacted]"),
        ("header", "Set-Cookie == x", "it is [redacted]"), ("header", "Age > 100", "it is '0100'"),
        ("header", "X-None == x", "there is none"),
        ("header", "Via == c", "it is 'a', and none of the 1 others fits"),
        ("header", "Via != b", "it is 'b'"),
        ("header", "Content-Type !~ json", "it is 'application/json; charset=utf-8'"),
        ("body", "== x", "the body is {\"ok\":true,\"token\":\"[redacted]\",\"n\":3}"),
        ("json", ".ok == false", "it is true"),
        ("json", ".missing", "it is null"), ("json", ".token == x", "it is [redacted]"),
        ("json", ".n ~ 3", "it is no text: its type is number"),
        ("json", ".n.x == 3", "a number has no member \"x\""), ("time", "1.4", "it took 1.500 seconds"),
        ("size", "> 37", "the body has 37 bytes"), ("cert-days", "11", "the certificate ends in 10 days"),
        ("redirects", "0", "1 redirect was followed"),
    ])
    func `what does not hold says what was seen, secrets hidden (E-03)`(
        option: String, value: String, seen: String
    ) throws {
        #expect(try verdict("--expect-\(option)", value) == seen)
    }

    @Test(arguments: [
        ("{\"token\":\"abc\"}\n{\"token\":\"def\"}\n", #"'{"token":"***"}\x0A{"token":"***"}'"#),
        (#"{"access_token":"abc""#, #"'{"access_token":"***"'"#),
        (#"[{"pin":12,},]"#, #"'[{"pin":**,},]'"#),
        (#"{"u":"http:\/\/u:abc@h\/"}"#, #"{"u":"http:\/\/[redacted]@h\/"}"#),
        (#"{"u":"//h/?key=abc"}"#, #"{"u":"//h/?key=[redacted]"}"#),
        ("<a href=\"http://u:abc@h/\">", #"'<a href="http://[redacted]@h/">'"#),
        ("token=abc&a=b", "'token=[redacted]&a=b'"),
        (
            String(repeating: "x", count: 60) + " //u:" + String(repeating: "abc", count: 200) + "@h",
            "'" + String(repeating: "x", count: 60) + " //[redacted]@h'"
        ),
    ])
    func `what is shown of a body has no secrets, whatever its type (E-03)`(body: String, shown: String)
        throws
    {
        var seen = Observations()
        seen.body = .bytes(Array(body.utf8))
        #expect(try verdict("--expect-body", "== ok", seen) == "the body is \(shown)")
        seen.fields = [("Content-Type", "text/plain")]
        #expect(try verdict("--expect-body", "== ok", seen) == "the body is \(shown)")
    }

    @Test func `logins and secrets of URLs are hidden in fields and in JSON (E-03)`() throws {
        var seen = Observations()
        seen.fields = [
            ("Location", "//u:abc@h/?token=a\"b\"c"), ("Link", "<http://u:abc@h/>"),
            ("Content-Type", "text/event-stream"),
        ]
        #expect(
            try verdict("--expect-header", "Location == /", seen)
                == "it is '//[redacted]@h/?token=[redacted]'")
        #expect(try verdict("--expect-header", "!Link", seen) == "it is '<http://[redacted]@h/>'")
        #expect(
            try Expectation.header("Location == http://u:abc@h/?key=d").text
                == "--expect-header 'Location == http://[redacted]@h/?key=[redacted]'")
        seen.body = .bytes(Array("data: {\"token\":\"abc\"}\n".utf8))
        #expect(
            try verdict("--expect-body", "== ok", seen) == #"the body is 'data: {"token":"***"}'"#)
        let long = String(repeating: "abc", count: 100)
        seen.body = .bytes(Array(#"{"u":"http://u:\#(long)@h/"}"#.utf8))
        #expect(try verdict("--expect-json", ".u == x", seen) == #"it is "http://[redacted]@h/""#)
        #expect(
            try Expectation.json(".u == x").judge(seen, showsSecrets: true)?.seen.contains("u:abc") == true)
    }

    @Test func `secrets are shown to who asks for them`() throws {
        let expectation = try Expectation.json(".token == x")
        #expect(expectation.judge(Self.seen, showsSecrets: true)?.seen == "it is \"geheim\"")
    }

    @Test(arguments: [
        ("", "the body is empty"), ("x", "the body is no JSON: at byte 1 'x' cannot stand there"),
        ("{\"a\":1,\"a\":1}", "the member \"a\" is there twice"),
        ("[1] [2]", "the body is no JSON: at byte 5 something follows its end"),
        (
            String(repeating: "[", count: 20_000),
            "the body is no JSON: at byte 10001 it is nested more than 10000 deep"
        ),
        ("{\"a\":\"\u{1}\"}", "the body is no JSON: at byte 7 a string holds a control character"),
    ])
    func `bodies that are no JSON fit nothing`(body: String, problem: String) throws {
        var seen = Observations()
        seen.body = .bytes(Array(body.utf8))
        #expect(try verdict("--expect-json", ".a == 1", seen) == problem)
    }

    @Test func `a line end counts where the value has one`() throws {
        var seen = Observations()
        seen.body = .bytes(Array("ok\n".utf8))
        #expect(try verdict("--expect-body", "== ok", seen) == nil)
        #expect(try verdict("--expect-body", #"== "ok\n""#, seen) == nil)
        #expect(try verdict("--expect-body", #"== "ok\n\n""#, seen) == "the body is 'ok\\x0A'")
        seen.body = .bytes(Array("ok\n\n".utf8))
        #expect(try verdict("--expect-body", "== ok", seen) == "the body is 'ok\\x0A'")
    }

    @Test func `a body beyond the limit fits nothing`() throws {
        var seen = Observations()
        seen.body = .tooLong(10)
        let problem = "the body is longer than the 10 bytes that --expect-limit allows to be looked at"
        #expect(try verdict("--expect-json", ".a", seen) == problem)
        #expect(try verdict("--expect-body", "!= a", seen) == problem)
    }

    @Test func `certificates: none, and one that has ended`() throws {
        var seen = Observations()
        #expect(
            try verdict("--expect-cert-days", "0", seen) == "there is no certificate: it came without TLS")
        (seen.certificateEnd, seen.now) = (99, 100)
        #expect(try verdict("--expect-cert-days", "0", seen) == "the certificate has expired")
    }

    @Test func `reuse is of the whole run`() throws {
        let expectation = try Expectation.reuse("90%")
        #expect(expectation.judge(reused: 90, of: 100) == nil)
        #expect(expectation.judge(reused: 89, of: 100)?.seen.hasPrefix("89 of 100 requests") == true)
        #expect(expectation.judge(reused: 0, of: 0) != nil)
    }

    @Test func `a glimpse of a large value is short and whole characters`() throws {
        var seen = Observations()
        seen.body = .bytes(Array(("{\"a\":\"" + String(repeating: "ä", count: 500) + "\"}").utf8))
        let text = try #require(try verdict("--expect-json", ".a == 1", seen))
        #expect(text.utf8.count < 140 && text.hasSuffix("ä…") && !text.contains("\u{FFFD}"))
    }
}
