import Testing

@testable import FerryCLI

@Suite struct ProgressWordsTests {
    static let sizes: [(Int64, String, String, String)] = [
        (-1, "0 B", "0B", "0 B"), (0, "0 B", "0B", "0 B"), (999, "999 B", "999B", "999 B"),
        (1000, "1.0 kB", "1.0k", "1 kB"), (12_000_000, "12.0 MB", "12.0M", "12 MB"),
        (12_399_999, "12.3 MB", "12.3M", "12.3 MB"), (999_999, "999 kB", "999k", "999 kB"),
        (1_500_000_000, "1.5 GB", "1.5G", "1.5 GB"), (.max, "9.2 EB", "9.2E", "9.2 EB"),
    ]

    @Test(arguments: sizes)
    func `sizes have three digits at the most (T-01)`(
        bytes: Int64, size: String, short: String, plain: String
    ) {
        #expect(ProgressWords.size(bytes) == size)
        #expect(ProgressWords.shortSize(bytes) == short)
        #expect(ProgressWords.plainSize(bytes) == plain)
    }

    static let clocks: [(Int, String)] = [
        (-5, "0:00"), (7, "0:07"), (754, "12:34"), (3723, "1:02:03"), (35_999, "9:59:59"), (36_000, "10 h"),
        (359_999, "99 h"), (432_000, "5 d"),
        (.max, "99999 d"),
    ]

    @Test(arguments: clocks) func `times left are a clock (T-01)`(seconds: Int, text: String) {
        #expect(ProgressWords.clock(seconds) == text)
    }

    static let spans: [(Duration, String)] = [
        (.zero, "0.0 s"), (.milliseconds(3190), "3.1 s"), (.seconds(59.9), "59.9 s"),
        (.seconds(125), "2 min 5 s"),
        (.seconds(3720), "1 h 2 min"), (.seconds(-1), "0.0 s"),
    ]

    @Test(arguments: spans) func `spans are told in their units (T-01)`(duration: Duration, text: String) {
        #expect(ProgressWords.span(duration) == text)
    }

    private func ended(
        _ purpose: TransferBoard.Purpose = .saved, path: String? = "tool.tar.gz", verdict: String? = nil,
        attempts: Int = 1, code: Int = 0
    ) -> TransferBoard.Ended {
        var entry = TransferBoard.Entry(
            TransferBoard.Start(number: 0, name: "name", url: "http://h/name", purpose: purpose), began: .now)
        entry.received = 12_000_000
        entry.sent = 500
        (entry.path, entry.verdict, entry.attempt) = (path, verdict, attempts)
        return TransferBoard.Ended(
            entry: entry, elapsed: .milliseconds(3100), failure: code == 0 ? nil : "no", code: code)
    }

    @Test func `an end is told with size, time, check and attempts (T-01)`() {
        func line(_ ended: TransferBoard.Ended, _ tellsPassedOn: Bool = true) -> String? {
            ProgressWords.end(ended, tellsPassedOn: tellsPassedOn)
        }
        #expect(line(ended()) == "saved tool.tar.gz  12 MB in 3.1 s")
        #expect(
            line(ended(verdict: "sha256 verified", attempts: 3))
                == "saved tool.tar.gz  12 MB in 3.1 s, sha256 verified, 3 attempts")
        #expect(line(ended(path: "a\u{1B}[2J\nb")) == "saved a\\x1B[2J\\x0Ab  12 MB in 3.1 s")
        // An answer that was not wanted, as after a 304, wrote none.
        #expect(line(ended(path: nil)) == "fetched name  12 MB in 3.1 s")
        #expect(line(ended(.fetched, path: nil)) == "fetched name  12 MB in 3.1 s")
        #expect(line(ended(.sent, path: nil)) == "sent name  500 B in 3.1 s")
        #expect(line(ended(.passedOn, path: nil)) == "fetched name  12 MB in 3.1 s")
        #expect(line(ended(.passedOn, path: nil), false) == nil)
        // Its message tells of a failure.
        #expect(line(ended(code: 22)) == nil)
    }

    @Test(arguments: [
        (61, ["saved /tmp/文件  12 MB in 3.1 s, sha256 verified, 3 attempts"]),
        (60, ["saved /tmp/文件  12 MB in 3.1 s, sha256 verified,", "  3 attempts"]),
        (40, ["saved /tmp/文件  12 MB in 3.1 s,", "  sha256 verified, 3 attempts"]),
        (31, ["saved /tmp/文件", "  12 MB in 3.1 s,", "  sha256 verified, 3 attempts"]),
        (5, ["saved /tmp/文件", "  12 MB in 3.1 s,", "  sha256 verified,", "  3 attempts"]),
    ])
    func `an end that is too long is broken between its parts (T-01)`(columns: Int, lines: [String]) {
        let ended = ended(path: "/tmp/文件", verdict: "sha256 verified", attempts: 3)
        #expect(ProgressWords.endLines(ended, tellsPassedOn: false, columns: columns) == lines)
    }

    @Test func `a running transfer has a plain line (T-01)`() {
        let now = ContinuousClock.now
        var entry = TransferBoard.Entry(
            TransferBoard.Start(number: 0, name: "a.iso", url: "u", purpose: .saved), began: now)
        func line(_ speed: Int64 = 1_000_000) -> String { ProgressWords.line(entry, speed: speed, now: now) }
        #expect(line() == "a.iso: waits")
        entry.attempt = 2
        #expect(line() == "a.iso: waits, attempt 2")
        entry.state = .pausing(until: now + .seconds(64))
        #expect(line() == "a.iso: attempt 3 in 1:04")
        entry.state = .receiving
        entry.received = 4_000_000
        #expect(line() == "a.iso: 4 MB, 1 MB/s")
        entry.toReceive = 10_000_000
        #expect(line() == "a.iso: 40%, 4 MB of 10 MB, 1 MB/s, 0:06 left")
        #expect(line(0) == "a.iso: 40%, 4 MB of 10 MB, 0 B/s")
        entry.resumedFrom = 10_000_000
        #expect(line() == "a.iso: 70%, 14 MB of 20 MB, 1 MB/s, 0:06 left")
        entry.toReceive = .max
        #expect(line(1).hasPrefix("a.iso: 0%, 14 MB of 9.2 EB, 1 B/s"))
        #expect(
            ProgressWords.line(
                TransferBoard.Totals(begun: 10, ended: 7, failed: 1, moved: 120_000_000), speed: 30_000_000)
                == "6 done, 1 failed, 3 running: 120 MB, 30 MB/s")
    }
}
