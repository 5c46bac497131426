internal import CSystem
internal import Glibc
internal import Synchronization

/// An edge-triggered epoll loop that is both the executor of `@LoopActor` and the preferred executor of tasks.
///
/// One thread runs it: the one that calls `runMain`, or else a background thread of its own that starts with the first
/// job. Jobs, timers and readiness belong to that thread and need no lock. Other threads reach it through the inbox,
/// whose lock is held for an append only, and an eventfd.
public final class EventLoop: SerialExecutor, TaskExecutor {
    /// The one loop of the process.
    public static let shared = EventLoop()

    /// What a timer does when it is due.
    package enum Timer {
        case suspension(Suspension, UInt32)
        case callback(@LoopActor () -> Void)
    }

    /// What another thread leaves for the loop.
    package enum Message: Sendable {
        case job(UnownedJob)
        case cancellation(Suspension, UInt32)
        case callback(@LoopActor @Sendable () -> Void)
    }

    private struct Inbox {
        var messages: [Message] = []
        var isSignalled = false
        var hasThread = false
    }

    /// What only the loop's thread touches.
    private struct Local {
        /// What the loop sleeps on; −1 while the process has no descriptor for it.
        var epoll: CInt = -1
        var jobs: [UnownedJob] = []
        var timers = TimerHeap<Timer>()
        /// The pauses that the policy allows; nil = none.
        var coalescing: Coalescing?
        /// How many events the last look brought.
        var lastCount = 0
        /// What is put off to the end of the turn.
        var endings: [@LoopActor () -> Void] = []
        /// By descriptor.
        var sources: [Readiness?] = []
        var sourceCount = 0
        var generation: UInt32 = 0
        var buffer: UnsafeMutableRawBufferPointer?
        var isStopped = false
        var signalHandler: (@LoopActor (CInt) -> Void)?
    }

    private let inbox = Mutex(Inbox())
    /// The loop's thread; 0 = none yet. Static: every step of a request reads it, and a static is read without going
    /// through objects.
    static let thread = Atomic<UInt>(0)
    /// Ends a sleep; −1 as long as `Local.epoll` is.
    private let wakeup = Atomic<CInt>(-1)
    // Safe: read and written on the loop's thread only. `enqueue` checks the thread; every other use is behind
    // `@LoopActor` or inside `run`, which is that thread.
    private nonisolated(unsafe) var local = Local()

    /// How many jobs run before readiness is looked at again, so that busy tasks cannot starve sockets.
    private static let batch = 512
    private static let wakeupMark = UInt64.max

    private init() {
        // Without them jobs and timers run all the same; the first socket tries again, and fails with the reason.
        try? openDescriptors()
    }

    private func openDescriptors() throws(Errno) {
        let epoll = FileDescriptor(
            owning: try SystemCall.retrying { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        let wakeup = FileDescriptor(
            owning: try SystemCall.retrying { eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)) })
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = Self.wakeupMark
        _ = try SystemCall.retrying {
            epoll_ctl(epoll.rawValue, EPOLL_CTL_ADD, wakeup.rawValue, &event)
        }
        local.epoll = epoll.release()
        self.wakeup.store(wakeup.release(), ordering: .releasing)
    }

    // MARK: Executor, any thread

