import Glibc
import Testing

@testable import Sockets

/// Reads that stop short although more is there already, for which no further edge comes.
@Suite(.timeLimit(.minutes(1))) struct ShortReadTests {
    /// Reads until so many bytes came, waiting before each read.
    @LoopActor
    private func read(_ count: Int, from socket: Socket) async throws -> String {
        var text = ""
        while text.utf8.count < count {
            try await socket.untilReadable(deadline: .now + .seconds(10))
            text += try socket.receive()
        }
        return text
    }

    @Test func `a read that stops at TCP's urgent mark is not the end of what is there`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            peer.send("before")
            var mark: UInt8 = 0x21
            #expect(send(peer.descriptor, &mark, 1, CInt(MSG_OOB)) == 1)
            peer.send("behind")
            #expect(try await read(12, from: socket) == "beforebehind")
            // With nothing left a wait is a real one.
            #expect(try socket.receiveNothing())
            await #expect(throws: WaitError.timedOut) {
                try await socket.untilReadable(deadline: .now + .milliseconds(5))
            }
            peer.send("later")
            #expect(try await read(5, from: socket) == "later")
        }
    }

    @Test func `a message with descriptors is not the end either, and they are closed`() async throws {
        let listener = try RawListener(unixBacklog: 4)
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            var ends: [CInt] = [-1, -1]
            try #require(pipe(&ends) == 0)
            peer.send("before")
            try peer.send("middle", with: ends[1])
            close(ends[1])
            peer.send("behind")
            #expect(try await read(18, from: socket) == "beforemiddlebehind")
            // The only writer of the pipe that is left would be ours.
            var byte: UInt8 = 0
            #expect(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
            #expect(Glibc.read(ends[0], &byte, 1) == 0)
            close(ends[0])
        }
    }
}

extension Socket {
    /// True when a read says that it would block.
    fileprivate func receiveNothing() throws -> Bool {
        try read(into: EventLoop.shared.readBuffer) == .wouldBlock
    }
}

extension RawPeer {
    /// Sends `text` as one message that carries a descriptor.
    fileprivate func send(_ text: String, with carried: CInt) throws {
        var bytes = Array(text.utf8)
        // A header of 16 bytes (length, level, kind), the descriptor, and padding to 8 bytes.
        var control = [UInt8](repeating: 0, count: 24)
        control.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: 20, as: Int.self)
            buffer.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: CInt.self)
            buffer.storeBytes(of: 1, toByteOffset: 12, as: CInt.self)
            buffer.storeBytes(of: carried, toByteOffset: 16, as: CInt.self)
        }
        let sent = bytes.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { control in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var header = msghdr()
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    header.msg_control = control.baseAddress
                    header.msg_controllen = 24
                    return sendmsg(descriptor, &header, 0)
                }
            }
        }
        try #require(sent == bytes.count)
    }
}
