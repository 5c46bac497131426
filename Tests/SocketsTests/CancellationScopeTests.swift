import Sockets
import Testing

struct CancellationScopeTests {
    /// Starts a task that waits in `scope`.
    @LoopActor
    private func startSleeper(
        on suspension: Suspension, in scope: CancellationScope
    ) -> Task<Suspension.Outcome, Never> {
        EventLoop.shared.start { await suspension.wait(in: scope) }
    }

    @Test func `a wake ends the wait`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = startSleeper(on: suspension, in: CancellationScope())
            try await turnOfLoop()
            #expect(suspension.isOccupied)
            #expect(suspension.wake(.closed))
            #expect(await sleeper.value == .closed)
        }
    }

    @Test func `a cancelled sleeper wakes`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let scope = CancellationScope()
            let sleeper = startSleeper(on: suspension, in: scope)
            try await turnOfLoop()
            scope.cancel()
            #expect(await sleeper.value == .cancelled)
            #expect(!suspension.wake())
        }
    }

    @Test func `in a scope that is already cancelled nobody sleeps`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let scope = CancellationScope()
            scope.cancel()
            #expect(await startSleeper(on: suspension, in: scope).value == .cancelled)
            #expect(!suspension.isOccupied)
        }
    }

    @Test func `a wake before the wait is remembered, also in a scope that is cancelled`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let scope = CancellationScope()
            scope.cancel()
            suspension.wake(.closed)
            #expect(await startSleeper(on: suspension, in: scope).value == .closed)
        }
    }

    @Test func `a cancellation ends the wait that is under way, whichever it is, and those that follow`()
        async throws
    {
        try await onLoop {
            let first = Suspension()
            let second = Suspension()
            let scope = CancellationScope()
            let task = EventLoop.shared.start {
                #expect(await first.wait(in: scope) == .woken)
                #expect(await second.wait(in: scope) == .cancelled)
                #expect(scope.isCancelled)
                first.arm()
                return await first.wait(in: scope)
            }
            try await turnOfLoop()
            first.wake()
            try await turnOfLoop()
            #expect(second.isOccupied)
            scope.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test func `a cancellation does not touch somebody else's wait in the same place`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let hold = Suspension()
            let scope = CancellationScope()
            let first = EventLoop.shared.start {
                let outcome = await suspension.wait(in: scope)
                _ = await hold.wait()
                return outcome
            }
            try await turnOfLoop()
            suspension.wake()
            try await turnOfLoop()
            let second = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            scope.cancel()
            hold.wake()
            #expect(await first.value == .woken)
            try await EventLoop.shared.sleep(until: .now + .milliseconds(3))
            #expect(suspension.isOccupied)
            suspension.wake(.closed)
            #expect(await second.value == .closed)
        }
    }
}
