import Glibc
import Sockets
import TLS
import TLSTestSupport

/// An https proxy for one connection: TLS to the client, then CONNECT, then bytes both ways. Runs on a worker thread
/// until the client leaves.
///
/// `ScriptedServer` cannot do that: it relays only what lies below its TLS.
final class SecureProxy: Sendable {
    let port: UInt16
    private let listener: CInt
    private let context: TLSServerContext

    init(certificatePEM: String, keyPEM: String) throws {
        context = try TLSServerContext(
            TLSServerConfiguration(certificatePEM: certificatePEM, keyPEM: keyPEM))
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard let any = SocketAddress(numericHost: "127.0.0.1", port: 0),
            any.withSockaddr({ bind(listener, $0, $1) }) == 0, listen(listener, 4) == 0,
            let bound = Self.name(of: listener)
        else { throw Errno(rawValue: errno) }
        self.listener = listener
        port = bound.port
    }

    deinit { close(listener) }

    private static func name(of descriptor: CInt) -> SocketAddress? {
        var storage = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size) == 0 ? SocketAddress($0, size: size) : nil
            }
        }
    }

    /// Serves one connection; returns the head of its CONNECT request.
    func serve() -> String {
        let client = accept(listener, nil, nil)
        defer { close(client) }
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        do {
            let session = try TLSSession(server: context, channel: .descriptor(client))
            while true {
                let progress = try session.handshake()
                if progress == .done { break }
                wait([(client, progress == .wantsRead ? POLLIN : POLLOUT)])
            }
            let head = try readHead(session, client)
            try write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), session, client)
            try relay(session, client, to: head)
            return head
        } catch {
            return "\(error)"
        }
    }

    private func readHead(_ session: TLSSession, _ client: CInt) throws -> String {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            switch try buffer.withUnsafeMutableBytes({ try session.read(into: $0) }) {
            case .bytes(let count): head += buffer[..<count]
            case .wantsRead: wait([(client, POLLIN)])
            case .wantsWrite: wait([(client, POLLOUT)])
            case .end, .truncated: return ""
            }
        }
        return String(decoding: head, as: UTF8.self)
    }

    private func relay(_ session: TLSSession, _ client: CInt, to head: String) throws {
        let authority = head.split(separator: " ")[1].split(separator: ":")
        guard let port = UInt16(authority[1]),
            let address = SocketAddress(numericHost: "127.0.0.1", port: port)
        else { return }
        let target = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(target) }
        guard address.withSockaddr({ connect(target, $0, $1) }) == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 32 * 1024)
        while true {
            let ready = wait([(client, POLLIN), (target, POLLIN)])
            reading: while ready[0] {
                switch try buffer.withUnsafeMutableBytes({ try session.read(into: $0) }) {
                case .bytes(let count): _ = send(target, buffer, count, CInt(MSG_NOSIGNAL))
                case .wantsRead: break reading
                case .wantsWrite: wait([(client, POLLOUT)])
                case .end, .truncated: return
                }
            }
            if ready[1] {
                let count = recv(target, &buffer, buffer.count, 0)
                if count <= 0 { return }
                try write(Array(buffer[..<count]), session, client)
            }
        }
    }

    private func write(_ bytes: [UInt8], _ session: TLSSession, _ client: CInt) throws {
        var sent = 0
        while sent < bytes.count {
            switch try bytes[sent...].withUnsafeBytes({ try session.write($0) }) {
            case .bytes(let count): sent += count
            case .wantsRead: wait([(client, POLLIN)])
            case .wantsWrite: wait([(client, POLLOUT)])
            }
        }
    }

    @discardableResult
    private func wait(_ wanted: [(CInt, CInt)]) -> [Bool] {
        var entries = wanted.map { pollfd(fd: $0.0, events: Int16($0.1), revents: 0) }
        while poll(&entries, nfds_t(entries.count), -1) < 0 {}
        return entries.map { $0.revents != 0 }
    }
}
