import TestSupport
import Testing

@testable import Connector

/// What SOCKS proxies say and do in tests.
enum SOCKSScript {
    static func proxy(_ kind: Proxy.Kind, _ server: ScriptedServer) -> Proxy {
        Proxy(kind: kind, host: "127.0.0.1", port: server.port)
    }

    /// Both bytes of a port in network order.
    static func wire(_ port: UInt16) -> [UInt8] { [UInt8(port >> 8), UInt8(port & 0xFF)] }

    static let granted5: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    static let granted4: [UInt8] = [0, 90, 0, 0, 0, 0, 0, 0]

    /// A SOCKS 5 proxy without login that takes a request of `length` bytes and then does `steps`.
    static func five(_ length: Int, _ steps: ServerStep...) throws -> ScriptedServer {
        try ScriptedServer(script: [.expectBytes(3), .sendBytes([5, 0]), .expectBytes(length)] + steps)
    }

    static func tunnel(to target: ScriptedServer) -> ServerStep {
        .tunnel(to: .ipv4("127.0.0.1", port: target.port))
    }
}
