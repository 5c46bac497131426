import Glibc

/// Why a connection's thread stops running its script.
struct ChannelEnded: Error {
    var ending: ConnectionEnding
}

/// One accepted connection: bytes in and out, plain or TLS, on the thread that serves it.
///
/// Every wait also watches `stop`, so that a stopped server's threads end at once.
final class ServerChannel {
    let descriptor: Int32
    private let stop: Gate
    private var tls: ServerTLSSession?
    private var hasShutDown = false

    init(descriptor: Int32, stop: Gate) {
        self.descriptor = descriptor
        self.stop = stop
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    func startTLS(_ context: ServerTLSContext) throws -> TLSRecord {
        let session = try ServerTLSSession(context, descriptor: descriptor)
        while true {
            switch session.handshake() {
            case .done:
                tls = session
                return session.record
            case .wait(let forReading): try wait(forReading ? POLLIN : POLLOUT)
            case .closeNotify: throw ChannelEnded(ending: .clientCloseNotify)
            case .transportEnded: throw ChannelEnded(ending: socketEnding())
            case .failed(let reason): throw ChannelEnded(ending: .failed("TLS handshake: \(reason)"))
            }
        }
    }

    /// Reads at least one byte; throws the ending when there is none.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ChannelEnded) -> Int {
        while true {
            if let tls {
                switch tls.read(buffer) {
                case .done(let count): return count
                case .wait(let forReading): try wait(forReading ? POLLIN : POLLOUT)
                case .closeNotify: throw ChannelEnded(ending: .clientCloseNotify)
                case .transportEnded: throw ChannelEnded(ending: socketEnding())
                case .failed(let reason): throw ChannelEnded(ending: .failed("TLS: \(reason)"))
                }
            } else {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count > 0 { return count }
                if count == 0 { throw ChannelEnded(ending: .clientClosed) }
                switch errno {
                case EINTR: continue
                case EAGAIN: try wait(POLLIN)
                default: throw ChannelEnded(ending: .clientReset)
                }
            }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ChannelEnded) {
        var rest = bytes
        while !rest.isEmpty {
            if let tls {
                switch tls.write(rest) {
                case .done(let count): rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                case .wait(let forReading): try wait(forReading ? POLLIN : POLLOUT)
                case .closeNotify, .transportEnded: throw ChannelEnded(ending: .clientReset)
                case .failed(let reason): throw ChannelEnded(ending: .failed("TLS: \(reason)"))
                }
            } else {
                let count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno == EAGAIN {
                    try wait(POLLOUT)
                } else if errno != EINTR {
                    throw ChannelEnded(ending: .clientReset)
                }
            }
        }
    }

    func pause(until gate: Gate) throws(ChannelEnded) {
        guard let events = waitForEvents([(gate.descriptor, POLLIN), (stop.descriptor, POLLIN)]) else {
            return
        }
        if events[1] != 0 { throw ChannelEnded(ending: .stopped) }
    }

    func delay(milliseconds: Int) throws(ChannelEnded) {
        if stop.wait(timeoutSeconds: Double(milliseconds) / 1000) { throw ChannelEnded(ending: .stopped) }
    }

    func updateKeys() {
        tls?.updateKeys()
    }

    func shutdownWrite(sendingCloseNotify: Bool = true) {
        guard !hasShutDown else { return }
        hasShutDown = true
        if sendingCloseNotify { tls?.sendCloseNotify() }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Takes what has already arrived, so that closing sends FIN and not RST.
    func discardInput() {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
    }

    func armReset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Copies both ways between the client and `address` until both directions ended.
    func relay(to address: ListenAddress) throws {
        let target = try SocketBytes(address)
        let other = try check("socket") {
            socket(target.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        defer { Glibc.close(other) }
        try check("connect \(address)") { target.withPointer { connect(other, $0, $1) } }
        setNonBlocking(other)
        var isClientOpen = true
        var isOtherOpen = true
        while isClientOpen || isOtherOpen {
            let wanted = [
                (descriptor, isClientOpen ? POLLIN : 0), (other, isOtherOpen ? POLLIN : 0),
                (stop.descriptor, POLLIN),
            ]
            guard let events = waitForEvents(wanted) else { continue }
            if events[2] != 0 { throw ChannelEnded(ending: .stopped) }
            if isClientOpen, events[0] != 0 { isClientOpen = try passOn(to: other) }
            if isOtherOpen, events[1] != 0 { isOtherOpen = try passBack(from: other) }
        }
        throw ChannelEnded(ending: .clientClosed)
    }

    /// Sends what the client has sent to `target`; false at the client's end.
    private func passOn(to target: Int32) throws(ChannelEnded) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count: Int
            if let tls {
                let outcome = buffer.withUnsafeMutableBytes { tls.read($0) }
                if case .wait = outcome { return true }
                if case .done(let number) = outcome { count = number } else { count = 0 }
            } else {
                count = recv(descriptor, &buffer, buffer.count, 0)
                if count < 0 && (errno == EAGAIN || errno == EINTR) { return true }
            }
            guard count > 0 else {
                shutdown(target, Int32(SHUT_WR))
                return false
            }
            var sent = 0
            while sent < count {
                let step = buffer[sent..<count].withUnsafeBytes {
                    send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if step >= 0 {
                    sent += step
                } else if errno == EAGAIN {
                    let events = waitForEvents([(target, POLLOUT), (stop.descriptor, POLLIN)])
                    if events?[1] ?? 0 != 0 { throw ChannelEnded(ending: .stopped) }
                } else {
                    return false
                }
            }
        }
    }

    /// Sends what `source` has sent to the client; false at its end.
    private func passBack(from source: Int32) throws(ChannelEnded) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(source, &buffer, buffer.count, 0)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return true }
        guard count > 0 else {
            shutdownWrite()
            return false
        }
        let outcome = buffer[..<count].withUnsafeBytes { raw -> Result<Void, ChannelEnded> in
            do throws(ChannelEnded) { return .success(try write(raw)) } catch { return .failure(error) }
        }
        try outcome.get()
        return true
    }

    private func wait(_ events: Int32) throws(ChannelEnded) {
        let happened = waitForEvents([(descriptor, events), (stop.descriptor, POLLIN)])
        if happened?[1] ?? 0 != 0 { throw ChannelEnded(ending: .stopped) }
    }

    /// Whether the transport under TLS ended by FIN or by RST.
    private func socketEnding() -> ConnectionEnding {
        var byte: UInt8 = 0
        guard recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 0 else { return .clientReset }
        // TLS has read the reset, if it was one; the kernel's state begins the structure, and 7 is TCP_CLOSE: after a FIN
        // it would be waiting for our own.
        var state: UInt8 = 0
        var size = socklen_t(1)
        getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &state, &size)
        return state == 7 ? .clientReset : .clientClosed
    }
}

/// Whether the peer of a socket has ended its side, or the connection is dead.
func hasPeerGone(_ descriptor: Int32) -> Bool {
    let readHangUp: Int32 = 0x2000  // POLLRDHUP, which Glibc's module lacks.
    guard let events = waitForEvents([(descriptor, readHangUp)], milliseconds: 0) else { return false }
    return events[0] & (readHangUp | POLLHUP | POLLERR) != 0
}
