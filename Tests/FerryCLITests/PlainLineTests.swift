import Testing

@testable import FerryCLI

struct PlainLineTests {
    private func plain(_ text: String) -> (line: PlainLine, value: String?)? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { line in
            guard let plain = PlainLine(line) else { return nil }
            switch plain {
            case .url(let range), .output(let range):
                return (plain, String(decoding: line[range], as: UTF8.self))
            case .nothing, .remoteName: return (plain, nil)
            }
        }
    }

    @Test(arguments: [
        "url = \"http://a/\"", "url=http://a/", "url: http://a/", "  url http://a/  ", "--url http://a/",
        "--url \"http://a/\"\r",
    ])
    func `URLs`(text: String) {
        #expect(plain(text)?.value == "http://a/")
        if case .url = plain(text)?.line {} else { Issue.record("no URL: \(text)") }
    }

    @Test(arguments: ["output = a b", "output = \"a b\"", "-o \"a b\"", "--output \"a b\""])
    func `outputs`(text: String) {
        #expect(plain(text)?.value == (text == "output = a b" ? nil : "a b"))
    }

    @Test(arguments: ["", "  ", "\r", "# url = x", " #", "remote-name", "-O", " --remote-name "])
    func `lines without a value`(text: String) {
        let isOption = text.utf8.contains(UInt8(ascii: "-"))
        #expect(plain(text)?.line == (isOption ? .remoteName : .nothing))
    }

    @Test(arguments: [
        "url", "url =", "url = \"\"", "url = \"a", "url = \"a\" b", "url = \"a\\tb\"", "url = 'a'",
        "url = @list", "url = \"@list\"", "url = é", "url\ta", "url = a\\b", "url = a\u{7}", "# é",
        "output = -x",
        "output = \"-x\"", "remote-name = x", "-O x", "-sO", "-oname", "--url=a", "header = a", "next",
        "no-url = a",
    ])
    func `all that there may be something to say about is not plain`(text: String) {
        #expect(plain(text) == nil)
    }

    @Test func `bytes that are none of a plain line's, wherever they stand`() {
        for byte in UInt8.min...UInt8.max {
            for length in [1, 7, 8, 9, 16] {
                for position in 0..<length {
                    var value = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    value[position] = byte
                    let line = Array("url = \"".utf8) + value + Array("\"".utf8)
                    let isPlain = line.withUnsafeBytes { PlainLine($0) } != nil
                    let isAsked =
                        (0x20..<0x80).contains(byte) && !"\"\\".utf8.contains(byte)
                        && !(position == 0 && byte == UInt8(ascii: "@"))
                    #expect(isPlain == isAsked, "\(byte) at \(position) of \(length)")
                }
            }
        }
    }

    @Test func `a plain line means what its option means`() throws {
        let pieces = [
            "url", "output", "-o", "-O", "--url", "remote-name", " ", "=", ":", "\"", "\\", "a", "'", "#",
            "@",
            "-", "\r", "é",
        ]
        var count = 0
        func check(_ text: String) throws {
            guard let plain = plain(text) else { return }
            count += 1
            let parsed = try ConfigFile.parse(Array(text.utf8))
            let names: [String?]
            switch plain.line {
            case .nothing: names = [nil]
            case .url: names = ["url", "--url"]
            case .output: names = ["output", "--output", "-o"]
            case .remoteName: names = ["remote-name", "--remote-name", "-O"]
            }
            #expect(names.contains(parsed?.name), "\(text)")
            #expect(parsed?.value == plain.value, "\(text)")
            #expect(parsed?.warnings ?? [] == [], "\(text)")
        }
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    for fourth in pieces { try check(first + second + third + fourth) }
                    try check("url = \"\(first)\(second)\(third)\"")
                    try check("url \(first)\(second)\(third)")
                    try check("output=\(first)\(second)\(third) ")
                }
            }
        }
        #expect(count > 1000)
    }
}
