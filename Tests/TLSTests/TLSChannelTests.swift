import Glibc
import TLS
import TLSTestSupport
import TestSupport
import Testing

/// Sessions over real descriptors.
@Suite struct TLSChannelTests {
    /// Two sessions over a pair of non-blocking sockets, after the handshake.
    private final class Sockets {
        var client: CInt = -1
        var server: CInt = -1

        init() throws {
            var pair: [CInt] = [-1, -1]
            let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw TemporaryFile.Failure(errno: errno) }
            (client, server) = (pair[0], pair[1])
        }

        func closeServer() {
            if server >= 0 { close(server) }
            server = -1
        }

        deinit {
            close(client)
            closeServer()
        }
    }

    private func join(_ sockets: Sockets) throws -> (client: TLSSession, server: TLSSession) {
        let client = try TLSSession(
            context: TLSContext(Fixture.trusting(Fixture.root)), serverName: "localhost",
            channel: .descriptor(sockets.client))
        let server = try TLSSession(
            server: TLSServerContext(Fixture.server()), channel: .descriptor(sockets.server))
        var done = (false, false)
        while !done.0 || !done.1 {
            if !done.0 { done.0 = try client.handshake() == .done }
            if !done.1 { done.1 = try server.handshake() == .done }
        }
        try client.verifyPeer(host: "localhost")
        return (client, server)
    }

    @Test func `a socket carries more than its buffers hold`() throws {
        let sockets = try Sockets()
        let (client, server) = try join(sockets)
        let data = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var sent = 0
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var writes = 0
        while received.count < data.count {
            if sent < data.count {
                writes += 1
                if case .bytes(let count) = try data[sent...].withUnsafeBytes({ try server.write($0) }) {
                    sent += count
                }
            }
            if case .bytes(let count) = try buffer.withUnsafeMutableBytes({ try client.read(into: $0) }) {
                received += buffer[0..<count]
            }
        }
        #expect(received == data)
        #expect(writes > 1)
        #expect(client.idleCheck() == .quiet)
    }

    @Test func `writing to a peer that is gone is an error and no signal`() throws {
        let sockets = try Sockets()
        let (client, _) = try join(sockets)
        sockets.closeServer()
        // SIGPIPE would end the test run here.
        #expect(throws: TLSError.io(errno: EPIPE)) {
            for _ in 0..<3 { _ = try client.write("x") }
        }
        #expect(client.shutdown() == .done)
    }

    @Test func `a peer that is gone is a truncated or broken stream`() throws {
        let sockets = try Sockets()
        let (client, server) = try join(sockets)
        _ = try server.write("last")
        sockets.closeServer()
        #expect(try client.readText().text == "last")
        #expect(try client.readText().result == .truncated)
        #expect(client.idleCheck() == .ended)
    }
}
