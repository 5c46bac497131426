import Glibc

/// A door that starts closed and is opened once: a server step or a test waits at it instead of sleeping.
public final class Gate: Sendable {
    /// The end of a pipe that is readable from the opening on.
    let descriptor: Int32
    private let writeEnd: Int32

    /// A closed gate.
    public init() {
        guard let ends = try? makePipe() else { preconditionFailure("pipe failed: \(errno)") }
        (descriptor, writeEnd) = ends
        setNonBlocking(writeEnd)
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    /// Lets everyone through, now and later. May be called from any thread, any number of times.
    public func open() {
        write(writeEnd, "!", 1)
    }

    /// Whether `open` was called.
    public var isOpen: Bool {
        wait(timeoutSeconds: 0)
    }

    /// Blocks the thread until the gate is open; false when it still isn't after `timeoutSeconds`.
    @discardableResult
    public func wait(timeoutSeconds: Double = 10) -> Bool {
        waitForEvents([(descriptor, POLLIN)], milliseconds: Int32(timeoutSeconds * 1000)) != nil
    }

    /// Suspends until the gate is open, on a thread of its own; false after `timeoutSeconds`.
    @discardableResult
    public func opened(timeoutSeconds: Double = 10) async -> Bool {
        await withCheckedContinuation { continuation in
            startThread { continuation.resume(returning: self.wait(timeoutSeconds: timeoutSeconds)) }
        }
    }
}
