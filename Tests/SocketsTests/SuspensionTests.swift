import Sockets
import Testing

struct SuspensionTests {
    @Test func `a wake ends the wait and finds nobody the second time`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            #expect(suspension.isOccupied)
            #expect(suspension.wake())
            #expect(!suspension.wake())
            #expect(!suspension.isOccupied)
            #expect(await sleeper.value == .woken)
        }
    }

    @Test(arguments: [Suspension.Outcome.woken, .closed, .timedOut, .cancelled])
    func `the sleeper learns why it was woken`(outcome: Suspension.Outcome) async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            suspension.wake(outcome)
            #expect(await sleeper.value == outcome)
        }
    }

    @Test func `the first wake before a wait is remembered, also for a task that is cancelled`() async throws
    {
        try await onLoop {
            let suspension = Suspension()
            #expect(suspension.wake(.closed))
            #expect(!suspension.wake(.woken))
            let task = EventLoop.shared.start {
                withUnsafeCurrentTask { $0?.cancel() }
                return await suspension.wait()
            }
            #expect(await task.value == .closed)
        }
    }

    @Test func `after a wait nothing is remembered until it is armed again`() async throws {
        try await onLoop {
            let suspension = Suspension()
            #expect(await suspension.wait(until: .now) == .timedOut)
            #expect(!suspension.wake())
            #expect(await suspension.wait(until: .now) == .timedOut)
            suspension.arm()
            #expect(suspension.wake())
            #expect(await suspension.wait(until: .now) == .woken)
        }
    }

    @Test func `arming forgets a wake that nobody fetched`() async throws {
        try await onLoop {
            let suspension = Suspension()
            suspension.wake()
            suspension.arm()
            #expect(await suspension.wait(until: .now) == .timedOut)
        }
    }

    @LoopActor
    @Test func `a task that does not prefer the loop loses no wake on its way to sleep`() async {
        for _ in 0..<2000 {
            #expect(await Suspension().wait(until: .now) == .timedOut)
            let suspension = Suspension()
            EventLoop.shared.post(.callback { suspension.wake() })
            #expect(await suspension.wait() == .woken)
        }
    }

    @Test func `a task that is already cancelled does not sleep`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let task = EventLoop.shared.start {
                withUnsafeCurrentTask { $0?.cancel() }
                return await suspension.wait()
            }
            #expect(await task.value == .cancelled)
            #expect(!suspension.isOccupied)
        }
    }

    @Test func `a cancelled sleeper wakes`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            sleeper.cancel()
            #expect(await sleeper.value == .cancelled)
            #expect(!suspension.wake())
        }
    }

    @Test func `a deadline in the past ends the wait too`() async throws {
        try await onLoop {
            #expect(await Suspension().wait(until: .now - .seconds(60)) == .timedOut)
        }
    }

    @Test func `a late cancellation does not touch the next wait`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let first = EventLoop.shared.start { await suspension.wait(until: .now + .seconds(60)) }
            try await turnOfLoop()
            // Woken and cancelled in one turn: the cancellation's message comes when the next wait is under way.
            suspension.wake()
            first.cancel()
            let second = EventLoop.shared.start { await suspension.wait() }
            #expect(await first.value == .woken)
            try await EventLoop.shared.sleep(until: .now + .milliseconds(3))
            #expect(suspension.isOccupied)
            suspension.wake(.closed)
            #expect(await second.value == .closed)
        }
    }

    @Test func `a wait that ended leaves no timer behind`() async throws {
        try await onLoop {
            weak var remembered: Suspension?
            do {
                let suspension = Suspension()
                remembered = suspension
                let sleeper = EventLoop.shared.start { [weak suspension] in
                    await suspension?.wait(until: .now + .seconds(3600))
                }
                try await turnOfLoop()
                suspension.wake()
                #expect(await sleeper.value == .woken)
            }
            try await turnOfLoop()
            #expect(remembered == nil)
        }
    }

    @Test func `cancelling from other threads while the loop wakes ends every wait exactly once (SWIFT-03)`()
        async throws
    {
        let counts = try await withThrowingTaskGroup(of: [Suspension.Outcome: Int].self) { group in
            for lane in 0..<4 {
                group.addTask {
                    var counts: [Suspension.Outcome: Int] = [:]
                    for round in 0..<1500 {
                        let suspension = Suspension()
                        let sleeper = EventLoop.shared.start {
                            await suspension.wait(until: round % 3 == 0 ? .now + .microseconds(50) : nil)
                        }
                        // This task runs on the global pool: the two calls race the loop and each other.
                        if (round + lane) % 2 == 0 {
                            EventLoop.shared.post(.callback { suspension.wake() })
                            sleeper.cancel()
                        } else {
                            sleeper.cancel()
                            EventLoop.shared.post(.callback { suspension.wake() })
                        }
                        let outcome = await sleeper.value
                        counts[outcome, default: 0] += 1
                        #expect(await !suspension.isOccupied)
                    }
                    return counts
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        #expect(counts.values.reduce(0, +) == 6000)
        #expect(counts[.closed] == nil)
    }

    @Test func `one suspension serves many waits that end in every way`() async throws {
        try await onLoop {
            let suspension = Suspension()
            for round in 0..<3000 {
                let sleeper = EventLoop.shared.start { await suspension.wait(until: .now + .seconds(60)) }
                if round % 5 != 0 { try await turnOfLoop() }
                switch round % 3 {
                case 0: sleeper.cancel()
                case 1: EventLoop.shared.post(.callback { suspension.wake() })
                default:
                    EventLoop.shared.post(.callback { suspension.wake() })
                    sleeper.cancel()
                }
                // A wake that came before the wait is lost by design; the cancellation is not.
                if round % 5 == 0 { sleeper.cancel() }
                let outcome = await sleeper.value
                #expect(outcome == .woken || outcome == .cancelled)
                #expect(!suspension.isOccupied)
            }
        }
    }
}
