import TestSupport
import Testing

@testable import FerryCLI

/// A board at a fixed time, and its picture.
private struct Picture {
    let start = ContinuousClock.now
    var board = TransferBoard()
    var bars = ProgressBars()

    mutating func begin(
        _ name: String, received: Int64? = nil, of length: Int64? = nil, at second: Int = 0
    ) {
        let number = board.totals.begun
        board.begin(
            .init(number: number, name: name, url: "http://h/\(name)", purpose: .saved),
            now: start + .seconds(second))
        board.beginAttempt(number)
        guard let received else { return }
        board.beginBody(number, length: length)
        board.receive(Int(received), of: number)
    }

    mutating func lines(_ columns: Int, _ rows: Int, at second: Int = 10) -> [String] {
        bars.lines(&board, .init(columns: columns, rows: rows), now: start + .seconds(second))
    }
}

@Suite struct ProgressBarsTests {
    /// Three transfers: one with a length, one without, one that waits.
    private func three() -> Picture {
        var picture = Picture()
        picture.begin("tool.tar.gz", received: 12_000_000, of: 48_000_000)
        picture.begin("文件.zip", received: 999)
        picture.begin("a-name-that-is-much-too-long-for-a-narrow-window.iso")
        return picture
    }

    @Test func `40 columns show names and numbers (T-01)`() {
        var picture = three()
        #expect(
            picture.lines(40, 24) == [
                "tool.tar.gz  25% 12.0M  1.2M/s    0:30", "文件.zip          999B   99B/s        ",
                "a-name..iso waits", "0 of 3           12.0M  1.2M/s        ",
            ])
    }

    @Test func `80 columns have room for a bar (T-01)`() {
        var picture = three()
        #expect(
            picture.lines(80, 24) == [
                "tool.tar.gz            [===>              ]   25%  12.0 MB   1.2 MB/s     0:30",
                "文件.zip               [          <=>     ]          999 B     99 B/s         ",
                "a-name-that-..dow.iso  [                  ]  waits",
                "0 done, 3 running      [                  ]        12.0 MB   1.2 MB/s         ",
            ])
    }

    @Test func `200 columns show the whole size and a long bar (T-01)`() {
        var picture = three()
        let lines = picture.lines(200, 24)
        let blanks = String(repeating: " ", count: 41)
        let bar = "[" + String(repeating: "=", count: 13) + ">" + String(repeating: " ", count: 44) + "]"
        #expect(
            lines.first == "tool.tar.gz\(blanks)  \(bar)   25%  12.0 MB of 48.0 MB   1.2 MB/s     0:30")
        #expect(lines[2].hasPrefix("a-name-that-is-much-too-long-for-a-narrow-window.iso  ["))
    }

    @Test(
        arguments: [1, 2, 3, 5, 9, 12, 20, 28, 29, 40, 59, 60, 61, 80, 110, 111, 200, 1000], [1, 2, 5, 50])
    func `no picture is as wide as the terminal or higher than it less a row (T-01)`(
        columns: Int, rows: Int
    ) {
        var picture = three()
        for number in 3..<100 { picture.begin("file\(number)", received: Int64(number), of: 100) }
        for second in [0, 10, 100_000] {
            let lines = picture.lines(columns, rows, at: second)
            #expect(lines.count <= max(1, rows - 1))
            #expect(lines.allSatisfy { CellWidth.of($0) < columns }, "\(lines)")
            if columns > 1 { #expect(!lines.isEmpty) }
        }
    }

    @Test func `those that run the longest are shown, then the sum (T-01)`() {
        var picture = Picture()
        for number in 0..<60 { picture.begin("f\(number)", received: 50, of: 100, at: number) }
        _ = picture.board.end(1, failure: nil, code: 0, now: picture.start)
        let low = picture.lines(80, 5, at: 60)
        #expect(low.map { $0.prefix { $0 != " " } } == ["f0", "f2", "f3", "1"])
        #expect(
            low.last?.hasPrefix("1 done, 59 running  [=========>           ]   50%   3.0 kB") ?? false,
            "\(low)")
        let high = picture.lines(80, 50, at: 60)
        #expect(high.count == 49)
        #expect(high.dropLast().last?.hasPrefix("f48 ") ?? false)
    }

    @Test func `one transfer alone has no sum, and nothing is drawn when nothing runs (T-01)`() {
        var picture = Picture()
        #expect(picture.lines(80, 24) == [])
        picture.begin("f", received: 1, of: 2)
        #expect(picture.lines(80, 24).count == 1)
        _ = picture.board.end(0, failure: nil, code: 0, now: picture.start)
        #expect(picture.lines(80, 24) == [])
    }

    @Test func `columns do not jump when a long name goes, but follow the window (T-01)`() {
        var picture = Picture()
        picture.begin("short", received: 1, of: 2)
        picture.begin("somewhat-longer-name", received: 1, of: 2)
        let before = picture.lines(80, 24)
        _ = picture.board.end(1, failure: nil, code: 0, now: picture.start)
        #expect(picture.lines(80, 24).first == before.first)
        #expect(picture.lines(79, 24).first?.count ?? 99 < 79)
    }

    @Test func `pauses and attempts are shown (T-01)`() {
        var picture = Picture()
        picture.begin("f", received: 5, of: 10)
        picture.board.pause(0, until: picture.start + .seconds(14))
        #expect(picture.lines(40, 24) == ["f           attempt 2 in 0:04".replacing("f   ", with: "f")])
        picture.board.beginAttempt(0)
        #expect(picture.lines(40, 24).first?.hasSuffix("waits, attempt 2") ?? false)
        picture.board.beginRequest(0, toSend: nil)
        picture.board.beginBody(0, length: 5)
        picture.board.resume(0, from: 5)
        #expect(picture.lines(40, 24).first?.contains(" 50%") ?? false)
        picture.board.receive(5, of: 0)
        #expect(picture.lines(40, 24).first?.contains("100%") ?? false)
    }

    @Test func `an upload shows what is sent (T-01)`() {
        var picture = Picture()
        picture.begin("f")
        picture.board.beginRequest(0, toSend: 1000)
        picture.board.send(250, of: 0)
        #expect(picture.lines(40, 24).first?.contains(" 25%  250B") ?? false)
    }

    @Test func `lengths next to the largest number do no harm (T-01)`() {
        var picture = Picture()
        picture.begin("a", received: .max, of: .max)
        picture.begin("b", received: .max, of: .max)
        picture.board.receive(.max, of: 0)
        picture.board.resume(0, from: .max)
        #expect(picture.lines(80, 24).allSatisfy { $0.utf8.count < 80 })
    }

    @Test func `a thousand transfers keep their order while they come and go (T-01)`() {
        var picture = Picture()
        for number in 0..<1000 { picture.begin("f\(number)") }
        for number in 0..<999 where number % 3 > 0 {
            let ended = picture.board.end(number, failure: nil, code: number % 2, now: picture.start)
            #expect(ended?.entry.start.number == number)
        }
        #expect(picture.board.longestRunning(3).map(\.start.number) == [0, 3, 6])
        #expect(picture.board.longestRunning(.max).count == 334)
        #expect(picture.board.totals.failed == 333)
        #expect(picture.board.end(1, failure: nil, code: 0, now: picture.start) == nil)
    }
}

