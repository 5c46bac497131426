import HTTPCore
import Testing

@Suite struct SecretPairsTests {
    /// The values that are found.
    private func values(_ text: String, isURL: Bool) -> [String] {
        let bytes = Array(text.utf8)
        return SecretPairs.values(in: bytes[...], isURL: isURL).map {
            String(decoding: bytes[$0], as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("/?token=a&b=c#sid=d", ["a", "d"], ["a", "d"]),
        ("/?token=a b&pin=c", ["a b", "c"], ["a", "c"]),
        ("/?token=\"a\"b", ["\"a\"b"], ["\"a\"b"]),
        ("\"/?token=a\", x", ["a\", x"], ["a"]),
        ("</?token=a>; x", ["a>; x"], ["a"]),
        ("/?token=\"", ["\""], ["\""]),
        ("/?token=", [], []), ("token=a", [], []),
    ])
    func `a secret ends with its URL, or where words go on`(
        text: String, whole: [String], amongWords: [String]
    ) {
        #expect(values(text, isURL: true) == whole)
        #expect(values(text, isURL: false) == amongWords)
    }

    @Test func `errors of URLs that a server gave have no login (O-06)`() throws {
        let base = try HTTPURL.parse("http://h/")
        for text in [
            "//u:p@.h/", "//u:p@[x/", "http:/u:p@.h/", "http://u:\(String(repeating: "p", count: 900))@h:x/",
        ] {
            let error = #expect(throws: HTTPURLError.self) { try base.resolve(reference: text) }
            #expect(error.map { "\($0)".contains("u:p") } == false)
        }
    }
}
