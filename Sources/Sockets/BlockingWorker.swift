internal import Glibc
internal import Synchronization

/// Threads for calls that block and cannot be made otherwise, `getaddrinfo` above all.
///
/// At most `threadLimit` threads, started when a call finds none free, kept for the next. A caller who stops waiting
/// leaves at once; the call goes on by itself and its result is thrown away. Exiting the process waits for none of them.
package final class BlockingWorker: Sendable {
    package static let shared = BlockingWorker(threadLimit: 8)

    private struct Queue {
        var work: [@Sendable () -> Void] = []
        var next = 0
        var threads = 0
        var idle = 0
    }

    private let threadLimit: Int
    private let queue = Mutex(Queue())
    private let available: CountingSemaphore

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
        let parcel = Parcel<Result>()
        submit {
            let result = call()
            EventLoop.shared.post(.callback { parcel.deliver(result) })
        }
        switch await parcel.arrival.wait(until: deadline) {
        case .woken: break
        case .cancelled: throw .cancelled
        case .timedOut: throw .timedOut
        case .closed: throw .closed
        }
        guard let result = parcel.result else { throw .closed }
        return result
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        let mustStart = queue.withLock { queue in
            queue.work.append(work)
            guard queue.work.count - queue.next > queue.idle, queue.threads < threadLimit else {
                return false
            }
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
        if failure == 0 {
            pthread_detach(handle)
        } else {
            // No thread to be had: the work waits for one of those that run. The first one must exist.
            Unmanaged<BlockingWorker>.fromOpaque(context).release()
            let remaining = queue.withLock { queue in
                queue.threads -= 1
                return queue.threads
            }
            precondition(remaining > 0, "cannot start a worker thread: \(Errno(rawValue: failure))")
        }
    }

    private func work() {
        while true {
            queue.withLock { $0.idle += 1 }
            available.wait()
            let work = queue.withLock { queue -> (@Sendable () -> Void)? in
                queue.idle -= 1
                guard queue.next < queue.work.count else { return nil }
                let work = queue.work[queue.next]
                queue.next += 1
                if queue.next == queue.work.count {
                    queue.work.removeAll()
                    queue.next = 0
                }
                return work
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

    nonisolated init() {}

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
