internal import Glibc
internal import Synchronization

/// Threads for calls that can only block, `getaddrinfo` above all.
///
/// There are at most `threadLimit` threads. One is started when a call finds none free, and is kept for later calls.
/// A caller that stops waiting returns at once: a call that has not begun is dropped, and the result of one that has
/// begun is discarded. The exit of the process waits for no thread.
package final class BlockingWorker: Sendable {
    /// The workers for names to resolve: eight at once.
    package static let shared = BlockingWorker(threadLimit: 8)

    /// Those for files that may keep their reader waiting, so that names to resolve do not wait for them.
    package static let files = BlockingWorker(threadLimit: 8)

    private typealias Work = @Sendable () -> Void

    /// First come, first served. The front half is stored backwards, so that taking shifts nothing.
    private struct Queue {
        var front: [Work] = []
        var back: [Work] = []
        var threads = 0
        var idle = 0

        var count: Int { front.count + back.count }

        mutating func take() -> Work? {
            if front.isEmpty {
                front = back.reversed()
                back = []
            }
            return front.popLast()
        }
    }

    private let threadLimit: Int
    private let queue = Mutex(Queue())
    private let available: CountingSemaphore

    /// Starts no thread yet.
    package init(threadLimit: Int) {
        self.threadLimit = threadLimit
        available = CountingSemaphore()
    }

    /// Runs `call` on a worker thread and returns its result on the loop.
    /// - Throws: `WaitError` when the caller is cancelled or `deadline` passes first; the call is not interrupted.
    @LoopActor
    package func run<Result: Sendable>(
        deadline: ContinuousClock.Instant? = nil, _ call: @escaping @Sendable () -> Result
    ) async throws(WaitError) -> Result {
        if Task.isCancelled { throw .cancelled }
        let parcel = Parcel<Result>()
        submit {
            guard parcel.isWanted else { return }
            let result = call()
            EventLoop.shared.post(.callback { parcel.deliver(result) })
        }
        let outcome = await parcel.arrival.wait(until: deadline)
        if outcome == .woken, let result = parcel.result { return result }
        parcel.refuse()
        throw outcome == .timedOut ? .timedOut : .cancelled
    }

    private func submit(_ work: @escaping Work) {
        let mustStart = queue.withLock { queue in
            queue.back.append(work)
            guard queue.count > queue.idle, queue.threads < threadLimit else { return false }
            queue.threads += 1
            return true
        }
        if mustStart { startThread() }
        available.signal()
    }

    private func startThread() {
        var handle = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &handle, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<BlockingWorker>.fromOpaque(context).takeUnretainedValue().work()
                return nil
            }, context)
        guard failure != 0 else {
            pthread_detach(handle)
            return
        }
        Unmanaged<BlockingWorker>.fromOpaque(context).release()
        let orphan = queue.withLock { queue in
            queue.threads -= 1
            return queue.threads == 0 ? queue.take() : nil
        }
        // No thread can be started: the work waits for one of those that run. Where none runs, it blocks its caller.
        orphan?()
    }

    private func work() {
        while true {
            queue.withLock { $0.idle += 1 }
            available.wait()
            let work = queue.withLock { queue in
                queue.idle -= 1
                return queue.take()
            }
            work?()
        }
    }
}

/// Carries one result from a worker thread to the task that waits on the loop.
@LoopActor
private final class Parcel<Result: Sendable> {
    let arrival = Suspension()
    private(set) var result: Result?
    private nonisolated let isRefused = Atomic<Bool>(false)

    nonisolated init() {}

    nonisolated var isWanted: Bool { !isRefused.load(ordering: .relaxed) }

    func refuse() {
        isRefused.store(true, ordering: .relaxed)
    }

    func deliver(_ result: Result) {
        self.result = result
        arrival.wake()
    }
}

/// The C library's semaphore at a fixed address.
private final class CountingSemaphore: Sendable {
    // Safe: the pointer never changes, and sem_wait and sem_post are made to be called from any thread.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() {
        sem_post(semaphore)
    }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
