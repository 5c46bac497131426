import HTTPCore
import Testing

@Suite struct ContentDispositionTests {
    @Test(
        arguments: [
            ("attachment", "attachment", nil), ("", "", nil), ("Inline ; x=y", "inline", nil),
            ("attachment; filename=a.txt", "attachment", "a.txt"),
            ("attachment; FileName = \"a b;c.txt\" ; x=y", "attachment", "a b;c.txt"),
            (#"attachment; filename="a\"b\\c""#, "attachment", #"a"b\c"#),
            (#"attachment; filename="C:\dir\w.txt""#, "attachment", #"C:\dir\w.txt"#),
            (#"attachment; filename="\\host\dir\"a""#, "attachment", #"\host\dir"a"#),
            ("attachment; filename=\"open", "attachment", "open"),
            ("attachment; filename=\"a\\", "attachment", "a\\"),
            ("attachment; filename='a b.txt'", "attachment", "a b.txt"),
            ("attachment; filename=a b.txt ; x", "attachment", "a b.txt"),
            ("attachment; filename=", "attachment", nil),
            ("attachment; filename=a; filename=b", "attachment", "a"),
            ("filename=a.txt", "", "a.txt"),
            ("attachment; xfilename=a", "attachment", nil),
            ("attachment; name=\"filename=evil\"; filename=good", "attachment", "good"),
            (
                "attachment; filename=plain; filename*=UTF-8''%e2%82%ac%20rates", "attachment",
                "\u{20ac} rates"
            ),
            ("attachment; filename*=utf-8'en'a%2Fb; filename=plain", "attachment", "a/b"),
            ("attachment; filename*=iso-8859-1''caf%E9", "attachment", "caf\u{e9}"),
            ("attachment; filename*=UTF-8''%E9; filename=plain", "attachment", "plain"),
            ("attachment; filename*=UTF-8''%e; filename=plain", "attachment", "plain"),
            ("attachment; filename*=UTF-8''%+1; filename=plain", "attachment", "plain"),
            ("attachment; filename*=KOI8-R''a; filename=plain", "attachment", "plain"),
            ("attachment; filename*=a; filename=plain", "attachment", "plain"),
            (";;=;\"", "", nil), ("=", "", nil),
        ] as [(String, String, String?)])
    func `type and file name are read`(value: String, type: String, filename: String?) {
        let disposition = ContentDisposition(value)
        #expect(disposition.type == type)
        #expect(disposition.filename == filename)
    }
}

@Suite struct RetryAfterTests {
    @Test(
        arguments: [
            ("120", .seconds(120)), ("0", .zero), ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(100)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", .zero), ("", nil), ("-1", nil), ("1.5", nil), ("soon", nil),
            ("99999999999999999999999", .seconds(4_294_967_295)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(4_294_967_295)),
        ] as [(String, Duration?)])
    func `seconds and dates are read`(value: String, wait: Duration?) {
        #expect(RetryAfter.parse(value, now: 784_111_677) == wait)
    }

    @Test func `an absurd clock does not trap`() {
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: .min) == .seconds(4_294_967_295))
        #expect(RetryAfter.parse("Sun, 06 Nov 1694 08:49:37 GMT", now: .max) == .zero)
    }
}

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ])
    func `text is encoded and decoded`(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `every byte survives`() {
        let bytes = Array(UInt8.min...UInt8.max)
        for count in 0...bytes.count {
            #expect(Base64.decode(Base64.encode(bytes.prefix(count))) == Array(bytes.prefix(count)))
        }
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "=", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zm 8", "Zm8\n", "Zm-_",
    ])
    func `what is no Base64 is refused`(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
