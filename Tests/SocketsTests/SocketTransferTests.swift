import Glibc
import Sockets
import Testing

struct SocketTransferTests {
    // MARK: Reading

    @Test func `a read that fills its buffer leaves the rest for another without a wait`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("abcdef")
            try await socket.untilReadable()
            #expect(try socket.receive(atMost: 3) == "abc")
            #expect(socket.mayRead)
            try await socket.untilReadable()
            #expect(try socket.receive(atMost: 4) == "def")
            #expect(!socket.mayRead)
        }
    }

    @Test func `bytes that arrive between a short read and the wait are not lost`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            for round in 0..<500 {
                peer.send("first")
                try await socket.untilReadable()
                // The loop has seen the first edge only. The second comes before, or after, the read drains.
                if round % 2 == 0 {
                    #expect(try socket.receive() == "first")
                    peer.send("second")
                } else {
                    #expect(try socket.receive(atMost: 4) == "firs")
                    #expect(try socket.receive() == "t")
                    peer.send("second")
                }
                #expect(!socket.mayRead)
                try await socket.untilReadable()
                #expect(try socket.receive() == "second")
            }
        }
    }

    @LoopActor
    @Test func `a task that does not prefer the loop loses no edge on its way to sleep`() async throws {
        let listener = try RawListener()
        let (socket, peer) = try await Socket.connected(to: listener)
        for _ in 0..<2000 {
            // Comes while the task is on its way through the loop's queue.
            EventLoop.shared.post(.callback { peer.send("x") })
            try await socket.untilReadable()
            #expect(try socket.receive() == "x")
        }
    }

    @Test func `an end shows after the bytes before it, and again each time`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("last words")
            peer.finish()
            try await socket.untilReadable()
            #expect(try socket.receive() == "last words")
            for _ in 0..<3 {
                try await socket.untilReadable()
                #expect(try socket.receive() == "(end)")
            }
            // The other direction is still open.
            try socket.send("reply")
            #expect(peer.receive() == "reply")
        }
    }

    @Test func `an end that comes after a short read wakes the reader`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("a")
            try await socket.untilReadable()
            peer.finish()
            #expect(try socket.receive() == "a")
            #expect(!socket.mayRead)
            try await socket.untilReadable()
            #expect(try socket.receive() == "(end)")
        }
    }

    @Test func `a reset wakes the reader and is an error`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.resetOnClose()
            let reader = EventLoop.shared.startThrowing {
                try await socket.untilReadable()
                return try socket.receive()
            }
            try await turnOfLoop()
            shutdownByClosing(peer)
            await #expect(throws: Errno.connectionReset) { try await reader.value }
        }
    }

    @Test func `bytes that are there at every wait do not outlast the deadline`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            #expect(try socket.receive() == "(would block)")
            peer.send("x")
            // The loop finds the byte and the timer in one turn.
            await #expect(throws: WaitError.timedOut) { try await socket.untilReadable(deadline: .now) }
            try await socket.untilReadable()
        }
    }

    @Test func `a reader who is always served still lets timers and its own deadline through`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("x")
            try await socket.untilReadable()
            let isOver = Suspension()
            let watcher = EventLoop.shared.start { await isOver.wait(until: .now) }
            // The byte is never read, so every wait may return at once.
            await #expect(throws: WaitError.timedOut) {
                let deadline = ContinuousClock.now + .milliseconds(1)
                while true { try await socket.untilReadable(deadline: deadline) }
            }
            #expect(!isOver.isOccupied)
            #expect(await watcher.value == .timedOut)
            let endless = EventLoop.shared.startThrowing { while true { try await socket.untilReadable() } }
            try await turnOfLoop()
            endless.cancel()
            await #expect(throws: WaitError.cancelled) { try await endless.value }
        }
    }

    // MARK: Writing

    @Test func `a writer waits for a slow reader and every byte arrives`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            let total = 16 << 20
            let reader = try Socket.adopt(dup(peer.descriptor))
            try reader.register()
            let writer = EventLoop.shared.startThrowing {
                let chunk = [UInt8](repeating: 0x2e, count: 1 << 20)
                var (sent, waits) = (0, 0)
                while sent < total {
                    let count = try chunk.withUnsafeBytes { try socket.write($0) }
                    sent += count
                    if count < chunk.count {
                        waits += 1
                        try await socket.untilWritable()
                    }
                }
                socket.close()
                return waits
            }
            var received = 0
            loop: while true {
                try await reader.untilReadable()
                switch try reader.read(into: EventLoop.shared.readBuffer) {
                case .bytes(let count): received += count
                case .wouldBlock: continue
                case .end: break loop
                }
            }
            #expect(try await writer.value > 0)
            #expect(received >= total)
        }
    }

    @Test func `writing to a closed peer is EPIPE or a reset and no signal (SOCK-04)`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.resetOnClose()
            shutdownByClosing(peer)
            try await socket.untilReadable()
            #expect(throws: Errno.connectionReset) { try socket.receive() }
            #expect(throws: Errno.brokenPipe) { try socket.send("anybody?") }
        }
    }
}
