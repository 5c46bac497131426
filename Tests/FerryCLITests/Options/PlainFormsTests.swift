import Testing

@testable import FerryCLI

/// Lines that begin like one before them are read by a shorter way, which has to say the same as the long one.
@Suite struct PlainFormsTests {
    private static let openings = [
        "url = \"", "url=\"", "url \"", "url:", "url ", "  --url ", "--url=", "-url", "output = \"", "-o ",
        "-o\"",
        "output: ", "urls = ", "# url = ",
    ]
    private static let values = [
        "", "a", "http://h/", "https://host.example/a/long/path?with=a&query#and-more",
        "/tmp/a-long-name-of-a-file.html",
        "@file", "-", "-x", "=a", ":a", "'a'", "a'b", "a b", "a\tb", "a\"b", "a\\b", "a\\\"b", "caf\u{E9}",
        "0123456789abcde", "0123456789abcdef", "0123456789abcdefg", "0123456789abcde\u{7F}",
        "0123456789abcdef0123456\"",
        "#a", "a#b", "\u{1}",
    ]
    private static let ends = ["", "\"", "\" ", "\"\r", "\r", " ", " # c", "\" x", "\"\"", "\\\""]

    private func expected(_ line: [UInt8]) -> PlainForms.Reading {
        line.withUnsafeBytes { bytes in
            guard let parts = ConfigLine(bytes, 0..<bytes.count) else { return .nothing }
            return parts.plain(in: bytes).map { .plain($0) } ?? .other
        }
    }

    @Test func whatBeginsAlikeIsReadAsBefore() {
        for opening in Self.openings {
            for end in Self.ends {
                for firstValue in ["http://h/", "x"] {
                    let first = Array((opening + firstValue + end).utf8)
                    for value in Self.values {
                        let second = Array((opening + value + end).utf8)
                        let file = first + [0x0A] + second
                        file.withUnsafeBytes { bytes in
                            var forms = PlainForms()
                            #expect(forms.read(bytes, 0..<first.count) == expected(first))
                            let line = first.count + 1..<bytes.count
                            let shown = String(decoding: file, as: UTF8.self)
                            #expect(
                                forms.read(bytes, line) == moved(expected(second), by: line.lowerBound),
                                "\(shown.debugDescription)")
                        }
                    }
                }
            }
        }
    }

    private func moved(_ reading: PlainForms.Reading, by offset: Int) -> PlainForms.Reading {
        switch reading {
        case .plain(.url(let value)):
            .plain(.url(value.lowerBound + offset..<value.upperBound + offset))
        case .plain(.output(let value)):
            .plain(.output(value.lowerBound + offset..<value.upperBound + offset))
        case .plain(.remoteName), .nothing, .other: reading
        }
    }

    @Test func urlsAndOutputsTakeTurns() {
        let file = Array(
            "url = \"http://h/1\"\noutput = f1\nurl = \"http://h/2\"\noutput = f2\nurl = @x\n".utf8)
        file.withUnsafeBytes { bytes in
            var forms = PlainForms()
            var position = 0
            var said: [String] = []
            while position < bytes.count {
                let end = bytes.endOfLine(from: position)
                switch forms.read(bytes, position..<end) {
                case .plain(.url(let value)):
                    said.append("url " + String(decoding: bytes[value], as: UTF8.self))
                case .plain(.output(let value)):
                    said.append("output " + String(decoding: bytes[value], as: UTF8.self))
                case .plain(.remoteName), .nothing: said.append("?")
                case .other: said.append("other")
                }
                position = end + 1
            }
            #expect(said == ["url http://h/1", "output f1", "url http://h/2", "output f2", "other"])
        }
    }
}
