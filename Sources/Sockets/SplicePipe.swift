internal import CSystem
internal import Glibc

/// A pipe inside the kernel through which bytes go from a socket to another descriptor without a copy in user space.
///
/// Invariant: whoever fills it empties it in the same turn of the loop, so one pipe serves all. What a failed
/// turn left in it is thrown away with the pipe and never reaches the next user.
@LoopActor
package final class SplicePipe {
    private let readEnd: FileDescriptor
    private let writeEnd: FileDescriptor
    /// The most bytes to ask for at once.
    package let capacity: Int
    /// Bytes that are in the pipe.
    package private(set) var held = 0

    private static var current: SplicePipe?
    /// What the kernel grants every user by default. It works with less, too.
    private static let wantedCapacity: CInt = 1 << 20

    private init() throws(Errno) {
        var ends: [CInt] = [-1, -1]
        _ = try SystemCall.retrying { pipe2(&ends, O_CLOEXEC | O_NONBLOCK) }
        readEnd = FileDescriptor(owning: ends[0])
        writeEnd = FileDescriptor(owning: ends[1])
        let granted = fcntl(ends[1], CInt(FERRY_F_SETPIPE_SZ), Self.wantedCapacity)
        capacity = granted > 0 ? Int(granted) : 64 * 1024
    }

    /// The loop's pipe, empty; made on first use. nil when the process has no descriptor left.
    package static func empty() -> SplicePipe? {
        if let current, current.held == 0 { return current }
        current = nil
        current = try? SplicePipe()
        return current
    }

    /// Moves what `source` has, at most `limit` bytes, into the pipe without waiting.
    /// - Returns: the number of bytes; 0 at the end of the stream.
    /// - Throws: the source's error; `.again` when it has nothing now.
    package func fill(from source: CInt, atMost limit: Int) throws(Errno) -> Int {
        let count = try SystemCall.retrying {
            splice(source, nil, writeEnd.rawValue, nil, min(limit, capacity), Self.flags)
        }
        held += count
        return count
    }

    /// Moves everything in the pipe to the place where `target` stands, without waiting for another pipe's reader. A
    /// target pipe that proves too small is made as large as this one: with 64 KiB at a time its reader would be
    /// woken too often.
    /// - Returns: the bytes moved, and why it was not all of them. Those that `target` refused are still held.
    package func empty(into target: CInt) -> (moved: Int, refusal: Errno?) {
        var moved = 0
        while held > 0 {
            do throws(Errno) {
                let count = try SystemCall.retrying {
                    splice(readEnd.rawValue, nil, target, nil, held, Self.flags)
                }
                guard count > 0 else { return (moved, Errno(rawValue: EIO)) }
                moved += count
                held -= count
            } catch {
                if error == .again, Self.widen(target) { continue }
                return (moved, error)
            }
        }
        return (moved, nil)
    }

    /// How a step from a socket straight into a pipe ended.
    package enum Move {
        /// Moved this many bytes; 0 = the socket's peer has ended.
        case moved(Int)
        /// The socket has nothing now.
        case isDrained
        /// The pipe takes nothing now.
        case isFull
    }

    /// Moves up to `limit` bytes that `source` has into `pipe`, which others may hold too, without waiting for
    /// either. A pipe that proves too small is made larger.
    /// - Throws: the error of either. What the socket told once it does not tell again.
    package static func move(from source: CInt, into pipe: CInt, atMost limit: Int) throws(Errno) -> Move {
        while true {
            do throws(Errno) {
                return .moved(
                    try SystemCall.retrying {
                        splice(source, nil, pipe, nil, min(limit, Int(wantedCapacity)), flags)
                    })
            } catch {
                guard error == .again else { throw error }
            }
            // The call does not say which of the two it would have waited for. What comes from here on brings an edge.
            if try hasNothing(source) { return .isDrained }
            guard hasRoom(pipe) || widen(pipe) else { return .isFull }
        }
    }

    /// Whether `descriptor` is a pipe.
    package static func isPipe(_ descriptor: CInt) -> Bool {
        fcntl(descriptor, CInt(FERRY_F_GETPIPE_SZ)) > 0
    }

    /// - Throws: the socket's error, which it tells once, whoever asks.
    private static func hasNothing(_ source: CInt) throws(Errno) -> Bool {
        var byte: UInt8 = 0
        do throws(Errno) {
            _ = try SystemCall.retrying { recv(source, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) }
            return false
        } catch .again {
            return true
        }
    }

    private static func hasRoom(_ pipe: CInt) -> Bool {
        var room = pollfd(fd: pipe, events: Int16(POLLOUT), revents: 0)
        return poll(&room, 1, 0) > 0
    }

    /// True when `target` is a pipe that has more room now.
    private static func widen(_ target: CInt) -> Bool {
        let size = fcntl(target, CInt(FERRY_F_GETPIPE_SZ))
        guard size > 0, size < wantedCapacity else { return false }
        return fcntl(target, CInt(FERRY_F_SETPIPE_SZ), wantedCapacity) > size
    }

    /// Takes bytes back out of the pipe.
    /// - Returns: their number, 0 once it is empty.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        guard held > 0 else { return 0 }
        let count = try SystemCall.retrying { Glibc.read(readEnd.rawValue, buffer.baseAddress, buffer.count) }
        held -= count
        return count
    }

    private static let flags = UInt32(FERRY_SPLICE_F_MOVE | FERRY_SPLICE_F_NONBLOCK)

    /// Drops up to `count` bytes that a TCP socket has received, without a pipe and without a copy; 0 = the peer has ended.
    package static func discard(from source: CInt, atMost count: Int) throws(Errno) -> Int {
        try SystemCall.discard(source, atMost: count)
    }
}
