import Glibc
import Synchronization
import TestSupport

/// A server on one thread that answers as `SoakAnswer` says and counts the connections that are open, in all and for each of
/// its addresses, 127.0.0.1 and those after it.
final class SoakServer: Sendable {
    /// What was seen so far.
    struct Counts: Sendable {
        var accepted = 0
        var requests = 0
        var most = 0
        var mostOfHost = 0
    }

    /// The port, the same on every address.
    let port: UInt16
    private let counted = Mutex(Counts())
    private let listener: Int32

    /// Starts it; its thread ends with the process.
    init() throws {
        let listener = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard listener >= 0 else { throw SystemFailure("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw SystemFailure("listen") }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        startThread { self.serve() }
    }

    /// What was seen so far.
    var counts: Counts { counted.withLock { $0 } }

    private struct Peer {
        var descriptor: Int32
        /// The address of this side, which is the host that the client asked for.
        var host: UInt32
        var input: [UInt8] = []
    }

    private func serve() {
        var peers: [Peer] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            var entries = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            entries += peers.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
            for index in peers.indices.reversed() where entries[index + 1].revents != 0 {
                let count = recv(peers[index].descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                if count > 0 {
                    peers[index].input += buffer[..<count]
                    if answer(&peers[index]) { continue }
                }
                close(peers[index].descriptor)
                peers.remove(at: index)
            }
            if entries[0].revents != 0 { admit(&peers) }
        }
    }

    private func admit(_ peers: inout [Peer]) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) {
                _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getsockname(descriptor, $0, &length)
                }
            }
            peers.append(Peer(descriptor: descriptor, host: address.sin_addr.s_addr))
            // A client that closed one connection before it opened this one never had both.
            let open = peers.filter { !hasGone($0.descriptor) }
            let ofHost = open.count { $0.host == address.sin_addr.s_addr }
            counted.withLock { counts in
                counts.accepted += 1
                counts.most = max(counts.most, open.count)
                counts.mostOfHost = max(counts.mostOfHost, ofHost)
            }
        }
    }

    /// Whether the client has closed, or half closed, its side.
    private func hasGone(_ descriptor: Int32) -> Bool {
        let flagOfHangUp: Int16 = 0x2000  // POLLRDHUP
        var entry = pollfd(fd: descriptor, events: flagOfHangUp, revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Answers every whole request of the input; false when the connection is to be closed.
    private func answer(_ peer: inout Peer) -> Bool {
        while let end = peer.input.firstIndex(ofSequence: [13, 10, 13, 10]) {
            let head = text(peer.input[..<end])
            peer.input.removeFirst(end + 4)
            counted.withLock { $0.requests += 1 }
            // GET /N?query HTTP/1.1
            let target = head.split(separator: " ").dropFirst().first ?? "/"
            let number = Int(target.dropFirst().prefix { $0 != "?" }) ?? 0
            let answer = SoakAnswer(number: number).bytes(number: number, isSecond: target.contains("?"))
            let bytes = Array(answer.text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(peer.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            switch answer.end {
            case .open, .silence: continue
            case .close: return false
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    peer.descriptor, SOL_SOCKET, SO_LINGER, &linger,
                    socklen_t(MemoryLayout<Glibc.linger>.size))
                return false
            }
        }
        return true
    }
}
