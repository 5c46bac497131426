internal import CSystem
internal import Glibc

/// The only place that calls the kernel. Each call is repeated when a signal interrupts it, and its error is a value.
enum SystemCall {
    /// Runs `call` until it is not interrupted; −1 becomes the `Errno` it left behind.
    @inline(__always)
    static func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
        while true {
            let result = call()
            if result != -1 { return result }
            let error = Errno.current
            guard error == .interrupted else { throw error }
        }
    }

    static func socket(_ domain: CInt) throws(Errno) -> FileDescriptor {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        return FileDescriptor(owning: try retrying { Glibc.socket(domain, kind, 0) })
    }

    /// Sleeps for less than a second; a signal ends it early.
    static func sleep(_ time: Duration) {
        var rest = timespec(tv_sec: 0, tv_nsec: Int(time.components.attoseconds / 1_000_000_000))
        nanosleep(&rest, nil)
    }

    static func bind(_ descriptor: CInt, to address: SocketAddress) throws(Errno) {
        if let problem = address.problem { throw problem }
        _ = try retrying { address.withSockaddr { Glibc.bind(descriptor, $0, $1) } }
    }

    /// Starts connecting. Not repeated after EINTR: the kernel goes on by itself and says so through readiness.
    static func connect(_ descriptor: CInt, to address: SocketAddress) -> Errno? {
        if let problem = address.problem { return problem }
        return address.withSockaddr { Glibc.connect(descriptor, $0, $1) } == 0 ? nil : .current
    }

    static func receive(
        _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer, flags: CInt = 0
    ) throws(Errno) -> Int {
        try retrying { recv(descriptor, buffer.baseAddress, buffer.count, flags) }
    }

    /// Receives from a Unix socket. The kernel closes descriptors that come along, because there is no room for them.
    /// - Returns: the number of bytes, and whether they end with such a message: then more may be there already.
    static func receiveMessage(
        _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> (count: Int, endsMessage: Bool) {
        var part = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        var header = msghdr()
        let count = try withUnsafeMutablePointer(to: &part) { (part) throws(Errno) in
            header.msg_iov = part
            header.msg_iovlen = 1
            return try retrying { recvmsg(descriptor, &header, 0) }
        }
        return (count, header.msg_flags & CInt(MSG_CTRUNC) != 0)
    }

    /// Takes up to `count` received bytes off a TCP socket without copying them anywhere; 0 = the peer has ended.
    static func discard(_ descriptor: CInt, atMost count: Int) throws(Errno) -> Int {
        try retrying { recv(descriptor, nil, count, CInt(MSG_TRUNC) | CInt(MSG_DONTWAIT)) }
    }

    static func send(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try retrying { Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL)) }
    }

    static func setOption(_ descriptor: CInt, level: CInt, name: CInt, to value: CInt) throws(Errno) {
        var value = value
        _ = try retrying {
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    static func intOption(_ descriptor: CInt, level: CInt, name: CInt) throws(Errno) -> CInt {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = try retrying { getsockopt(descriptor, level, name, &value, &size) }
        return value
    }

    static func name(
        of descriptor: CInt,
        _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) throws(Errno) -> SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let failure: Errno? = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, &size) == 0 ? nil : .current
            }
        }
        if let failure { throw failure }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0, size: size) }
        }
    }

    /// Makes a descriptor that came from elsewhere non-blocking and close-on-exec.
    static func prepare(_ descriptor: CInt) throws(Errno) {
        let flags = try retrying { fcntl(descriptor, F_GETFL) }
        _ = try retrying { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
        _ = try retrying { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }
}
