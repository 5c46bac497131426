import Glibc

/// A real SOCKS 5 proxy on 127.0.0.1.
public final class Microsocks: Sendable {
    /// The port on 127.0.0.1.
    public let port: UInt16
    private let process: RunningProcess

    /// Starts it and waits until it listens. With `user` and `password` it demands them (RFC 1929).
    ///
    /// - Throws: `SystemFailure` with its own words when it doesn't come up.
    public init(user: String? = nil, password: String = "") throws {
        (process, port) = try withRetriedPorts(1) { ports in
            let login = user.map { ["-u", $0, "-P", password] } ?? []
            let process = try RunningProcess(
                "microsocks", ["-i", "127.0.0.1", "-p", String(ports[0])] + login)
            try waitUntilReady(process, [.ipv4("127.0.0.1", port: ports[0])], name: "microsocks")
            return (process, ports[0])
        }
    }

    deinit { stop() }

    /// Ends it. Harmless when called again.
    public func stop() {
        process.send(SIGKILL)
        process.wait(timeoutSeconds: 10)
    }

    /// `127.0.0.1:PORT`.
    public var authority: String { "127.0.0.1:\(port)" }

    /// What it said so far: one line names each connection.
    public func log() -> String { text(process.stderr) }
}
