import Glibc
import Synchronization
import TestSupport

/// Holds every connection without an answer until half a second brings no new one, then answers them all: as many
/// connections are open at once as the client can open.
final class SlowServer: Sendable {
    /// The port on 127.0.0.1.
    let port: UInt16
    private let most = Atomic<Int>(0)

    /// Starts it on a thread of its own, which ends with the process.
    init() throws {
        let listener = try Listener()
        port = listener.port
        startThread { [self] in
            while true { serveOnce(listener.descriptor) }
        }
    }

    /// The most connections that were open at once since this was asked last.
    func takeMost() -> Int { most.exchange(0, ordering: .relaxed) }

    private func serveOnce(_ listener: Int32) {
        var held: [Int32] = []
        while isReadable(listener, milliseconds: held.isEmpty ? -1 : 500) {
            let descriptor = accept(listener, nil, nil)
            if descriptor >= 0 { held.append(descriptor) }
        }
        most.max(held.count, ordering: .relaxed)
        var request = [UInt8](repeating: 0, count: 4096)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".utf8)
        for descriptor in held {
            if isReadable(descriptor, milliseconds: 5000) {
                recv(descriptor, &request, request.count, 0)
                send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
            close(descriptor)
        }
    }
}

/// Accepts connections and keeps them, without a word.
final class KeepingServer: Sendable {
    /// The port on 127.0.0.1.
    let port: UInt16

    /// Starts it on a thread of its own, which ends with the process.
    init() throws {
        let listener = try Listener()
        port = listener.port
        startThread {
            while true { _ = accept(listener.descriptor, nil, nil) }
        }
    }
}

/// Reads requests with a Content-Length to their end, throws the bodies away in the kernel, and answers.
final class Swallower: Sendable {
    /// The port on 127.0.0.1.
    let port: UInt16

    /// Starts it on a thread of its own, which ends with the process.
    init() throws {
        let listener = try Listener()
        port = listener.port
        startThread {
            while true {
                let descriptor = accept(listener.descriptor, nil, nil)
                if descriptor >= 0 { startThread { swallow(descriptor) } }
            }
        }
    }
}

/// Makes a named pipe and a thread that reads and forgets what comes through it until the process ends.
func startDrain(_ path: String) throws {
    guard mkfifo(path, 0o600) == 0 else { throw SystemFailure("mkfifo \(path)") }
    // Also open for writing, so that it never ends.
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
    startThread {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while read(descriptor, &buffer, buffer.count) > 0 {}
    }
}

/// Serves one connection with one request, as nginx's proxy module opens them.
private func swallow(_ descriptor: Int32) {
    defer { close(descriptor) }
    var head: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let end = Array("\r\n\r\n".utf8)
    var bodyStart: Int?
    while bodyStart == nil {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        head += buffer[..<count]
        bodyStart = head.firstIndex(ofSequence: end).map { $0 + end.count }
    }
    let length =
        text(head).split(whereSeparator: \.isNewline)
        .first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.drop { $0 != " " }.dropFirst()) } ?? 0
    var left = length - (head.count - (bodyStart ?? 0))
    while left > 0 {
        // MSG_TRUNC on a TCP socket drops the bytes without copying them.
        let count = recv(descriptor, nil, min(left, 1 << 20), Int32(MSG_TRUNC))
        guard count > 0 else { return }
        left -= count
    }
    let answer = Array("HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
    send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL))
}

/// A blocking listener on a free port of 127.0.0.1, with as long a queue as the system allows.
private struct Listener {
    let descriptor: Int32
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFailure("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 65535) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw SystemFailure("listen on 127.0.0.1") }
        port = UInt16(bigEndian: address.sin_port)
    }
}

private func isReadable(_ descriptor: Int32, milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
}
