import Testing

@testable import Sockets

struct DriveTests {
    /// Goes through a list of waits and remembers how each ended.
    @LoopActor
    private final class Script: Machine {
        private var waits: [Wait]
        private(set) var outcomes: [Suspension.Outcome] = []
        var failsAt: Int?

        init(_ waits: [Wait]) {
            self.waits = waits
        }

        func advance(after outcome: Suspension.Outcome) throws -> Wait {
            outcomes.append(outcome)
            if outcomes.count == failsAt { throw Stop() }
            return waits.isEmpty ? .done : waits.removeFirst()
        }
    }

    private struct Stop: Error {}

    @Test(.timeLimit(.minutes(1)))
    func `each wait ends with the outcome that the next step is told`() async {
        await EventLoop.shared.start {
            let (woken, late, closed) = (Suspension(), Suspension(), Suspension())
            woken.wake()
            late.arm(until: .now)
            closed.wake(.closed)
            let script = Script([
                .sleep(woken), .sleep(late), .sleep(closed), .call { .cancelled }, .done,
            ])
            await #expect(throws: Never.self) { try await drive(script) }
            #expect(script.outcomes == [.woken, .woken, .timedOut, .closed, .cancelled])
        }.value
    }

    @Test(.timeLimit(.minutes(1)))
    func `a step that throws ends the machine`() async {
        await EventLoop.shared.start {
            let script = Script([.call { .woken }, .call { .woken }])
            script.failsAt = 2
            await #expect(throws: Stop.self) { try await drive(script) }
            #expect(script.outcomes.count == 2)
        }.value
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancellation ends the wait, by the task or by the token`() async {
        await EventLoop.shared.start {
            let script = Script([.sleep(Suspension())])
            let task = EventLoop.shared.startThrowing { try await drive(script) }
            task.cancel()
            _ = await task.result
            #expect(script.outcomes == [.woken, .cancelled])

            let token = CancellationToken()
            let other = Script([.sleep(Suspension())])
            let driven = EventLoop.shared.startThrowing { try await drive(other, cancelledBy: token) }
            token.cancel()
            _ = await driven.result
            #expect(other.outcomes == [.woken, .cancelled])
        }.value
    }

    @Test(.timeLimit(.minutes(1)))
    func `a wait that is cancelled as it begins leaves no timer behind`() async {
        await EventLoop.shared.start {
            let before = EventLoop.shared.timerCount
            let suspension = Suspension()
            suspension.arm(until: .now + .seconds(3600))
            #expect(EventLoop.shared.timerCount == before + 1)
            let token = CancellationToken()
            token.cancel()
            #expect(await suspension.wait(cancelledBy: token) == .cancelled)
            #expect(EventLoop.shared.timerCount == before)
        }.value
    }
}
