internal import CGnuTLS
internal import Glibc

/// What became of one attempt to move ciphertext.
package enum IOResult: Sendable, Hashable {
    /// So many bytes were moved; never 0.
    case bytes(Int)
    /// Nothing can be moved now.
    case wouldBlock
    /// The peer has ended the stream; only for reads.
    case end
    /// The transport failed with this `errno`.
    case failed(errno: CInt)
}

/// Where a session's ciphertext comes from and goes to. Neither kind may block.
package enum TLSChannel {
    /// A connected non-blocking socket, which stays the caller's: the session never closes it.
    case descriptor(CInt)
    /// Two functions, for memory and for TLS inside TLS. They are called only from within the session's methods.
    case callbacks(
        read: (UnsafeMutableRawBufferPointer) -> IOResult, write: (UnsafeRawBufferPointer) -> IOResult)
}

/// The session's end of a channel: reads ahead, so that one system call brings many records, and remembers what
/// stopped the last call.
///
/// Invariant: the buffer exists only while it holds ciphertext that GnuTLS has not taken or a call is under way, so an
/// idle connection costs no memory.
struct ChannelState {
    /// Four full records: more is no faster, less costs system calls.
    static let capacity = 4 * (16384 + 256)

    /// Why GnuTLS was told to try again later.
    enum Block {
        case read
        case write
    }

    let channel: TLSChannel
    /// What stopped the call under way; nil when nothing did.
    var block: Block?
    /// Whether an empty buffer may be filled. Cleared once a call has bytes to return and the channel looks drained.
    var mayFill = true
    /// How many more times the call under way may fill the buffer; nil = as often as it likes.
    var fillsLeft: Int?
    /// Whether another record follows the one being sent, so that the kernel may wait for it to fill a segment.
    var moreFollows = false
    /// Whether the last fill brought less than there was room for: what follows is most likely nothing.
    private(set) var isDrained = false
    /// The transport's error, if it failed.
    private(set) var failure: CInt?
    /// Whether the transport has ended.
    private(set) var hasEnded = false
    /// The first bytes that the peer sent, to tell when it does not speak TLS.
    private(set) var firstBytes: [UInt8] = []

    private var buffer: UnsafeMutableRawBufferPointer?
    private var start = 0
    private var end = 0

    init(_ channel: TLSChannel) {
        self.channel = channel
    }

    /// Bytes read ahead that GnuTLS has not taken yet.
    var buffered: Int { end - start }

    /// Gives GnuTLS up to `count` bytes; its conventions: 0 at the end, -1 with an error number in `errorNumber`.
    mutating func pull(_ target: UnsafeMutableRawPointer, _ count: Int, errorNumber: inout CInt) -> Int {
        if buffered == 0 {
            guard mayFill, fillsLeft != 0 else { return stop(.read, &errorNumber) }
            fillsLeft = fillsLeft.map { $0 - 1 }
            switch fill() {
            case .bytes: break
            case .wouldBlock: return stop(.read, &errorNumber)
            case .end:
                hasEnded = true
                return 0
            case .failed(let number):
                failure = number
                errorNumber = number
                return -1
            }
        }
        guard let base = buffer?.baseAddress else { return 0 }
        let taken = min(count, buffered)
        target.copyMemory(from: base + start, byteCount: taken)
        start += taken
        return taken
    }

    private mutating func stop(_ reason: Block, _ errorNumber: inout CInt) -> Int {
        block = reason
        errorNumber = EAGAIN
        return -1
    }

    private mutating func fill() -> IOResult {
        let space = buffer ?? .allocate(byteCount: Self.capacity, alignment: 16)
        buffer = space
        let result: IOResult
        switch channel {
        case .descriptor(let descriptor): result = Self.receive(descriptor, space)
        case .callbacks(let read, _): result = read(space)
        }
        if case .bytes(let count) = result {
            start = 0
            end = min(count, space.count)
            isDrained = end < space.count
            if firstBytes.count < 5 { firstBytes += space[0..<min(end, 5)] }
            if end == 0 {
                return .end
            }
        } else {
            isDrained = true
        }
        return result
    }

    private static func receive(_ descriptor: CInt, _ space: UnsafeMutableRawBufferPointer) -> IOResult {
        while true {
            let count = recv(descriptor, space.baseAddress, space.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case let number: return .failed(errno: number)
            }
        }
    }

    /// Sends what GnuTLS has gathered; its conventions as above.
    mutating func push(_ vectors: UnsafePointer<giovec_t>, _ count: Int, errorNumber: inout CInt) -> Int {
        let result: IOResult
        switch channel {
        case .descriptor(let descriptor):
            let more = moreFollows ? CInt(MSG_MORE) : 0
            result = Self.send(descriptor, vectors, count, flags: more)
        case .callbacks(_, let write): result = Self.send(write, vectors, count)
        }
        switch result {
        case .bytes(let sent): return sent
        case .wouldBlock: return stop(.write, &errorNumber)
        case .end: errorNumber = EPIPE
        case .failed(let number): errorNumber = number
        }
        failure = errorNumber
        return -1
    }

    private static func send(
        _ descriptor: CInt, _ vectors: UnsafePointer<giovec_t>, _ count: Int, flags: CInt
    ) -> IOResult {
        // giovec_t is a struct iovec under another name. No SIGPIPE, ever.
        UnsafeRawPointer(vectors).withMemoryRebound(to: iovec.self, capacity: count) { vectors in
            var message = msghdr()
            message.msg_iov = UnsafeMutablePointer(mutating: vectors)
            message.msg_iovlen = count
            while true {
                let sent = sendmsg(descriptor, &message, flags | CInt(MSG_NOSIGNAL))
                if sent >= 0 { return .bytes(sent) }
                switch errno {
                case EINTR: continue
                case EAGAIN: return .wouldBlock
                case let number: return .failed(errno: number)
                }
            }
        }
    }

    private static func send(
        _ write: (UnsafeRawBufferPointer) -> IOResult, _ vectors: UnsafePointer<giovec_t>, _ count: Int
    ) -> IOResult {
        var total = 0
        for vector in UnsafeBufferPointer(start: vectors, count: count) {
            var rest = UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len)
            while !rest.isEmpty {
                let result = write(rest)
                guard case .bytes(let sent) = result, sent > 0 else {
                    return total > 0 ? .bytes(total) : result
                }
                total += sent
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(sent))
            }
        }
        return .bytes(total)
    }

    /// Gives the buffer back if it is empty.
    mutating func releaseIfEmpty() {
        guard buffered == 0 else { return }
        release()
    }

    /// Gives the buffer back with whatever it holds.
    mutating func release() {
        buffer?.deallocate()
        buffer = nil
        start = 0
        end = 0
    }
}
