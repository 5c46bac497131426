import HTTPCore
import Testing

@testable import FerryCLI

struct SecretsTests {
    private let values = SecretValues(["p/s \"w\u{E9}", "p/s"])

    @Test func `a value is hidden in each form that it may have`() throws {
        #expect(values.hidden("a p/s \"w\u{E9} b") == "a [redacted] b")
        #expect(values.hidden("x=p%2Fs%20%22w%C3%A9&y") == "x=[redacted]&y")
        #expect(values.hidden("x=p%2fs%20%22w%c3%a9&y") == "x=[redacted]&y")
        #expect(values.hidden("x=p%2Fs+%22w%C3%A9&y") == "x=[redacted]&y")
        #expect(values.hidden("/p/s%20%22w%C3%A9/y") == "/[redacted]/y")
        #expect(values.hidden(#"{"a":"p/s \"wé"}"#) == #"{"a":"[redacted]"}"#)
    }

    @Test func `forms may be mixed, and a part of one is told`() {
        #expect(
            values.hidden("p%2Fs+\\\"w\\u00F6x p\\/s \\u0022w\\u00e9.")
                == "[redacted]+\\\"w\\u00F6x [redacted].")
        let wide = SecretValues(["a\u{1D11E}b"])
        #expect(wide.hidden("xa\\uD834\\udd1Eby") == "x[redacted]y")
        for (text, open) in [
            ("x", 0), ("a", 1), ("xa\\uD8", 5), ("a\\uD834\\udd1E", 13), ("ab", 0), ("a%F0%9d", 7), ("a%", 2),
        ] {
            #expect(wide.openEnd(of: Array(text.utf8)) == open, "\(text)")
        }
        #expect(wide.masked(Array("1a\u{1D11E}b2".utf8)) == Array("1******2".utf8))
    }

    @Test func `the longest goes first, and several are hidden`() {
        #expect(values.hidden("p/s p/s") == "[redacted] [redacted]")
        #expect(values.hidden("p/sp/s \"w\u{E9}p/s") == "[redacted][redacted][redacted]")
        #expect(values.hidden("nothing") == "nothing")
        #expect(SecretValues(["", "x"]).hidden("") == "")
    }

    @Test func `a URL that a file keeps has no secrets, whoever wants to see them`() {
        let url = "u:pw@h/p%2Fs/?token=t&a=b"
        for secrets in [Secrets(values: values), Secrets(isShown: true, values: values)] {
            #expect(secrets.kept(url) == "[redacted]@h/[redacted]/?token=[redacted]&a=b")
        }
        #expect(Secrets().kept("h/" + String(repeating: "x", count: 2000)).utf8.count == 1500)
        #expect(Secrets(values: values).url(typed: "u:pw@h/p/s") == "[redacted]@h/[redacted]")
        #expect(Secrets(isShown: true).url(typed: "u:pw@h") == "u:pw@h")
        #expect(Secrets().sentence("a@b at //u:pw@h") == "a@b at //[redacted]@h")
    }

    @Test func `a value in which names hide something is hidden whole (O-06)`() throws {
        let url = Secrets(values: SecretValues(["http://h/hook/x?key=abc&id=7"]))
        #expect(url.url(typed: "http://h/hook/x?key=abc&id=7") == "[redacted]")
        #expect(url.sentence("to http://h/hook/x?key=abc&id=7: no") == "to [redacted]: no")
        #expect(url.kept("http://h/hook/x?key=abc&id=7") == "[redacted]")
        #expect(
            String(
                decoding: url.head(Array("Location: http://h/hook/x?key=abc&id=7\r\n".utf8)), as: UTF8.self)
                == "Location: [redacted]\r\n")
        let login = Secrets(values: SecretValues(["http://u:p@h/x"]))
        #expect(login.sentence("to http://u:p@h/x: no") == "to [redacted]: no")
        let json = Secrets(values: SecretValues([#"{"private_key":"a","id":"7"}"#]))
        let body = Array(#"[{"private_key":"a","id":"7"}]"#.utf8)
        #expect(!String(decoding: json.body(body, type: "application/json"), as: UTF8.self).contains("7"))
        var stream = json.stream(type: "application/json")
        let shown = body.withUnsafeBytes { stream?.next($0) ?? [] } + (stream?.end() ?? [])
        #expect(shown.count == body.count && !String(decoding: shown, as: UTF8.self).contains("7"))
    }

    @Test func `what a text that was cut has of a value is hidden (O-06)`() {
        let secrets = Secrets(values: SecretValues(["LONGSECRET"]))
        for (text, shown) in [
            ("a LONGSECRE", "a *********"), ("a LONG", "a ****"), ("a LON", "a LON"), ("a L", "a L"),
        ] {
            let bytes = Array(text.utf8)
            #expect(secrets.body(bytes, type: nil) == Array(shown.utf8))
            var stream = secrets.stream(type: nil)
            let next = bytes.withUnsafeBytes { stream?.next($0) ?? [] }
            #expect(next + (stream?.end() ?? []) == Array(shown.utf8))
        }
    }

    @Test func `a URL keeps what is no secret`() throws {
        let plain = Secrets()
        #expect(plain.url(try HTTPURL.parse("http://h/a?b=c#d")) == "http://h/a?b=c#d")
        #expect(plain.url(try HTTPURL.parse("http://u:pw@h/a")) == "http://[redacted]@h/a")
        #expect(
            plain.url(try HTTPURL.parse("http://h/web/http://u:pw@i/")) == "http://h/web/http://[redacted]@i/"
        )
        #expect(plain.url(try HTTPURL.parse("http://h/@a/b")) == "http://h/@a/b")
        #expect(
            Secrets(isShown: true, values: values).url(try HTTPURL.parse("http://u:p@h/p/s"))
                == "http://u:p@h/p/s")
        #expect(Secrets(values: values).url(try HTTPURL.parse("http://h/p/s/x")) == "http://h/[redacted]/x")
    }
}
