import Testing

@testable import FerryCLI

/// Which lines of a config file are left in its bytes.
struct ConfigLineTests {
    private func plain(_ text: String) -> (line: ConfigLine.Plain, value: String?)? {
        Array(text.utf8).withUnsafeBytes { bytes in
            guard let plain = ConfigLine(bytes, 0..<bytes.count)?.plain(in: bytes) else { return nil }
            switch plain {
            case .url(let range), .output(let range):
                return (plain, String(decoding: bytes[range], as: UTF8.self))
            case .remoteName: return (plain, nil)
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

    @Test(arguments: ["", "  ", "\r", "# url = x", " #", "# é"])
    func `blank and comment lines`(text: String) {
        let line = Array(text.utf8).withUnsafeBytes { ConfigLine($0, 0..<$0.count)?.name }
        #expect(line == nil)
    }

    @Test(arguments: ["remote-name", "-O", " --remote-name "])
    func `remote names`(text: String) {
        guard case .remoteName = plain(text)?.line else {
            Issue.record("\(text)")
            return
        }
    }

    @Test(arguments: [
        "url", "url =", "url = \"\"", "url = \"a", "url = \"a\" b", "url = \"a\\tb\"", "url = 'a'",
        "url = @list", "url = \"@list\"", "url = é",
        "output = -x",
        "output = \"-x\"", "remote-name = x", "-O x", "-sO", "-oname", "--url=a", "header = a", "next",
        "no-url = a",
    ])
    func `all that there may be something to say about is not plain`(text: String) {
        #expect(plain(text) == nil)
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
            let parsed = try ConfigFile.parse(Array(text.utf8)[...])
            let names: [String?]
            switch plain.line {
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
