import Sockets
import Testing

struct CancellationTokenTests {
    /// Starts a task that waits until `token` is cancelled.
    @LoopActor
    private func startSleeper(
        on suspension: Suspension, cancelledBy token: CancellationToken
    ) -> Task<Suspension.Outcome, Never> {
        EventLoop.shared.start { await suspension.wait(cancelledBy: token) }
    }

    @Test func `a wake ends the wait`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let sleeper = startSleeper(on: suspension, cancelledBy: CancellationToken())
            try await turnOfLoop()
            #expect(suspension.isOccupied)
            #expect(suspension.wake(.closed))
            #expect(await sleeper.value == .closed)
        }
    }

    @Test func `a cancelled sleeper wakes`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let token = CancellationToken()
            let sleeper = startSleeper(on: suspension, cancelledBy: token)
            try await turnOfLoop()
            token.cancel()
            #expect(await sleeper.value == .cancelled)
            #expect(!suspension.wake())
        }
    }

    @Test func `with a token that is already cancelled nobody sleeps`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let token = CancellationToken()
            token.cancel()
            #expect(await startSleeper(on: suspension, cancelledBy: token).value == .cancelled)
            #expect(!suspension.isOccupied)
        }
    }

    @Test func `a wake before the wait is remembered, also with a token that is cancelled`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let token = CancellationToken()
            token.cancel()
            suspension.wake(.closed)
            #expect(await startSleeper(on: suspension, cancelledBy: token).value == .closed)
        }
    }

    @Test func `a cancellation ends the wait that is under way, whichever it is, and those that follow`()
        async throws
    {
        try await onLoop {
            let first = Suspension()
            let second = Suspension()
            let token = CancellationToken()
            let task = EventLoop.shared.start {
                #expect(await first.wait(cancelledBy: token) == .woken)
                #expect(await second.wait(cancelledBy: token) == .cancelled)
                #expect(token.isCancelled)
                first.arm()
                return await first.wait(cancelledBy: token)
            }
            try await turnOfLoop()
            first.wake()
            try await turnOfLoop()
            #expect(second.isOccupied)
            token.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test func `a cancellation does not touch somebody else's wait in the same place`() async throws {
        try await onLoop {
            let suspension = Suspension()
            let hold = Suspension()
            let token = CancellationToken()
            let first = EventLoop.shared.start {
                let outcome = await suspension.wait(cancelledBy: token)
                _ = await hold.wait()
                return outcome
            }
            try await turnOfLoop()
            suspension.wake()
            try await turnOfLoop()
            let second = EventLoop.shared.start { await suspension.wait() }
            try await turnOfLoop()
            token.cancel()
            hold.wake()
            #expect(await first.value == .woken)
            try await EventLoop.shared.sleep(until: .now + .milliseconds(3))
            #expect(suspension.isOccupied)
            suspension.wake(.closed)
            #expect(await second.value == .closed)
        }
    }
}
