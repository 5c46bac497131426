internal import CSystem
internal import Glibc

/// Input that the loop does not watch: files, and streams that may make their reader wait.
package enum FileInput {
    /// Lets the kernel send up to `count` bytes of a regular file from `offset`, without a copy in user space. The
    /// descriptor's own offset is neither used nor moved.
    ///
    /// Raises SIGPIPE where the peer has hung up, unless the process ignores that.
    /// - Returns: the bytes that the socket took; 0 = the file ends before `offset`.
    /// - Throws: `.again` when the socket takes none now; the errors of the file and those of the socket.
    package static func send(
        _ file: CInt, at offset: Int64, count: Int, to socket: CInt
    ) throws(Errno) -> Int {
        try SystemCall.retrying {
            var position = off_t(offset)
            return sendfile(socket, file, &position, count)
        }
    }

    /// Reads from the descriptor's offset what is there without waiting.
    /// - Returns: the number of bytes, 0 at the end; nil = only a call that may wait can tell, or say what is wrong.
    package static func readAtOnce(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        let count = try? SystemCall.retrying { preadv2(descriptor, &vector, 1, -1, CInt(FERRY_RWF_NOWAIT)) }
        // A pipe that nobody has written to yet looks as if it had ended.
        if count == 0, !isReadable(descriptor) { return nil }
        return count
    }

    /// Whether a read finds bytes, the end or an error at once.
    package static func isReadable(_ descriptor: CInt) -> Bool {
        var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&asked, 1, 0) != 0
    }

    /// Opens a file or what else is at a path, which ends in a NUL, for reading: a pipe without waiting for its writer.
    package static func open(_ path: [CChar]) -> CInt {
        Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    }

    /// Holds what is at a path, which ends in a NUL, without reading it: `/proc/self/fd` has another name for it then.
    package static func hold(_ path: [CChar]) -> CInt { Glibc.open(path, CInt(FERRY_O_PATH) | O_CLOEXEC) }
}