@Suite struct ProgressBlockTests {
    private static let size = ProgressBars.Size(columns: 40, rows: 6)

    private func check(_ screen: ScreenModel, _ lines: [String]) {
        #expect(screen.lines == lines)
        #expect(screen.unknown.isEmpty && screen.showsCursor)
    }

    @Test func `lines are drawn over, what has ended scrolls up, and nothing stays (T-01)`() {
        var block = ProgressBlock()
        var screen = ScreenModel(columns: 40, rows: 6)
        func feed(_ text: String) { screen.feed(Array(text.replacing("\n", with: "\r\n").utf8)) }
        feed("$ ferry\n")
        feed(block.draw(["first 10%", "second 20%", "all"], Self.size))
        check(screen, ["$ ferry", "first 10%", "second 20%", "all"])
        feed(block.draw(["first 1%", "second", "all"], Self.size))
        check(screen, ["$ ferry", "first 1%", "second", "all"])
        feed(block.draw(["second"], above: ["saved first"], Self.size))
        check(screen, ["$ ferry", "saved first", "second"])
        feed(block.draw(["a", "b", "c", "d", "e"], above: ["saved 2", "saved 3"], Self.size))
        check(screen, ["saved 3", "a", "b", "c", "d", "e"])
        #expect(screen.scrolledOff == ["$ ferry", "saved first", "saved 2"])
        feed(block.erase(Self.size))
        check(screen, ["saved 3"])
        #expect(block.erase(Self.size) == "" && block.isEmpty)
        #expect(screen.cursor == (1, 0))
    }

