import Testing

@testable import FerryCLI

@Suite struct CellWidthTests {
    static let widths: [(String, Int)] = [
        ("", 0), ("tool.tar.gz", 11), ("naïve", 5), ("nai\u{308}ve", 5), ("文件.zip", 8), ("ﾊﾝｶｸ", 4),
        ("全角", 4),
        ("ｆｕｌｌ", 8), ("한국어", 6), ("\u{1112}\u{1161}\u{11AB}", 2), ("🚢", 2), ("a\u{200D}b", 2), ("👩‍💻", 4),
        ("नमस्ते", 4), ("\u{E000}", 1), ("\u{20000}", 2), ("⌚", 2), ("─", 1),
    ]

    @Test(arguments: widths) func `a text takes its cells (T-01)`(text: String, cells: Int) {
        #expect(CellWidth.of(text) == cells)
    }

    static let cuts: [(String, Int, String)] = [
        ("tool.tar.gz", 11, "tool.tar.gz"), ("a-very-long-name.tar.gz", 12, "a-very..r.gz"),
        ("abcdef", 3, "abc"),
        ("abcdef", 0, ""), ("abcdef", -1, ""), ("文件文件文件.zip", 10, "文件..zip"), ("文件文件", 3, "文"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}e\u{301}"), ("文文文文文文文文", 9, "文文..文"),
    ]

    @Test(arguments: cuts) func `a long text loses its middle (T-01)`(text: String, cells: Int, cut: String) {
        #expect(CellWidth.cut(text, to: cells) == cut)
        #expect(CellWidth.of(cut) <= max(0, cells))
    }

    @Test(arguments: 0..<40) func `a fitted text has exactly its cells (T-01)`(cells: Int) {
        for text in ["", "a", "文件文件文件文件文件文件.tar.gz", "e\u{301}🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢🚢"] {
            #expect(CellWidth.of(CellWidth.fitted(text, to: cells)) == cells, "\(text)")
        }
    }
}
