import Glibc
import Sockets
import Testing

struct SocketTests {
    // MARK: Connecting

    @Test func `a socket connects, sends and receives`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            #expect(socket.peerAddress == listener.address)
            #expect(socket.localAddress == rawPeerName(of: peer.descriptor))
            try socket.send("ping")
            #expect(peer.receive() == "ping")
            peer.send("pong")
            try await socket.untilReadable()
            #expect(try socket.receive() == "pong")
            #expect(try socket.receive() == "(would block)")
        }
    }

    @Test func `a Unix socket connects at once`() async throws {
        let listener = try RawListener(unixBacklog: 4)
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try socket.startConnect(to: listener.address))
            let peer = try listener.accept()
            peer.send("hello")
            try await socket.untilReadable()
            #expect(try socket.receive() == "hello")
            #expect(socket.peerAddress == listener.address)
        }
    }

    @Test func `a refused connection says so (SOCK-06)`() async throws {
        let address = try RawListener().address
        try await onLoop {
            let socket = try Socket(for: address)
            do {
                if try !socket.startConnect(to: address) {
                    try await socket.untilWritable()
                    try socket.finishConnect(to: address)
                }
                Issue.record("connected to nobody")
            } catch {
                #expect(error as? Errno == .connectionRefused)
            }
        }
    }

    @Test func `connecting to a full listener runs into the deadline (SOCK-06)`() async throws {
        let listener = try RawListener(backlog: 0)
        let crowd = try (0..<3).map { _ in try listener.connectRaw() }
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try !socket.startConnect(to: listener.address))
            await #expect(throws: WaitError.timedOut) {
                try await socket.untilWritable(deadline: .now + .milliseconds(2))
            }
            _ = crowd
        }
    }

    @Test func `a bound socket gets its port when it connects, so that destinations may share it`()
        async throws
    {
        let listener = try RawListener()
        try await onLoop {
            let socket = try Socket(for: listener.address)
            try socket.bind(to: SocketAddress.ipv4(0x7f00_0002, port: 0))
            #expect(socket.localAddress == .ipv4(0x7f00_0002, port: 0))
            #expect(try socket.startConnect(to: listener.address))
            guard case .ipv4(0x7f00_0002, let port) = socket.localAddress else {
                Issue.record("\(socket.localAddress as Any)")
                return
            }
            #expect(port != 0)
        }
    }

    @Test func `a connection on this machine stands at once`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try socket.startConnect(to: listener.address))
            let peer = try listener.accept()
            try socket.send("hello")
            #expect(peer.receive() == "hello")
            peer.send("well")
            try await socket.untilReadable()
            #expect(try socket.receive() == "well")
        }
    }

    @Test func `a full Unix listener means try again`() async throws {
        let listener = try RawListener(unixBacklog: 0)
        let crowd = try (0..<2).map { _ in try listener.connectRaw() }
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(throws: Errno.again) { try socket.startConnect(to: listener.address) }
            _ = crowd
        }
    }

    @Test func `a connection to itself counts as refused (SOCK-06)`() async throws {
        try await onLoop {
            // A port that is free again: the kernel gives none before it knows the destination.
            let itself = try RawListener().address
            let socket = try Socket(for: itself)
            try socket.bind(to: itself)
            await #expect(throws: Errno.connectionRefused) {
                if try !socket.startConnect(to: itself) { try await socket.untilWritable() }
                try socket.finishConnect(to: itself)
            }
            #expect(socket.peerAddress == itself)
        }
    }

    @Test func `the local address is bound before connecting and a taken one is refused`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let local = try #require(SocketAddress(numericHost: "127.0.0.2", port: 0))
            let socket = try Socket(for: listener.address)
            try socket.bind(to: local)
            _ = try socket.startConnect(to: listener.address)
            try await socket.untilWritable()
            try socket.finishConnect(to: listener.address)
            #expect(socket.localAddress?.host == "127.0.0.2")
            let other = try Socket(for: listener.address)
            #expect(throws: Errno.addressInUse) { try other.bind(to: listener.address) }
        }
    }

    @Test func `a Unix path that does not fit or holds a NUL is refused, not cut`() async throws {
        try await onLoop {
            let long = SocketAddress.unix([UInt8](repeating: 0x61, count: 109))
            let socket = try Socket(for: long)
            #expect(throws: Errno.nameTooLong) { try socket.startConnect(to: long) }
            #expect(throws: Errno.nameTooLong) { try socket.bind(to: long) }
            let split = SocketAddress.unix(Array("/tmp/a\0b".utf8))
            #expect(throws: Errno.invalidArgument) { try socket.startConnect(to: split) }
            #expect(throws: Errno.invalidArgument) { try socket.startConnect(to: .unix([])) }
        }
    }

    @Test func `sockets do not block, do not survive exec and do not wait to send (SOCK-04)`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            let foreign = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            let adopted = try Socket.adopt(foreign)
            for descriptor in [try #require(socket.rawDescriptor), try #require(adopted.rawDescriptor)] {
                #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
                #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
                #expect(intOption(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 0)
            }
            #expect(intOption(try #require(socket.rawDescriptor), CInt(IPPROTO_TCP), TCP_NODELAY) != 0)
            _ = peer
        }
    }

    @Test func `adopting a number that is no descriptor fails`() async throws {
        try await onLoop {
            _ = #expect(throws: Errno.badDescriptor) { try Socket.adopt(-1) }
        }
    }

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

    // MARK: Ending

    @Test func `closing wakes both waiters and every later call says closed`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            var block = [UInt8](repeating: 0, count: 1 << 20)
            while try block.withUnsafeMutableBytes({ try socket.write(UnsafeRawBufferPointer($0)) }) != 0 {}
            let reader = EventLoop.shared.startThrowing { try await socket.untilReadable() }
            let writer = EventLoop.shared.startThrowing { try await socket.untilWritable() }
            try await turnOfLoop()
            socket.close()
            socket.close()
            await #expect(throws: WaitError.closed) { try await reader.value }
            await #expect(throws: WaitError.closed) { try await writer.value }
            await #expect(throws: WaitError.closed) { try await socket.untilReadable() }
            #expect(throws: Errno.badDescriptor) { try socket.receive() }
            #expect(socket.isClosed)
            #expect(socket.rawDescriptor == nil)
            #expect(socket.localAddress == nil)
            #expect(!socket.isQuiet())
            _ = peer
        }
    }

    @Test func `a wait on a closed socket says closed even when bytes had come`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("x")
            try await socket.untilReadable()
            socket.close()
            await #expect(throws: WaitError.closed) { try await socket.untilReadable() }
            await #expect(throws: WaitError.closed) { try await socket.untilWritable() }
        }
    }

    @Test func `an abort is a reset for the peer and a close is an end`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (closed, polite) = try await Socket.connected(to: listener)
            closed.close()
            #expect(polite.receive() == "")
            let (aborted, rude) = try await Socket.connected(to: listener)
            aborted.abort()
            #expect(rude.receive() == nil)
            #expect(Errno.current == .connectionReset)
        }
    }

    @Test func `a cancelled or late wait leaves the socket usable`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            await #expect(throws: WaitError.timedOut) {
                try await socket.untilReadable(deadline: .now + .milliseconds(1))
            }
            let reader = EventLoop.shared.startThrowing { try await socket.untilReadable() }
            try await turnOfLoop()
            reader.cancel()
            await #expect(throws: WaitError.cancelled) { try await reader.value }
            peer.send("still here")
            try await socket.untilReadable()
            #expect(try socket.receive() == "still here")
        }
    }

    @Test func `a forgotten socket closes itself`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let peer = try await Socket.connected(to: listener).1
            #expect(peer.receive() == "")
        }
    }

    @Test func `an event for a closed descriptor does not reach the socket that took its number`()
        async throws
    {
        let listener = try RawListener()
        try await onLoop {
            let (old, oldPeer) = try await Socket.connected(to: listener)
            let number = old.rawDescriptor
            let swap = Swap()
            // Both events come in one batch: first the inbox, whose callback swaps the sockets, then the old one's byte.
            EventLoop.shared.post(
                .callback {
                    old.close()
                    swap.new = try? Socket(for: listener.address)
                    _ = try? swap.new?.startConnect(to: listener.address)
                })
            oldPeer.send("for the old one")
            try await turnOfLoop()
            let new = try #require(swap.new)
            try await new.untilWritable()
            try new.finishConnect(to: listener.address)
            if new.rawDescriptor == number { #expect(!new.mayRead) }
            let newPeer = try listener.accept()
            newPeer.send("for the new one")
            try await new.untilReadable()
            #expect(try new.receive() == "for the new one")
        }
    }

    // MARK: Quiet

    @Test func `an idle connection is quiet until a byte, an end or a reset comes`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            #expect(socket.isQuiet())
            peer.send("answer")
            try await turnOfLoop()
            #expect(!socket.isQuiet())
            #expect(!socket.isQuiet())
            #expect(try socket.receive() == "answer")
            #expect(socket.isQuiet())

            let (ended, finishing) = try await Socket.connected(to: listener)
            finishing.finish()
            try await turnOfLoop()
            #expect(!ended.isQuiet())

            let (reset, resetting) = try await Socket.connected(to: listener)
            resetting.resetOnClose()
            shutdownByClosing(resetting)
            try await turnOfLoop()
            #expect(!reset.isQuiet())
        }
    }

    @Test func `a connection whose last read filled its buffer exactly is quiet`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("1234")
            try await socket.untilReadable()
            #expect(try socket.receive(atMost: 4) == "1234")
            #expect(socket.mayRead)
            #expect(socket.isQuiet())
            #expect(!socket.mayRead)
        }
    }

    @Test func `an end that came with the last bytes is not quiet`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("bye")
            peer.finish()
            try await socket.untilReadable()
            #expect(try socket.receive() == "bye")
            #expect(!socket.isQuiet())
        }
    }

    // MARK: Many at once

    @Test func `fifty connections echo at once`() async throws {
        let listener = try RawListener(backlog: 64)
        try await onLoop {
            var exchanges: [Task<Int, any Error>] = []
            for _ in 0..<50 {
                let (client, peer) = try await Socket.connected(to: listener)
                let server = try Socket.adopt(dup(peer.descriptor))
                try server.register()
                exchanges.append(
                    EventLoop.shared.startThrowing {
                        while true {
                            try await server.untilReadable()
                            let text = try server.receive()
                            if text == "(end)" { return 0 }
                            if text != "(would block)" { try server.send(text) }
                        }
                    })
                exchanges.append(
                    EventLoop.shared.startThrowing {
                        for round in 0..<40 {
                            try client.send("\(round)")
                            try await client.untilReadable()
                            #expect(try client.receive() == "\(round)")
                        }
                        client.close()
                        return 40
                    })
                #expect(fcntl(peer.descriptor, F_GETFD) >= 0)
            }
            var total = 0
            for exchange in exchanges { total += try await exchange.value }
            #expect(total == 2000)
        }
    }
}

@LoopActor
private final class Swap {
    var new: Socket?
    nonisolated init() {}
}

/// Closes the peer's connection now; its number stays taken until the peer goes.
private func shutdownByClosing(_ peer: RawPeer) {
    let spare = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    dup2(spare, peer.descriptor)
    close(spare)
}

private func intOption(_ descriptor: CInt, _ level: CInt, _ name: CInt) -> CInt {
    var value: CInt = -1
    var size = socklen_t(MemoryLayout<CInt>.size)
    getsockopt(descriptor, level, name, &value, &size)
    return value
}

private func rawPeerName(of descriptor: CInt) -> SocketAddress? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            getpeername(descriptor, pointer, &size) == 0 ? SocketAddress(pointer, size: size) : nil
        }
    }
}
