import Testing

@testable import FerryCLI

@Suite struct ProgressTests {
    static let sizes6: [(Int64, String)] = [
        (0, "     0"), (99_999, " 99999"), (100_000, "97.65k"), (102_400, "100.0k"), (200_000, "195.3k"),
        (1_023_999, "999.9k"), (1_024_000, " 0.97M"), (86_758_195, "82.73M"), (1 << 30, " 1.00G"),
        (1 << 40, " 1.00T"), (1 << 50, " 1.00P"), (Int64.max, " 7.99E"), (-5, "     0"),
    ]

    @Test(arguments: sizes6)
    func `sizes take six places`(bytes: Int64, text: String) {
        #expect(ProgressText.size6(bytes) == text)
    }

    static let sizes5: [(Int64, String)] = [
        (0, "    0"), (99_999, "99999"), (100_000, "97.6k"), (10_239_999, "9999k"), (10_240_000, " 9.7M"),
        (1 << 30, "1024M"), (Int64.max, "8191P"),
    ]

    @Test(arguments: sizes5)
    func `sizes take five places`(bytes: Int64, text: String) {
        #expect(ProgressText.size5(bytes) == text)
    }

    static let times: [(Int, String)] = [
        (0, "       "), (-1, "       "), (1, "  00:01"), (59, "  00:59"), (61, "  01:01"), (3599, "  59:59"),
        (3600, "1:00:00"), (35_999, "9:59:59"), (36_000, "10h 00m"), (359_999, "99h 59m"),
        (360_000, "04d 04h"),
        (8_639_999, "99d 23h"), (8_640_000, "   100d"), (Int.max, "999999d"),
    ]

    @Test(arguments: times)
    func `times take seven places`(seconds: Int, text: String) {
        #expect(ProgressText.time7(seconds) == text)
    }