    @Test func `what is left of each line is erased once (T-01)`() {
        var block = ProgressBlock()
        #expect(block.draw(["a", "b"], Self.size) == "a\u{1B}[K\nb\u{1B}[J")
        #expect(block.draw(["c"], above: ["d"], Self.size) == "\r\u{1B}[1A\u{1B}[Jd\nc\u{1B}[J")
    }

    @Test func `a window that becomes narrower leaves no scraps (T-01)`() {
        var block = ProgressBlock()
        var screen = ScreenModel(columns: 40, rows: 12)
        func feed(_ text: String) { screen.feed(Array(text.replacing("\n", with: "\r\n").utf8)) }
        let line = String(repeating: "x", count: 39)
        feed("$ ferry\n")
        feed(block.draw([line, line, "total"], .init(columns: 40, rows: 12)))
        screen.resize(columns: 15, rows: 12)
        #expect(screen.lines.count == 8)
        feed(block.draw(["a", "b", "total"], .init(columns: 15, rows: 12)))
        check(screen, ["$ ferry", "a", "b", "total"])
        screen.resize(columns: 60, rows: 3)
        feed(block.draw(["a", "total"], .init(columns: 60, rows: 3)))
        #expect(screen.allLines.suffix(2) == ["a", "total"])
    }

    @Test func `a long line above wraps and does not tear the block (T-01)`() {
        var block = ProgressBlock()
        var screen = ScreenModel(columns: 10, rows: 8)
        let size = ProgressBars.Size(columns: 10, rows: 8)
        func feed(_ text: String) { screen.feed(Array(text.replacing("\n", with: "\r\n").utf8)) }
        feed(block.draw(["aaaaaaaaa", "bbbbbbbbb"], size))
        feed(block.draw(["a", "b"], above: ["saved something long"], size))
        check(screen, ["saved some", "thing long", "a", "b"])
    }

    static let sizes: [(ProgressBars.Size?, Int?, Int?, Int, Int)] = [
        (nil, nil, nil, 80, 24), (.init(columns: 0, rows: 0), nil, nil, 80, 24),
        (.init(columns: 100, rows: 30), nil, nil, 100, 30),
        (.init(columns: 100, rows: 30), 60, 10, 60, 30), (.init(columns: 40, rows: 5), 200, 50, 40, 5),
        (.init(columns: 0, rows: 0), 70, 12, 70, 12), (nil, 0, -3, 80, 24), (nil, .max, .max, 80, 24),
        (.init(columns: 1, rows: 1), nil, nil, 1, 1),
    ]

    @Test(arguments: sizes)
    func `the terminal's own size counts, and COLUMNS can make it narrower (T-01)`(
        terminal: ProgressBars.Size?, columns: Int?, rows: Int?, width: Int, height: Int
    ) {
        #expect(
            ProgressScreen.size(terminal: terminal, columns: columns, rows: rows)
                == ProgressBars.Size(columns: width, rows: height))
    }
}
