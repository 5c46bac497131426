import Sockets
import Testing

struct CancellationScopeTests {
    /// Starts a task that waits in a scope of its own.
    @LoopActor
    private func startSleeper(
        on suspension: Suspension, cancelledBefore: Bool = false
    ) -> Task<Suspension.Outcome, Never> {
        EventLoop.shared.start {
            if cancelledBefore { withUnsafeCurrentTask { $0?.cancel() } }
            return await CancellationScope().run { await suspension.wait(in: $0) }
        }
    }

    @Test func `a wake ends the wait`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = startSleeper(on: suspension)
            try await turnOfLoop()
            #expect(suspension.isOccupied)
            #expect(suspension.wake(.closed))
            #expect(await sleeper.value == .closed)
        }
    }

    @Test func `a cancelled sleeper wakes`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = startSleeper(on: suspension)
            try await turnOfLoop()
            sleeper.cancel()
            #expect(await sleeper.value == .cancelled)
            #expect(!suspension.wake())
        }
    }

    @Test func `a sleeper that another thread cancels wakes`() async throws {
        let sleeper = try await onLoop {
            let suspension = Suspension()
            return startSleeper(on: suspension)
        }
        sleeper.cancel()
        #expect(await sleeper.value == .cancelled)
    }

    @Test func `a task that is already cancelled does not sleep`() async throws {
        try await onLoop {
            let suspension = Suspension()
            #expect(await startSleeper(on: suspension, cancelledBefore: true).value == .cancelled)
            #expect(!suspension.isOccupied)
        }
    }

    @Test func `a wake before the wait is remembered, also for a task that is cancelled`() async throws {
        try await onLoop {
            let suspension = Suspension()
            suspension.wake(.closed)
            #expect(await startSleeper(on: suspension, cancelledBefore: true).value == .closed)
        }
    }

    @Test func `a cancellation ends the wait that is under way, whichever it is, and those that follow`()
        async throws
    {
        try await onLoop {
            let first = Suspension()
            let second = Suspension()
            let task = EventLoop.shared.start {
                await CancellationScope().run { scope in
                    #expect(await first.wait(in: scope) == .woken)
                    #expect(await second.wait(in: scope) == .cancelled)
                    #expect(scope.isCancelled)
                    first.arm()
                    return await first.wait(in: scope)
                }
            }
            try await turnOfLoop()
            first.wake()
            try await turnOfLoop()
            #expect(second.isOccupied)
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test func `a cancellation does not touch somebody else's wait in the same place`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let hold = Suspension()
            let first = EventLoop.shared.start {
                await CancellationScope().run { scope in
                    let outcome = await suspension.wait(in: scope)
                    _ = await hold.wait()
                    return outcome
                }
            }
            try await turnOfLoop()
            suspension.wake()
            try await turnOfLoop()
            let second = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            first.cancel()
            #expect(await first.value == .woken)
            try await EventLoop.shared.sleep(until: .now + .milliseconds(3))
            #expect(suspension.isOccupied)
            suspension.wake(.closed)
            #expect(await second.value == .closed)
        }
    }
}
