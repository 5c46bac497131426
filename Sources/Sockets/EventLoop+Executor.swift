internal import Glibc
internal import Synchronization

// What the runtime asks of an executor, on any thread, and how tasks get this one.

extension EventLoop {
    /// The loop as the executor of `@LoopActor`.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// The loop as a task's preferred executor.
    public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    /// Traps unless called on the loop's thread.
    public func checkIsolated() {
        Self.checkThread()
    }

    /// As `checkIsolated`.
    @usableFromInline
    package static func checkThread() {
        precondition(
            thread.load(ordering: .relaxed) == UInt(pthread_self()), "not on the event loop's thread")
    }

    /// Answers the runtime's question without a trap, as when the last reference to a socket goes on another thread.
    public func isIsolatingCurrentContext() -> Bool? {
        isCurrent
    }

    /// True on the loop's thread.
    public var isCurrent: Bool {
        Self.thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Runs `body` on the loop as a task that prefers it, so that none of its wake-ups passes through another thread.
    @discardableResult
    public func start<Success: Sendable>(
        _ body: @escaping @LoopActor @Sendable () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: self, operation: body)
    }

    /// As `start(_:)` for work that throws.
    @discardableResult
    public func startThrowing<Success: Sendable>(
        _ body: @escaping @LoopActor @Sendable () async throws -> Success
    ) -> Task<Success, any Error> {
        Task(executorPreference: self, operation: body)
    }
}
