import Testing

@testable import FerryCLI

@Suite struct DiagnosticsTests {
    func spoken(_ policy: Diagnostics.Policy) -> String {
        let probe = StreamProbe(isTerminal: false)
        let diagnostics = Diagnostics(stream: probe.stream, policy: policy)
        diagnostics.note("n")
        diagnostics.warning("w")
        diagnostics.error(6, "e")
        diagnostics.usage("u")
        return probe.text
    }

    private static let usage = "ferry: u\nferry: try 'ferry --help' for more information\n"

    @Test func `by default warnings and errors are heard`() {
        #expect(spoken(.init()) == "Warning: w\nferry: (6) e\n" + Self.usage)
    }

    @Test func `verbose adds notes`() {
        #expect(spoken(.init(isVerbose: true)) == "Note: n\nWarning: w\nferry: (6) e\n" + Self.usage)
    }

    @Test func `silent mutes all but usage`() {
        #expect(spoken(.init(isSilent: true)) == Self.usage)
        #expect(spoken(.init(isSilent: true, isVerbose: true)) == Self.usage)
    }

    @Test func `show-error brings back errors but not warnings`() {
        #expect(spoken(.init(isSilent: true, showsErrors: true)) == "ferry: (6) e\n" + Self.usage)
    }

    @Test func `messages wrap between words on a terminal only`() {
        let probe = StreamProbe(isTerminal: true, columns: 20)
        Diagnostics(stream: probe.stream).warning("one two three four")
        #expect(probe.text == "Warning: one two\nWarning: three four\n")
        let file = StreamProbe(isTerminal: false, columns: 20)
        Diagnostics(stream: file.stream).warning("one two three four")
        #expect(file.text == "Warning: one two three four\n")
    }

    @Test func `control characters are escaped on a terminal only`() {
        let probe = StreamProbe(isTerminal: true, columns: 80)
        Diagnostics(stream: probe.stream).warning("a\u{1B}[2J\u{9B}x")
        #expect(probe.text == "Warning: a\\x1B[2J\\x9Bx\n")
        let file = StreamProbe(isTerminal: false)
        Diagnostics(stream: file.stream).warning("a\u{1B}[2J")
        #expect(file.text == "Warning: a\\x1B[2J\n")
    }

    @Test func `a message is one line whatever the names in it hold`() {
        let probe = StreamProbe(isTerminal: false)
        Diagnostics(stream: probe.stream).error(7, "cannot read a\r\nferry: (0) b\u{202E}c\n")
        #expect(probe.text == "ferry: (7) cannot read a\\x0D\\x0Aferry: (0) b\\u{202E}c\\x0A\n")
    }

    @Test func `lines below a message have no prefix and are not wrapped`() {
        let probe = StreamProbe(isTerminal: true, columns: 20)
        Diagnostics(stream: probe.stream).error(
            3, "bad range", below: ["http://h/[9-1]\n/and/more", "    ^"])
        #expect(probe.text == "ferry: (3) bad range\nhttp://h/[9-1]\\x0A/and/more\n    ^\n")
    }

    static let layouts: [(String, Int?, String)] = [
        ("", 20, "P: \n"),
        ("word", 20, "P: word\n"),
        ("a b c", 5, "P: a\nP: b\nP: c\n"),
        ("a b c", 6, "P: a b\nP: c\n"),
        ("averylongwordthatfitsnowhere x", 10, "P: averylongwordthatfitsnowhere\nP: x\n"),
        ("long text stays on one line", nil, "P: long text stays on one line\n"),
    ]

    @Test(arguments: layouts)
    func `text is laid out in lines`(text: String, columns: Int?, expected: String) {
        #expect(Diagnostics.layOut(text, prefix: "P: ", columns: columns) == expected)
    }
}
