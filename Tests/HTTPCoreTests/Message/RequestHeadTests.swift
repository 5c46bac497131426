import HTTPCore
import Testing

@Suite struct RequestHeadTests {
    @Test func `a head is written line by line`() throws {
        let head = RequestHead(
            method: "GET", target: "/a?b=c",
            fields: [
                HeaderField(name: "Host", value: "example.com"), HeaderField(name: "X-Empty", value: ""),
                HeaderField(name: "x-utf8", value: "caf\u{e9}"),
            ])
        var buffer = Array("before".utf8)
        try head.serialize(into: &buffer)
        let expected =
            "beforeGET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\nx-utf8: caf\u{e9}\r\n\r\n"
        #expect(String(decoding: buffer, as: UTF8.self) == expected)
    }

    @Test func `HTTP 1_0 and other targets are written as given`() throws {
        var buffer: [UInt8] = []
        try RequestHead(method: "OPTIONS", target: "*", version: .http10).serialize(into: &buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == "OPTIONS * HTTP/1.0\r\n\r\n")
    }

    @Test(arguments: [
        ("", "/", "A", "b", "invalid request method ''"),
        ("GE T", "/", "A", "b", "invalid request method 'GE T'"),
        ("GET\r\n", "/", "A", "b", "invalid request method 'GET\\x0d\\x0a'"),
        ("GET", "", "A", "b", "invalid request target ''"),
        ("GET", "/a b", "A", "b", "invalid request target '/a b'"),
        ("GET", "/\n", "A", "b", "invalid request target '/\\x0a'"),
        ("GET", "/\u{7f}", "A", "b", "invalid request target '/\\x7f'"),
        ("GET", "/", "", "b", "invalid header field name ''"),
        ("GET", "/", "A:", "b", "invalid header field name 'A:'"),
        ("GET", "/", "A\r\nB", "b", "invalid header field name 'A\\x0d\\x0aB'"),
        ("GET", "/", "A", "b\r\nC: d", "the value of header field A holds a CR, LF or NUL byte"),
        ("GET", "/", "A", "\n", "the value of header field A holds a CR, LF or NUL byte"),
        ("GET", "/", "A", "\u{0}", "the value of header field A holds a CR, LF or NUL byte"),
    ])
    func `what would break the head is refused and nothing written`(
        method: String, target: String, name: String, value: String, message: String
    ) {
        let fields = [HeaderField(name: "First", value: "x"), HeaderField(name: name, value: value)]
        let head = RequestHead(method: method, target: target, fields: fields)
        var buffer: [UInt8] = []
        let error = #expect(throws: HTTPError.self) { try head.serialize(into: &buffer) }
        #expect(error?.description == message)
        #expect(error?.kind == .badRequest)
        #expect(buffer.isEmpty)
    }
}

@Suite struct HeaderFieldTests {
    @Test func `tokens hold no separators`() {
        #expect(HeaderField.isToken("X-a_b.c!#$%&'*+^`|~09"))
        for text in [
            "", " ", "a b", "a:", "a/b", "(", ")", "\"", "[", "]", "{", "}", ",", ";", "=", "?", "@", "\\",
            "é",
        ] {
            #expect(!HeaderField.isToken(text), "\(text)")
        }
    }

    @Test func `values hold no line ends`() {
        #expect(HeaderField.isFieldValue("any \t text, é \u{1}"))
        #expect(HeaderField.isFieldValue(""))
        for text in ["a\rb", "a\nb", "a\r\nb", "\u{0}"] { #expect(!HeaderField.isFieldValue(text)) }
    }

    @Test func `a value is bytes, and text for those who look`() throws {
        var field = HeaderField(name: "A", content: ByteString([0x78, 0xE9]))
        #expect(field.value == "xé")
        var buffer: [UInt8] = []
        try RequestHead(method: "GET", target: "/", fields: [field]).serialize(into: &buffer)
        #expect(buffer == Array("GET / HTTP/1.1\r\nA: x".utf8) + [0xE9] + "\r\n\r\n".utf8)
        field.value = "y"
        #expect(field == HeaderField(name: "A", value: "y"))
        let broken = HeaderField(name: "A", content: ByteString([0xE9, 0x0A]))
        #expect(throws: HTTPError.invalidFieldValue(name: "A")) { _ = try FieldBlock([broken]) }
    }

    @Test func `names are compared without regard to case`() {
        #expect(HeaderField(name: "Content-Length", value: "").isNamed("content-LENGTH"))
        #expect(!HeaderField(name: "@", value: "").isNamed("`"))
    }
}
