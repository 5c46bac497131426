import TestSupport
import Testing

@testable import FerryCLI

/// Arguments as a shell reads them.
@Suite struct ShellWordTests {
    private static let words: [(bytes: [UInt8], quoted: String)] = [
        (Array("https://h/a".utf8), "https://h/a"), ([], "''"), (Array("a b".utf8), "'a b'"),
        (Array("it's".utf8), #"'it'\''s'"#), (Array("~/x".utf8), "'~/x'"), (Array("=x".utf8), "'=x'"),
        (Array("a?b&c".utf8), "'a?b&c'"), (Array("a\nb\t".utf8), "'a\nb\t'"),
        (Array("é$x".utf8), "'é$x'"), ([0x61, 0x1B, 0x62], #"'a'"$(printf '\033')"'b'"#),
        ([0xE9, 0x80], #""$(printf '\351\200')""#),
    ]

    @Test(arguments: words) func `what means something to a shell is quoted`(bytes: [UInt8], quoted: String) {
        #expect(String(decoding: ShellWord([.bytes(bytes)]).quoted, as: UTF8.self) == quoted)
    }

    private static let samples = words.map(\.bytes) + [Array("%s \\ 'q' \u{7F}\r\n".utf8), Array(1...255)]

    @Test(arguments: samples) func `a shell reads the same bytes`(bytes: [UInt8]) throws {
        let word = ShellWord([.bytes(bytes)])
        let script = Array("printf %s ".utf8) + word.quoted
        #expect(try runProcess("sh", [], stdin: script).stdout == bytes)
        #expect(try runProcess("sh", [], stdin: word.printed).stdout == bytes)
    }

    @Test func `variables stand in double quotes`() {
        let word = ShellWord([.bytes(Array("a b".utf8)), .variable("KEY")])
        #expect(String(decoding: word.quoted, as: UTF8.self) == #"'a b'"$KEY""#)
        #expect(String(decoding: word.printed, as: UTF8.self) == #"{ printf 'a b'; printf %s "$KEY"; }"#)
    }

    @Test func `some words are no arguments`() {
        #expect(ShellWord("x").fitsArgument)
        #expect(!ShellWord([.bytes([0x61, 0])]).fitsArgument)
        #expect(!ShellWord([.bytes([UInt8](repeating: 0x61, count: 100_001))]).fitsArgument)
    }

    @Test func `each secret has one variable`() {
        var variables = ShellVariables(
            isShown: false, known: [("KNOWN", Array("k1".utf8))], isTaken: { $0 == "X_API_KEY" })
        func word(_ text: String, _ place: Range<Int>) -> String {
            let word = variables.word(
                Array(text.utf8), hiding: [SecretPlace(range: place, name: "X-Api-Key")])
            return String(decoding: word.quoted, as: UTF8.self)
        }
        #expect(word("a:one", 2..<5) == #"a:"$X_API_KEY_2""#)
        #expect(word("b:one", 2..<5) == #"b:"$X_API_KEY_2""#)
        #expect(word("c:two", 2..<5) == #"c:"$X_API_KEY_3""#)
        #expect(word("k1:k1", 3..<5) == #""$KNOWN":"$KNOWN""#)
        #expect(variables.names == ["X_API_KEY_2", "X_API_KEY_3", "KNOWN"])
    }
}
