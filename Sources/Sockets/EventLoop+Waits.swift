internal import Glibc

// What a task waits for on the loop besides sockets.
extension EventLoop {
    /// Sleeps on the loop's own timer, to the millisecond and never short.
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    @LoopActor
    public func sleep(until deadline: ContinuousClock.Instant) async throws(CancellationError) {
        if case .cancelled = await Suspension().wait(until: deadline) { throw CancellationError() }
    }

    /// Waits until a read of the descriptor, a pipe, terminal or socket, finds bytes, the end or an error. It stays its
    /// owner's.
    /// - Throws: `EPERM` for what the loop cannot watch, as a file.
    @LoopActor
    package func untilReadable(_ descriptor: CInt) async throws(Errno) -> Suspension.Outcome {
        guard descriptor >= 0 else { throw Errno(rawValue: EBADF) }
        let readiness = Readiness(generation: nextGeneration())
        try add(readiness, descriptor: descriptor, generation: readiness.generation)
        defer { remove(descriptor: descriptor, staysOpen: true) }
        if readiness.mayRead { return .woken }
        readiness.reader.arm()
        return await readiness.reader.wait()
    }
}
