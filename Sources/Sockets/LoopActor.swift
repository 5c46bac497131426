/// The isolation of everything that lives on the event loop: connectors, connections, transports, transfers.
///
/// What is `@LoopActor` runs on one thread, so it needs no lock, and the compiler proves that nobody else touches it.
@globalActor
public actor LoopActor {
    /// The one instance. Its executor is `EventLoop.shared`.
    public static let shared = LoopActor()

    /// The loop as an unowned executor.
    public static var sharedUnownedExecutor: UnownedSerialExecutor {
        EventLoop.shared.asUnownedSerialExecutor()
    }

    /// The loop as an unowned executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        EventLoop.shared.asUnownedSerialExecutor()
    }

    /// Runs `body` as if isolated, where the code runs on the loop and the compiler cannot see it: in callbacks, and in
    /// functions that are not isolated so that their calls cost less (see the article Performance, thunks and isolation).
    /// Traps anywhere else.
    @inlinable @inline(__always)
    package static func assumeIsolated<Result>(_ body: @LoopActor () throws -> Result) rethrows -> Result {
        EventLoop.checkThread()
        // Safe: the check above is what the isolation promises; the cast only drops the actor from the function's type.
        return try withoutActuallyEscaping(body) { body in
            try unsafeBitCast(body, to: (() throws -> Result).self)()
        }
    }

    /// As `assumeIsolated(_:)` for a body that captures nothing and is given what it works on. A captured context would be
    /// allocated for each call (see the article Performance, thunks and isolation).
    @inlinable @inline(__always)
    package static func assumeIsolated<Subject, Result, Failure: Error>(
        _ subject: Subject, _ body: @escaping @LoopActor (Subject) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        EventLoop.checkThread()
        // Safe: as above.
        return try unsafeBitCast(body, to: ((Subject) throws(Failure) -> Result).self)(subject)
    }
}
