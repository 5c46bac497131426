import Glibc
import Sockets
import Testing

struct SocketEndingTests {
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
}

@LoopActor
private final class Swap {
    var new: Socket?
    nonisolated init() {}
}
