import Glibc

/// A blocking socket for tests that play the client themselves.
public final class RawClient: Sendable {
    private let descriptor: Int32

    /// Connects.
    public init(_ address: ListenAddress) throws {
        let bytes = try SocketBytes(address)
        descriptor = try check("socket") {
            socket(bytes.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        do {
            try check("connect \(address)") { bytes.withPointer { connect(descriptor, $0, $1) } }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Sends all of `text`.
    public func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            sent += Int(
                try check("send") {
                    bytes[sent...].withUnsafeBytes {
                        Int32(Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)))
                    }
                })
        }
    }

    /// Reads until the peer's FIN; throws ECONNRESET when it ends with RST.
    public func readToEnd() throws -> [UInt8] {
        try read(upTo: .max)
    }

    /// Reads `count` bytes, fewer when the peer ends first.
    public func read(upTo count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while result.count < count {
            let wanted = min(buffer.count, count - result.count)
            let got = Int(try check("recv") { Int32(recv(descriptor, &buffer, wanted, 0)) })
            if got == 0 { break }
            result += buffer[..<got]
        }
        return result
    }

    /// Sends FIN; reading goes on.
    public func shutdownWrite() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Ends both directions; the descriptor is closed with the last reference.
    public func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
