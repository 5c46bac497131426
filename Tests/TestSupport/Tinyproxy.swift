import Glibc

/// A real HTTP proxy on 127.0.0.1: absolute form for http, CONNECT for https.
public final class Tinyproxy: Sendable {
    /// The port on 127.0.0.1.
    public let port: UInt16
    private let directory: TemporaryDirectory
    private let process: RunningProcess

    /// Starts it and waits until it listens. With `user` and `password` it demands Basic authentication.
    ///
    /// - Parameters:
    ///   - user: the name it accepts; nil lets everyone in.
    ///   - password: the password it accepts.
    ///   - options: more lines for its configuration.
    /// - Throws: `SystemFailure` with tinyproxy's own words when it doesn't come up.
    public init(user: String? = nil, password: String = "", options: String = "") throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        (process, port) = try withRetriedPorts(1) { ports in
            try directory.write(
                """
                Port \(ports[0])
                Listen 127.0.0.1
                Timeout 60
                MaxClients 100
                Allow 127.0.0.1
                LogLevel Connect
                LogFile "\(directory.file("proxy.log"))"
                \(user.map { "BasicAuth \($0) \(password)" } ?? "")
                \(options)

                """, to: "proxy.conf")
            let process = try RunningProcess("tinyproxy", ["-d", "-c", directory.file("proxy.conf")])
            try waitUntilReady(process, [.ipv4("127.0.0.1", port: ports[0])], name: "tinyproxy")
            return (process, ports[0])
        }
    }

    deinit { stop() }

    /// Ends it. Harmless when called again.
    public func stop() {
        process.send(SIGKILL)
        process.wait(timeoutSeconds: 10)
    }

    /// `http://127.0.0.1:PORT`.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Its log so far: one line names each request and connection.
    public func log() -> String { text(directory.read("proxy.log") ?? []) }
}
