import Testing

@testable import FerryCLI

/// Waiting without a clock: what follows each answer, when, and what is said.
@Suite struct ReadinessWaitTests {
    private let start = ContinuousClock.now

    private func wait(
        _ limit: Duration, times: Int = 1, interval: Duration = .seconds(2), isForEnd: Bool = false
    )
        -> ReadinessWait
    {
        ReadinessWait(
            ReadinessWait.Settings(limit: limit, interval: interval, times: times, isForEnd: isForEnd),
            now: start)
    }

    @Test func `a good answer ends it, and says how long it took (W-01)`() {
        var wait = wait(.seconds(10))
        _ = wait.ask(now: start)
        _ = wait.hear(.notYet("no such file"), now: start, dice: 0)
        _ = wait.ask(now: start + .seconds(2))
        let end = wait.hear(.good, now: start + .milliseconds(4120), dice: 0)
        #expect(end.order == .done && end.news == "ready after 4.1 s, 2 tries")
    }

    @Test func `pauses are the interval with some jitter, and never longer (W-01)`() {
        for (dice, pause) in [
            (0.0, Duration.milliseconds(1500)), (0.5, .milliseconds(1750)), (1, .seconds(2)),
            (9, .seconds(2)),
        ] {
            var wait = wait(.seconds(10))
            #expect(wait.hear(.notYet("x"), now: start, dice: dice).order == .ask(at: start + pause))
        }
    }

    @Test func `so many good answers in a row are needed (W-01)`() {
        var wait = wait(.seconds(60), times: 3)
        var orders: [ReadinessWait.Order] = []
        for (index, answer) in [ReadinessWait.Answer.good, .good, .notYet("HTTP 503"), .good, .good, .good]
            .enumerated()
        {
            #expect(wait.isLast == (index == 2 || index == 5))
            orders.append(wait.hear(answer, now: start, dice: 1).order)
        }
        #expect(orders == Array(repeating: .ask(at: start + .seconds(2)), count: 5) + [.done])
    }

    @Test func `a line comes when the reason changes, and only then (W-03)`() {
        var wait = wait(.seconds(60))
        let news = ["no such file", "no such file", "connection refused", "no such file"].map {
            wait.hear(.notYet($0), now: start, dice: 0).news
        }
        #expect(news == ["no such file", nil, "connection refused", "no such file"])
    }

    @Test func `when the time is up the last reason stands (W-03)`() {
        var wait = wait(.seconds(5))
        for _ in 0..<3 { _ = wait.ask(now: start) }
        #expect(
            wait.hear(.notYet("a"), now: start + .seconds(4), dice: 1).order == .ask(at: start + .seconds(5)))
        let end = wait.hear(.notYet("b"), now: start + .seconds(5), dice: 1)
        #expect(end.order == .giveUp("not ready after 5.0 s, 3 tries: b") && end.news == nil)
        var impatient = self.wait(.zero, times: 2)
        #expect(
            impatient.hear(.good, now: start, dice: 0).order
                == .giveUp("not ready after 0.0 s, 0 tries: 1 of 2 good answers in a row came"))
    }

    @Test func `an answer may take the longer of the interval and a second (W-02)`() {
        var quick = wait(.seconds(10), interval: .milliseconds(100))
        #expect(quick.ask(now: start) == start + .seconds(1))
        #expect(quick.ask(now: start + .seconds(10)) == start + .milliseconds(10_100))
        #expect(quick.unanswered == "no answer in 1.0 s")
        var slow = wait(.seconds(10))
        #expect(slow.ask(now: start) == start + .seconds(2))
    }

    @Test func `an end can be waited for as well (W-01)`() {
        var wait = wait(.seconds(1), isForEnd: true)
        #expect(wait.hear(.good, now: start, dice: 0).news == "gone after 0.0 s, 0 tries")
        var late = self.wait(.zero, isForEnd: true)
        #expect(
            late.hear(.notYet("it still answers"), now: start, dice: 0).order
                == .giveUp("not gone after 0.0 s, 0 tries: it still answers"))
    }
}
