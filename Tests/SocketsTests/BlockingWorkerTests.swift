import Glibc
import Sockets
import Synchronization
import Testing

struct BlockingWorkerTests {
    @Test func `a result is delivered on the loop and made elsewhere`() async throws {
        try await onLoop {
            let wasOnLoop = try await BlockingWorker(threadLimit: 1).run { EventLoop.shared.isCurrent }
            #expect(!wasOnLoop)
            #expect(EventLoop.shared.isCurrent)
        }
    }

    @Test func `no more calls run at once than there may be threads and the ninth waits its turn (DNS-22)`()
        async throws
    {
        try await onLoop {
            let worker = BlockingWorker(threadLimit: 8)
            let gate = Gate()
            let meter = Meter()
            let calls = (0..<9).map { number in
                EventLoop.shared.startThrowing {
                    try await worker.run {
                        meter.enter()
                        gate.pass()
                        meter.leave()
                        return number
                    }
                }
            }
            try await meter.reach(8)
            gate.open()
            for (number, call) in calls.enumerated() { #expect(try await call.value == number) }
            #expect(meter.highest == 8)
        }
    }

    @Test func `calls of one thread run in the order they came`() async throws {
        try await onLoop {
            let worker = BlockingWorker(threadLimit: 1)
            let order = Box(Mutex<[Int]>([]))
            let calls = (0..<200).map { number in
                EventLoop.shared.startThrowing {
                    try await worker.run { order.value.withLock { $0.append(number) } }
                }
            }
            for call in calls { try await call.value }
            #expect(order.value.withLock { $0 } == Array(0..<200))
        }
    }

    @Test func `a cancelled caller returns at once and the thread goes on to serve others (DNS-22)`()
        async throws
    {
        try await onLoop {
            let worker = BlockingWorker(threadLimit: 1)
            let gate = Gate()
            let meter = Meter()
            let stuck = EventLoop.shared.startThrowing {
                try await worker.run {
                    meter.enter()
                    gate.pass()
                }
            }
            try await meter.reach(1)
            stuck.cancel()
            await #expect(throws: WaitError.cancelled) { try await stuck.value }
            gate.open()
            #expect(try await worker.run { 7 } == 7)
        }
    }

    @Test func `a caller whose deadline passes leaves and its queued call is dropped`() async throws {
        try await onLoop {
            let worker = BlockingWorker(threadLimit: 1)
            let gate = Gate()
            let meter = Meter()
            let first = EventLoop.shared.startThrowing {
                try await worker.run {
                    meter.enter()
                    gate.pass()
                }
            }
            try await meter.reach(1)
            await #expect(throws: WaitError.timedOut) {
                try await worker.run(deadline: .now + .milliseconds(1)) { meter.enter() }
            }
            gate.open()
            try await first.value
            // This one is behind the dropped call, so that one had its chance when this returns.
            try await worker.run {}
            #expect(meter.highest == 1)
        }
    }

    @Test func `a caller that is already cancelled submits nothing`() async throws {
        try await onLoop {
            let worker = BlockingWorker(threadLimit: 1)
            let meter = Meter()
            let task = EventLoop.shared.startThrowing {
                withUnsafeCurrentTask { $0?.cancel() }
                try await worker.run { meter.enter() }
            }
            await #expect(throws: WaitError.cancelled) { try await task.value }
            try await worker.run {}
            #expect(meter.highest == 0)
        }
    }

    @Test func `callers that cancel while results arrive each return once`() async throws {
        let worker = BlockingWorker(threadLimit: 4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for round in 0..<300 {
                        let call = EventLoop.shared.startThrowing { try await worker.run { round } }
                        call.cancel()
                        switch await call.result {
                        case .success(let value): #expect(value == round)
                        case .failure(let error): #expect(error as? WaitError == .cancelled)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Holds worker threads until opened.
private final class Gate: Sendable {
    private let ends: (CInt, CInt)

    init() {
        var ends: [CInt] = [-1, -1]
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
        self.ends = (ends[0], ends[1])
    }

    deinit {
        close(ends.0)
        close(ends.1)
    }

    func open() { shutdown(ends.1, CInt(SHUT_WR)) }

    func pass() {
        var byte: UInt8 = 0
        _ = recv(ends.0, &byte, 1, 0)
    }
}

/// Counts the calls that run now, and the most there ever were.
private final class Meter: Sendable {
    private let state = Mutex((now: 0, highest: 0))

    var highest: Int { state.withLock { $0.highest } }

    func enter() {
        state.withLock { state in
            state.now += 1
            state.highest = max(state.highest, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }

    @LoopActor
    func reach(_ count: Int) async throws {
        while highest < count { try await EventLoop.shared.sleep(until: .now + .milliseconds(1)) }
    }
}
