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

    @Test func `the longest goes first, and several are hidden`() {
        #expect(values.hidden("p/s p/s") == "[redacted] [redacted]")
        #expect(values.hidden("p/sp/s \"w\u{E9}p/s") == "[redacted][redacted][redacted]")
        #expect(values.hidden("nothing") == "nothing")
        #expect(SecretValues(["", "x"]).hidden("") == "")
    }

    @Test func `a URL keeps what is no secret`() throws {
        let plain = Secrets()
        #expect(plain.url(try HTTPURL.parse("http://h/a?b=c#d")) == "http://h/a?b=c#d")
        #expect(plain.url(try HTTPURL.parse("http://u:pw@h/a")) == "http://[redacted]@h/a")
        #expect(
            Secrets(isShown: true, values: values).url(try HTTPURL.parse("http://u:p@h/p/s"))
                == "http://u:p@h/p/s")
        #expect(Secrets(values: values).url(try HTTPURL.parse("http://h/p/s/x")) == "http://h/[redacted]/x")
    }
}
