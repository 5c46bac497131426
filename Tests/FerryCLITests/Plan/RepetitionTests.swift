import Testing

@testable import FerryCLI

struct RepetitionTests {
    private func operations(_ arguments: [String]) throws -> [Shared<OperationPlan>] {
        var planner = Planner(
            settings: try parse(arguments), environment: { _ in nil }, fileExists: { _ in true },
            askPassword: { _ in nil })
        return try planner.plan().operations
    }

    private func rounds(_ arguments: [String], _ repetition: Repetition?) throws -> TransferRounds {
        TransferRounds(try operations(arguments), repetition) { path throws(FileReadError) in
            try LineReader(path)
        }
    }

    @Test func `each transfer is made so many times, and each has its number (O-05)`() throws {
        var rounds = try rounds(["h/[1-2]", "--next", "g"], Repetition(rounds: 3))
        var seen: [String] = []
        var numbers: [Int] = []
        while let transfer = try rounds.next(now: .now) {
            seen.append(transfer.url)
            numbers.append(transfer.number)
        }
        #expect(seen == ["h/1", "h/2", "g", "h/1", "h/2", "g", "h/1", "h/2", "g"])
        #expect(numbers == Array(0..<9))
    }

    @Test func `time ends a round in its midst (O-05)`() throws {
        let start = ContinuousClock.now
        var rounds = try rounds(["h/[1-2]"], Repetition(duration: .seconds(2)))
        #expect(try rounds.next(now: start)?.number == 0)
        for number in 1...6 { #expect(try rounds.next(now: start + .seconds(1))?.number == number) }
        #expect(try rounds.next(now: start + .seconds(2)) == nil)
    }

    @Test func `once is once, and a round without a transfer is the last`() throws {
        var once = try rounds(["h"], nil)
        #expect(try once.next(now: .now) != nil)
        #expect(try once.next(now: .now) == nil)
        var none = try rounds(["h/[3-1]"], Repetition(rounds: 5))
        #expect(throws: TransferSequenceError.self) { try none.next(now: .now) }
        #expect(try none.next(now: .now) == nil)
    }

    @Test func `a load catches up, and a server is spared (O-05)`() {
        let start = ContinuousClock.now
        var load = StartSchedule(interval: .seconds(1), catchesUp: true)
        var polite = StartSchedule(interval: .seconds(1), catchesUp: false)
        #expect(load.next(now: start) == start && polite.next(now: start) == start)
        let late = start + .seconds(5)
        #expect(load.next(now: late) == start + .seconds(1))
        #expect(load.next(now: late) == start + .seconds(2))
        #expect(polite.next(now: late) == late)
        #expect(polite.next(now: late) == late + .seconds(1))
    }

    @Test(arguments: [
        (["--repeat", "2", "--for", "1", "h"], "option --for: cannot be used with --repeat"),
        (
            ["--repeat", "2", "-T", "-", "h"],
            "option --repeat: cannot be used with what is read from standard input: it comes once"
        ),
        (
            ["--for", "2", "--url", "@-"],
            "option --for: cannot be used with what is read from standard input: it comes once"
        ),
    ])
    func `what cannot be repeated is refused (O-05)`(arguments: [String], text: String) throws {
        #expect { try operations(arguments) } throws: { "\($0)" == text }
    }
}
