import TestSupport
import Testing

@testable import FerryCLI

struct LineReaderTests {
    private func lines(_ text: String) throws -> [String] {
        let folder = try TemporaryDirectory()
        let reader = try LineReader(try folder.write(text, to: "list"))
        var result: [String] = []
        while let line = try reader.next() { result.append(line) }
        return result
    }

    @Test func `blank lines and comments are skipped, blanks around a URL cut`() throws {
        #expect(try lines("") == [])
        #expect(try lines("\n\n  \n#x\n") == [])
        #expect(try lines(" a \n\tb\r\n  # no\nc#d e\n") == ["a", "b", "c#d e"])
    }

    @Test func `a mark before the first line is no part of it`() throws {
        #expect(try lines("\u{FEFF}a\n\u{FEFF}b\n") == ["a", "\u{FEFF}b"])
        #expect(try lines("\u{FEFF}# no\na") == ["a"])
        #expect(try lines("\u{FEFF}") == [])
    }

    @Test func `the last line needs no end`() throws {
        #expect(try lines("a\nb") == ["a", "b"])
        #expect(try lines("a") == ["a"])
    }

    @Test func `lines across the pieces that are read`() throws {
        let long = (0..<5).map { String(repeating: Character("\($0)"), count: 50_000) }
        #expect(try lines(long.joined(separator: "\n")) == long)
    }

    @Test func `a line without end is refused`() throws {
        #expect(throws: FileReadError.tooLarge(limit: 8 * 1024 * 1024)) {
            try lines(String(repeating: "x", count: 9_000_000))
        }
    }

    @Test func `what cannot be opened or read`() throws {
        #expect(throws: FileReadError.system(2)) { try LineReader("/nonexistent") }
        let folder = try LineReader("/")
        #expect(throws: FileReadError.system(21)) { try folder.next() }
        #expect(try folder.next() == nil)
    }
}
