import HTTPCore

@testable import FerryCLI

extension FuzzTarget {
    /// What is shown of bodies, and JSON that is made of fields.
    static let terminal = [
        FuzzTarget(
            "bodies",
            seeds: [
                "\u{1B}[31mred\u{1B}[0m\u{1B}[2J\u{1B}[H", "\u{1B}]0;title\u{7}\u{1B}]52;c;eA==\u{1B}\\",
                "\u{1B}[?1049h\u{1B}[6n\u{1B}c", "\u{9B}c\u{9D}x\u{9C}ä€😀\u{A0}",
                "\u{1B}P1$x\u{1B}\\\u{1B}(B\u{1B}(0",
                "\u{1B}[1;2;3;4;5T\u{1B}[s\u{1B}[1s\u{1B}[>4;2m", "\u{E}\u{F}\u{5}\u{7F}\u{18}\r\n\t\u{8}",
            ], bodies),
        FuzzTarget(
            "layouts",
            seeds: [
                "\u{1}{\"a\":[1,-2.5e+3,\"\\u00e4\",null,true],\"a\":{}}\n{}",
                "\u{2}[[[[]]], {\"ä\" : false}]",
                "\u{3}1 2 3.4.5", "\u{0}\u{FEFF}[1]", "\u{4}{\"a\":1,}", "\u{5}\"\u{1B}\"", "\u{7}[tru",
                "\u{1}nullx \"a",
            ], layouts),
        FuzzTarget(
            "fields",
            seeds: [
                "a.b[0].c:=3\na.b[1]=x", "\"odd name\".x=1\nx[]:={\"a\":1.0}", "[0]=a\n[3].b=c", "a=1\na.b=2",
                "$ref=\"\\\u{1}", "a:=\nb:=nul", ".a[99999999999]=x",
            ]
        ) { input in
            var fields = JSONFields()
            for line in input.split(separator: 0x0A) { try? fields.add(Array(line)) }
            return (try? JSONValue(fields.encoded)) == nil ? "it makes what is no JSON" : nil
        },
    ]

    private static func bodies(_ input: [UInt8]) -> String? {
        func show(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
            var filter = TerminalFilter()
            var shown: [UInt8] = []
            for piece in pieces { piece.withUnsafeBytes { filter.take($0, into: &shown) } }
            filter.finish(into: &shown)
            return shown
        }
        let whole = show([input[...]])
        guard show(input.indices.map { input[$0...$0] }) == whole else {
            return "pieces differ from the whole"
        }
        let text = words(whole)
        if text.unicodeScalars.contains(where: { (0x7F..<0xA0).contains($0.value) }) { return "C1 or DEL" }
        return whole.split(separator: 0x1B, omittingEmptySubsequences: false).enumerated().contains {
            holdsControl($0.offset == 0 ? $0.element : afterSequence($0.element) ?? [0x1B])
        } ? "a control passed" : nil
    }

    private static func holdsControl(_ text: ArraySlice<UInt8>) -> Bool {
        text.contains { $0 < 0x20 && ![0, 8, 9, 10, 11, 12, 13].contains($0) || $0 == 0x1B }
    }

    /// What stands behind an escape sequence whose ESC was cut off; nil when it is none that may pass.
    private static func afterSequence(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        switch text.first {
        case UInt8(ascii: "["):
            let rest = text.dropFirst().drop { (0x30...0x3B).contains($0) }
            guard let end = rest.first else { return nil }
            let isPlain = rest.startIndex == text.startIndex + 1 && "su".utf8.contains(end)
            return isPlain || "ABCDEFGHIZ`adefJKX@PLMSTm".utf8.contains(end) ? rest.dropFirst() : nil
        case UInt8(ascii: "("): return text.dropFirst().first == UInt8(ascii: "B") ? text.dropFirst(2) : nil
        case let byte?: return "78DEM".utf8.contains(byte) ? text.dropFirst() : nil
        case nil: return nil
        }
    }

    private static func layouts(_ input: [UInt8]) -> String? {
        guard let choice = input.first else { return nil }
        let text = input.dropFirst()
        func show(_ size: Int, isColoured: Bool) -> [UInt8] {
            let printer = JSONPrinter(JSONPrinter.Style(isIndented: choice & 1 == 1, isColoured: isColoured))
            var shown: [UInt8] = []
            var rest = text
            while !rest.isEmpty {
                rest.prefix(size).withUnsafeBytes { printer.take($0) { shown += $0 } }
                rest = rest.dropFirst(size)
            }
            printer.finish { shown += $0 }
            return shown
        }
        let plain = show(.max, isColoured: false)
        guard show(1 + Int(choice >> 2 & 7), isColoured: false) == plain else {
            return "pieces differ from the whole"
        }
        // Colours, too: nothing traps, and nothing is lost.
        guard show(3, isColoured: true).count >= plain.count else { return "colours lose something" }
        func packed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
            bytes.filter { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
        }
        return packed(plain) == packed(text) ? nil : "more than white space differs"
    }
}