    /// Takes a job from the runtime: on the loop's thread by an append, elsewhere through the inbox.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            local.jobs.append(job)
        } else {
            post(.job(job))
        }
    }

    /// Leaves a message for the loop and wakes it when it may be asleep. Any thread, also a signal-free callback.
    package func post(_ message: Message) {
        let (mustSignal, mustStart) = inbox.withLock { inbox in
            inbox.messages.append(message)
            let mustSignal = !inbox.isSignalled
            inbox.isSignalled = true
            let mustStart = !inbox.hasThread
            inbox.hasThread = true
            return (mustSignal, mustStart)
        }
        if mustStart { startThread() }
        if mustSignal { signalWakeup() }
    }

    private func signalWakeup() {
        let descriptor = wakeup.load(ordering: .acquiring)
        guard descriptor >= 0 else { return }
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    // MARK: Running

    /// Makes the calling thread the loop's thread, runs `body` on it and returns what `body` returns.
    ///
    /// For executables, once, before anything else touched the loop; traps when the loop already has a thread.
    public func runMain(_ body: @escaping @LoopActor @Sendable () async -> CInt) -> CInt {
        let isFree = inbox.withLock { inbox in
            defer { inbox.hasThread = true }
            return !inbox.hasThread
        }
        precondition(isFree, "the event loop already has a thread")
        Self.thread.store(UInt(pthread_self()), ordering: .relaxed)
        // Safe: written by the task on this very thread, and read after `run` has returned.
        nonisolated(unsafe) var result: CInt = 0
        Task(executorPreference: self) {
            result = await body()
            self.stop()
        }
        run()
        return result
    }

    private func stop() {
        local.isStopped = true
    }

    private func startThread() {
        var handle = pthread_t()
        let context = Unmanaged.passUnretained(self).toOpaque()
        let failure = pthread_create(&handle, nil, EventLoop.threadMain, context)
        precondition(failure == 0, "cannot start the event loop's thread: \(Errno(rawValue: failure))")
        pthread_detach(handle)
    }

    private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        _ in
        let loop = EventLoop.shared
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        loop.run()
        return nil
    }

    /// The turns of the loop. What it calls runs outside a job, so the compiler cannot see that it is on the loop's thread:
    /// hence `assumeIsolated` there (see the article Performance, thunks and isolation).
    private func run() {
        let executor = asUnownedSerialExecutor()
        let preference = asUnownedTaskExecutor()
        // On the heap: a stack allocation of this size makes the runtime read /proc/self/maps first.
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)
        defer { events.deallocate() }
        while true {
            var next = 0
            while next < local.jobs.count, next < Self.batch {
                local.jobs[next].runSynchronously(isolatedTo: executor, taskExecutor: preference)
                next += 1
            }
            if next == local.jobs.count {
                local.jobs.removeAll(keepingCapacity: true)
            } else {
                local.jobs.removeFirst(next)
            }
            if local.isStopped { return }
            endTurn()
            poll(events)
            fireTimers()
        }
    }

    private func endTurn() {
        while !local.endings.isEmpty {
            let endings = exchange(&local.endings, with: [])
            LoopActor.assumeIsolated {
                for ending in endings { ending() }
            }
        }
    }

    private func poll(_ events: UnsafeMutableBufferPointer<epoll_event>) {
        guard local.epoll >= 0 else { return doze() }
        let timeout = timeout()
        let (lastCount, sockets) = (local.lastCount, local.sourceCount)
        if let pause = local.coalescing?.pause(
            events: lastCount, sockets: sockets, timeout: timeout, now: .now)
        {
            SystemCall.sleep(pause)
        }
        let count = epoll_wait(local.epoll, events.baseAddress, CInt(events.count), timeout)
        local.lastCount = Int(max(0, count))
        guard count > 0 else {
            // A signal ended the wait: its handler left a message in the inbox or a bit in the mask.
            deliverSignals()
            return
        }
        for index in 0..<Int(count) {
            let event = events[index]
            guard event.data.u64 != Self.wakeupMark else {
                drainInbox()
                deliverSignals()
                continue
            }
            let slot = Int(truncatingIfNeeded: event.data.u64 & 0xffff_ffff)
            let generation = UInt32(truncatingIfNeeded: event.data.u64 >> 32)
            // A descriptor that was closed and reused since: the event is not for its new owner.
            guard let source = local.sources[slot], source.generation == generation else { continue }
            source.handle(event.events)
        }
    }

    /// Sleeps where there is no descriptor to sleep on. Nothing can wake the loop then, so it polls.
    private func doze() {
        let limit: CInt = 5
        let wanted = timeout()
        _ = Glibc.poll(nil, 0, wanted < 0 ? limit : min(wanted, limit))
        drainInbox()
        deliverSignals()
    }

    /// Milliseconds to sleep: 0 with work at hand, −1 with nothing planned, rounded up so that no timer is early.
    private func timeout() -> CInt {
        guard local.jobs.isEmpty else { return 0 }
        guard let deadline = local.timers.nextDeadline else { return -1 }
        let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
        if seconds < 0 || attoseconds < 0 { return 0 }
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return CInt(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    private func drainInbox() {
        let messages = inbox.withLock { inbox in
            inbox.isSignalled = false
            return exchange(&inbox.messages, with: [])
        }
        for message in messages {
            switch message {
            case .job(let job): local.jobs.append(job)
            case .cancellation(let suspension, let epoch):
                LoopActor.assumeIsolated { suspension.wake(.cancelled, ifEpoch: epoch) }
            case .callback(let body): LoopActor.assumeIsolated { body() }
            }
        }
    }

    private func fireTimers() {
        guard let deadline = local.timers.nextDeadline else { return }
        let now = ContinuousClock.now
        guard deadline <= now else { return }
        LoopActor.assumeIsolated {
            while let timer = local.timers.popDue(now: now) {
                switch timer {
                case .suspension(let suspension, let epoch): suspension.wake(.timedOut, ifEpoch: epoch)
                case .callback(let body): body()
                }
            }
        }
    }
}

// MARK: - On the loop

extension EventLoop {
    /// Plans `timer`; it runs on the loop at or just after `deadline`.
    @LoopActor
    package func schedule(_ timer: Timer, at deadline: ContinuousClock.Instant) -> TimerHeap<Timer>.ID {
        local.timers.insert(timer, at: deadline)
    }

    /// Forgets a planned timer; nothing happens when it already ran.
    @LoopActor
    package func cancel(_ timer: TimerHeap<Timer>.ID) {
        local.timers.cancel(timer)
    }

    /// Calls `body` once, before the loop looks for readiness again: for work that many jobs of one turn would do and
    /// undo.
    @LoopActor
    package func atEndOfTurn(_ body: @escaping @LoopActor () -> Void) {
        local.endings.append(body)
    }

    /// Timers that are planned now, including what was put off to the end of the turn. For tests.
    @LoopActor
    package var timerCount: Int {
        endTurn()
        return local.timers.count
    }

    /// The one read buffer, shared by all connections: what is in it is valid until the next suspension.
    @LoopActor
    package var readBuffer: UnsafeMutableRawBufferPointer {
        if let buffer = local.buffer { return buffer }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBufferBytes, alignment: 4096)
        local.buffer = buffer
        return buffer
    }

    /// Large enough that a fast download costs few system calls, small enough to stay in the second-level cache.
    package static let readBufferBytes = 256 * 1024

    /// When the loop may pause; `.immediate` unless it is set.
    @LoopActor
    public var policy: Policy {
        get { local.coalescing == nil ? .immediate : .coalescing }
        set { local.coalescing = newValue == .coalescing ? Coalescing() : nil }
    }

    /// Counts a read for which `isBulk` is true.
    @LoopActor
    package func noteBulk(_ count: Int) {
        local.coalescing?.noteBulk(count)
    }

    @LoopActor
    func add(_ source: Readiness, descriptor: CInt, generation: UInt32) throws(Errno) {
        if local.epoll < 0 {
            try openDescriptors()
            SignalMailbox.descriptor.store(wakeup.load(ordering: .relaxed), ordering: .relaxed)
            // Messages that came before this had no descriptor to wake the loop with.
            signalWakeup()
        }
        let slot = Int(descriptor)
        while local.sources.count <= slot { local.sources.append(nil) }
        local.sources[slot] = source
        var event = epoll_event()
        event.events =
            EPOLLIN.rawValue | EPOLLPRI.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        event.data.u64 = UInt64(generation) << 32 | UInt64(slot)
        if epoll_ctl(local.epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 {
            let error = Errno.current
            local.sources[slot] = nil
            throw error
        }
        local.sourceCount += 1
    }

    @LoopActor
    func nextGeneration() -> UInt32 {
        local.generation &+= 1
        return local.generation
    }

    /// Forgets a descriptor that is about to be closed, which takes it out of epoll, or one that stays open.
    @LoopActor
    func remove(descriptor: CInt, staysOpen: Bool = false) {
        if staysOpen { epoll_ctl(local.epoll, EPOLL_CTL_DEL, descriptor, nil) }
        local.sources[Int(descriptor)] = nil
        local.sourceCount -= 1
    }
}

// MARK: - Signals

extension EventLoop {
    @LoopActor
    func setSignalHandler(_ handler: @escaping @LoopActor (CInt) -> Void) {
        // The end of the old handler may end objects that touch the loop, which must not happen during this write.
        withExtendedLifetime(exchange(&local.signalHandler, with: handler)) {}
        // Also makes both globals exist before a signal's handler touches them: it must not run an initializer.
        _ = SignalMailbox.hasPending
        SignalMailbox.descriptor.store(wakeup.load(ordering: .relaxed), ordering: .relaxed)
    }

    private func deliverSignals() {
        var pending = SignalMailbox.take()
        guard pending != 0, let handler = local.signalHandler else { return }
        LoopActor.assumeIsolated {
            while pending != 0 {
                let number = CInt(pending.trailingZeroBitCount) + 1
                pending &= pending - 1
                handler(number)
            }
        }
    }
}
