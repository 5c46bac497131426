import Glibc
import Sockets
import Synchronization
import Testing

struct EventLoopTests {
    @Test func `a started task runs on the loop from its first line to its last`() async throws {
        let task = EventLoop.shared.start {
            var wasElsewhere = !EventLoop.shared.isCurrent
            try? await EventLoop.shared.sleep(until: .now + .milliseconds(1))
            wasElsewhere = wasElsewhere || !EventLoop.shared.isCurrent
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 { group.addTask { EventLoop.shared.isCurrent } }
                for await isCurrent in group where !isCurrent { wasElsewhere = true }
            }
            return wasElsewhere
        }
        #expect(await task.value == false)
        #expect(!EventLoop.shared.isCurrent)
    }

    @Test func `work that throws hands its error to whoever waits`() async throws {
        let task = EventLoop.shared.startThrowing { throw Errno.brokenPipe }
        await #expect(throws: Errno.brokenPipe) { try await task.value }
    }

    @LoopActor
    @Test func `a function of the actor runs on the loop for a task of the global pool too`() async throws {
        #expect(EventLoop.shared.isCurrent)
        try await EventLoop.shared.sleep(until: .now + .milliseconds(1))
        #expect(EventLoop.shared.isCurrent)
        LoopActor.preconditionIsolated()
    }

    @Test func `posts of one thread arrive in order and none is lost`() async throws {
        let arrived = try await onLoop { Log() }
        let perThread = 2000
        let threads = 4
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    for number in 0..<perThread {
                        EventLoop.shared.post(.callback { arrived.add(thread, number) })
                    }
                }
            }
        }
        let log = try await onLoop { [goal = threads * perThread] in
            while arrived.entries.count < goal { try await turnOfLoop() }
            return arrived.entries
        }
        #expect(log.count == threads * perThread)
        for thread in 0..<threads {
            #expect(log.filter { $0.0 == thread }.map(\.1) == Array(0..<perThread))
        }
    }

    @Test func `sleepers wake by deadline`() async throws {
        let order = try await onLoop {
            let log = Log()
            let now = ContinuousClock.now
            var tasks: [Task<Void, any Error>] = []
            for (index, milliseconds) in [4, 1, 3, 1, 2].enumerated() {
                tasks.append(
                    EventLoop.shared.startThrowing {
                        try await EventLoop.shared.sleep(until: now + .milliseconds(milliseconds))
                        #expect(ContinuousClock.now >= now + .milliseconds(milliseconds))
                        log.add(index, milliseconds)
                    })
            }
            for task in tasks { try await task.value }
            return log.entries.map(\.1)
        }
        #expect(order == [1, 1, 2, 3, 4])
    }

    @Test func `a cancelled sleep throws at once`() async throws {
        try await onLoop {
            let sleeper = EventLoop.shared.startThrowing {
                try await EventLoop.shared.sleep(until: .now + .seconds(3600))
            }
            try await turnOfLoop()
            sleeper.cancel()
            await #expect(throws: CancellationError.self) { try await sleeper.value }
        }
    }

    @Test func `a planned callback runs once and a cancelled one never`() async throws {
        try await onLoop {
            let log = Log()
            let now = ContinuousClock.now
            _ = EventLoop.shared.schedule(.callback { log.add(1, 0) }, at: now)
            let never = EventLoop.shared.schedule(.callback { log.add(2, 0) }, at: now)
            EventLoop.shared.cancel(never)
            EventLoop.shared.cancel(never)
            try await turnOfLoop()
            try await turnOfLoop()
            #expect(log.entries.map(\.0) == [1])
        }
    }

    @Test func `timers fire while tasks keep the loop busy`() async throws {
        try await onLoop {
            let isOver = Flag()
            _ = EventLoop.shared.schedule(.callback { isOver.value = true }, at: .now + .milliseconds(1))
            while !isOver.value { await Task.yield() }
        }
    }

    @Test func `the last reference to a socket may go on any thread`() async throws {
        let listener = try RawListener()
        let (held, peer) = try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            return (Mutex<Socket?>(socket).boxed(), peer)
        }
        held.value.withLock { $0 = nil }
        // The close is the loop's to do, and this wait is the peer's: its read returns when the close came.
        #expect(peer.receive() == "")
    }

    @Test func `a caught signal reaches the handler on the loop`() async throws {
        try await onLoop {
            for signal in [SIGUSR1, SIGUSR2, SIGUSR1] {
                let arrival = Suspension()
                let log = Log()
                EventLoop.shared.handleSignals([SIGUSR1, SIGUSR2]) { number in
                    log.add(Int(number), 0)
                    arrival.wake()
                }
                let waiter = EventLoop.shared.start { await arrival.wait() }
                try await turnOfLoop()
                kill(getpid(), signal)
                #expect(await waiter.value == .woken)
                #expect(log.entries.map(\.0) == [Int(signal)])
                #expect(!SignalMailbox.hasPending)
            }
        }
    }
}

@LoopActor
private final class Flag {
    var value = false
    nonisolated init() {}
}

@LoopActor
private final class Log {
    private(set) var entries: [(Int, Int)] = []

    func add(_ first: Int, _ second: Int) {
        entries.append((first, second))
    }
}

final class Box<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}

extension Mutex where Value: Sendable {
    consuming func boxed() -> Box<Mutex<Value>> { Box(self) }
}
