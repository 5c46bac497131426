internal import Glibc
internal import Synchronization

extension EventLoop {
    /// Calls `handler` on the loop for each of `signals` that arrives from now on; the process no longer dies of them. Those
    /// that are ignored stay so.
    ///
    /// System calls that block are interrupted (no SA_RESTART), so that a write to a stuck pipe ends too.
    @LoopActor
    public func handleSignals(_ signals: [CInt], _ handler: @escaping @LoopActor (CInt) -> Void) {
        setSignalHandler(handler)
        for signal in signals { SignalMailbox.catchSignal(signal) }
    }

    /// Stops the process as SIGTSTP does by itself, after that signal was caught: returns when it is told to go on, or at once
    /// where nobody could tell it to.
    @LoopActor
    public func stopProcess() {
        SignalMailbox.release(SIGTSTP)
        kill(getpid(), SIGTSTP)
        SignalMailbox.catchSignal(SIGTSTP)
    }
}

/// Signals that arrived and were not yet handed to the loop, as a bit mask that a signal handler may write.
package enum SignalMailbox {
    private static let pending = Atomic<UInt64>(0)
    static let descriptor = Atomic<CInt>(-1)

    /// True when a caught signal waits for the loop that may end the process: lets a blocking write notice it after EINTR.
    package static var hasPending: Bool { pending.load(ordering: .relaxed) & ~pauses != 0 }

    /// After these everything goes on as before.
    private static let pauses: UInt64 = 1 << UInt64(SIGTSTP - 1) | 1 << UInt64(SIGCONT - 1)

    static func take() -> UInt64 {
        pending.exchange(0, ordering: .acquiringAndReleasing)
    }

    /// Restores the system's own handling.
    static func release(_ number: CInt) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = SIG_DFL
        sigaction(number, &action, nil)
    }

    static func catchSignal(_ number: CInt) {
        var action = sigaction()
        // The parent ignores the signal on purpose, as nohup does.
        if sigaction(number, nil, &action) == 0, isIgnored(action) { return }
        action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            // Only async-signal-safe steps: an atomic or and a write.
            let saved = errno
            SignalMailbox.pending.bitwiseOr(1 << UInt64(number - 1), ordering: .acquiringAndReleasing)
            var one: UInt64 = 1
            _ = write(SignalMailbox.descriptor.load(ordering: .relaxed), &one, 8)
            errno = saved
        }
        sigaction(number, &action, nil)
    }

    /// C functions can only be compared as numbers.
    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

extension EventLoop {
    /// True when a caught signal waits to be handled that may end the process, which a stop by Ctrl-Z does not: lets a blocking
    /// call that it interrupted end.
    public static var hasPendingSignals: Bool { SignalMailbox.hasPending }
}