    @Test func `the meter's line has the columns of its title`() {
        let quick = ProgressFigures(received: 200_000, toReceive: 200_000, elapsed: .microseconds(2305))
        #expect(
            ProgressMeter.line(quick, columns: 80)
                == "100 195.3k 100 195.3k   0      0 82.74M      0                              0")
        let halfway = ProgressFigures(
            received: 1_000_000, toReceive: 4_000_000, sent: 500, toSend: 500, elapsed: .seconds(10),
            currentSpeed: 120_000)
        #expect(
            ProgressMeter.line(halfway, columns: 80)
                == " 25  3.81M  25 976.5k 100    500 97.65k     50   00:40   00:10   00:30 117.1k")
    }

    @Test(arguments: [20, 25, 26, 40, 69, 70, 78, 79, 80, 200])
    func `no meter is as wide as the terminal`(columns: Int) {
        let figures = ProgressFigures(
            received: 1_000_000, toReceive: 4_000_000, sent: 500, toSend: 500, elapsed: .seconds(10),
            currentSpeed: 120_000)
        let all = ParallelFigures(
            received: 1_000_000, toReceive: 4_000_000, transfers: 10, live: 3, elapsed: .seconds(10),
            currentSpeed: 100_000)
        let lines = [
            ProgressMeter.header(columns: columns), ProgressMeter.line(figures, columns: columns),
            ParallelMeter.header(columns: columns), ParallelMeter.line(all, columns: columns),
        ].flatMap { $0.split(separator: "\n") }
        #expect(lines.allSatisfy { $0.utf8.count < columns }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix(" 25 ") })
    }

    @Test func `an unknown size leaves the estimates blank`() {
        let figures = ProgressFigures(received: 50_000, elapsed: .seconds(5), currentSpeed: 9000)
        #expect(
            ProgressMeter.line(figures, columns: 80)
                == "100  50000   0  50000   0      0  10000      0           00:05           9000")
    }

    @Test func `a resumed download says where it goes on`() {
        #expect(ProgressMeter.resumeLine(5) == "** Resuming transfer from byte position 5\n")
    }

    @Test func `the bar fills up`() {
        var bar = ProgressBar(columns: 30)
        #expect(bar.line(.init(received: 0, toReceive: 10)) == String(repeating: " ", count: 22) + "   0.0%")
        #expect(
            bar.line(.init(received: 5, toReceive: 10))
                == String(repeating: "#", count: 11) + String(repeating: " ", count: 11) + "  50.0%")
        #expect(bar.line(.init(received: 10, toReceive: 10)) == String(repeating: "#", count: 22) + " 100.0%")
        #expect(bar.line(.init(received: 0, toReceive: 5, resumedFrom: 5)).hasSuffix("  50.0%"))
    }

    @Test func `the bar's width is bounded`() {
        var narrow = ProgressBar(columns: 1)
        var wide = ProgressBar(columns: 100_000)
        let done = ProgressFigures(received: 1, toReceive: 1)
        #expect(narrow.line(done).count == 19)
        #expect(wide.line(done).count == 399)
    }

    @Test func `a sign moves to and fro while the size is unknown`() {
        var bar = ProgressBar(columns: 20)
        let lines = (0..<30).map { _ in bar.line(.init(received: 1)) }
        #expect(lines[0] == "-=O=-              ")
        #expect(lines[1] == " -=O=-             ")
        #expect(lines[14] == "              -=O=-")
        #expect(lines[15] == "             -=O=- ")
        #expect(lines[28] == lines[0])
        #expect(lines.allSatisfy { $0.count == 19 })
    }

    @Test func `the parallel line has the columns of its title`() {
        let known = ParallelFigures(
            received: 1_000_000, toReceive: 4_000_000, transfers: 10, live: 3, elapsed: .seconds(10),
            currentSpeed: 100_000)
        #expect(
            ParallelMeter.header(columns: 80).dropLast()
                == "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed")
        #expect(
            ParallelMeter.line(known, columns: 80)
                == " 25  --  976k     0     10     3   00:40     00:10    00:30 97.65k")
        let unknown = ParallelFigures(received: 5, transfers: 1, live: 1)
        #expect(
            ParallelMeter.line(unknown, columns: 80)
                == " --  --     5     0      1     1                                 0")
    }

    @Test func `lengths next to the largest number are added up without a trap`() {
        let figures = ProgressFigures(
            received: 3, toReceive: .max, sent: 5, toSend: 5, elapsed: .seconds(1), currentSpeed: 1,
            resumedFrom: .max)
        #expect(ProgressMeter.line(figures, columns: 80).hasPrefix("  0  7.99E "))
        var bar = ProgressBar(columns: 30)
        #expect(bar.line(figures).hasSuffix("%"))
        let parallel = ParallelFigures(
            received: 0, toReceive: .max, elapsed: .seconds(9), currentSpeed: 1)
        #expect(ParallelMeter.line(parallel, columns: 80).contains("999999d"))
        var window = SpeedWindow()
        let start = ContinuousClock.now
        #expect(window.speed(total: 0, now: start) == 0)
        #expect(window.speed(total: .max, now: start + .nanoseconds(1)) == 9_000_000_000_000_000_000)
    }

    @Test(arguments: [
        (Int64.max, Int64(1), Int64.max), (.min, -1, .min), (3, 4, 7), (.max, .min, -1),
    ])
    func `a sum ends at the largest number`(first: Int64, second: Int64, sum: Int64) {
        #expect(first.addingSaturated(second) == sum)
    }

    @Test func `the current speed is that of the last five seconds`() {
        let start = ContinuousClock.now
        var window = SpeedWindow()
        #expect(window.speed(total: 0, now: start) == 0)
        #expect(window.speed(total: 100, now: start + .seconds(1)) == 100)
        #expect(window.speed(total: 200, now: start + .seconds(2)) == 100)
        for second in 3...20 { _ = window.speed(total: 200, now: start + .seconds(second)) }
        #expect(window.speed(total: 200, now: start + .seconds(21)) == 0)
        #expect(window.speed(total: 700, now: start + .seconds(22)) == 100)
    }

    @Test func `the display draws no more often than its interval`() {
        let probe = StreamProbe(isTerminal: true, columns: 80)
        let display = ProgressDisplay(stream: probe.stream, style: .meter)
        let start = ContinuousClock.now
        display.begin(resumingFrom: 10)
        for tenth in 0..<25 {
            display.tick(
                ProgressFigures(elapsed: .milliseconds(tenth * 100)), now: start + .milliseconds(tenth * 100))
        }
        display.finish(ProgressFigures(elapsed: .seconds(3)), now: start + .seconds(3))
        let text = probe.text
        #expect(
            text.hasPrefix(
                "** Resuming transfer from byte position 10\n" + ProgressMeter.header(columns: 80) + "\r"))
        #expect(text.split(separator: "\r").count == 5)
        #expect(text.hasSuffix("\n"))
    }

    @Test func `the parallel display draws twice a second`() {
        let probe = StreamProbe(isTerminal: true, columns: 80)
        let display = ProgressDisplay(stream: probe.stream, style: .parallel)
        #expect(display.interval == .milliseconds(500))
        let start = ContinuousClock.now
        display.tick(ParallelFigures(), now: start)
        display.tick(ParallelFigures(), now: start + .milliseconds(400))
        display.tick(ParallelFigures(), now: start + .milliseconds(500))
        display.finish(ParallelFigures(), now: start + .milliseconds(600))
        #expect(probe.text.split(separator: "\r").count == 4)
    }
}
