internal import CSystem
internal import Glibc

/// Input that the loop does not watch: files, and streams that may make their reader wait.
package enum FileInput {
    /// Lets the kernel send up to `count` bytes of a regular file, which it neither reads from nor moves the place where
    /// the descriptor stands, without a copy in user space.
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

    /// Reads from where the descriptor stands what is there without waiting.
    /// - Returns: the number of bytes, 0 at the end; nil = only a call that may wait can tell, and what is wrong too.
    package static func readAtOnce(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        let count = try? SystemCall.retrying { preadv2(descriptor, &vector, 1, -1, CInt(FERRY_RWF_NOWAIT)) }
        return count
    }
}
