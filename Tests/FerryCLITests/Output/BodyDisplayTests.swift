import HTTPCore
import Testing

@testable import FerryCLI

@Suite struct BodyDisplayTests {
    private final class Sink: ByteSink {
        var bytes: [UInt8] = []
        func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) { self.bytes += bytes }
    }

    private static let style = JSONPrinter.Style(isIndented: true, isColoured: false)

    private func show(
        _ text: String, _ type: String?, _ json: JSONPrinter.Style? = style, onTerminal: Bool = false,
        size: Int
    ) throws -> String? {
        let sink = Sink()
        guard let display = BodyDisplay(json, contentType: type, isOnTerminal: onTerminal) else { return nil }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes {
                try display.write($0, to: sink)
            }
        }
        try display.finish(to: sink)
        try display.finish(to: sink)
        return String(decoding: sink.bytes, as: UTF8.self)
    }

    static let types: [(String?, JSONLikeness)] = [
        ("application/json", .certain), ("Application/JSON; charset=utf-8", .certain),
        ("application/problem+json", .certain),
        ("application/x-ndjson", .certain), ("application/jsonl", .certain),
        ("application/json-lines", .certain),
        ("text/json", .certain), ("application/vnd.github.v3+json", .certain),
        ("application/x-json", .certain),
        (nil, .possible), ("text/plain; charset=utf-8", .possible), ("application/octet-stream", .possible),
        ("text/html", .none), ("application/jsonp", .none), ("image/png", .none),
        ("text/event-stream", .none),
    ]

    @Test(arguments: types)
    func `the type says whether a body is JSON (T-02)`(type: String?, likeness: JSONLikeness) {
        #expect(JSONLikeness(contentType: type) == likeness)
    }

    static let bodies: [(String, String?, String)] = [
        ("{\"a\":1}", "application/json", "{\n  \"a\": 1\n}\n"), ("1", "application/json", "1\n"),
        ("{\"a\":1}", nil, "{\n  \"a\": 1\n}\n"), (" [ {} ]", "text/plain", "[\n  {}\n]\n"),
        ("{}", nil, "{}\n"),
        ("[info]  started", "text/plain", "[info]  started"), ("12  13", nil, "12  13"),
        ("{  x}", nil, "{  x}"),
        ("[2026-01-02]  log", nil, "[2026-01-02]  log"), ("{", nil, "{"), ("  ", nil, "  "),
        (String(repeating: " ", count: 300) + "{}  ", nil, String(repeating: " ", count: 300) + "{}  "),
        ("{\"a\":1}", "text/html; x", ""),
    ]

    @Test(arguments: bodies)
    func `without a type that says so only what looks like JSON is laid out`(
        text: String, type: String?, expected: String
    ) throws {
        for size in [1, 3, 1000] {
            #expect(try show(text, type, size: size) ?? "" == expected)
        }
    }

    @Test func `where there is nothing to do there is no display, so that splice stays`() {
        #expect(BodyDisplay(nil, contentType: "application/json", isOnTerminal: false) == nil)
        #expect(BodyDisplay(Self.style, contentType: "text/html", isOnTerminal: false) == nil)
        #expect(BodyDisplay(nil, contentType: nil, isOnTerminal: true) != nil)
    }

    @Test func `JSON on a terminal does not drive it either (T-03)`() throws {
        let text = "[\"\u{9B}c\u{7F}\"] \u{1B}]0;x\u{7}"
        for size in [1, 1000] {
            #expect(
                try show(text, "application/json", onTerminal: true, size: size)
                    == "[\n  \"\\x9Bc\\x7F\"\n]\n\\x1B]0;x\\x07")
        }
        #expect(try show("\u{1B}[1mx", "text/html", onTerminal: true, size: 1) == "\u{1B}[1mx\u{1B}[0m")
    }
}
