import Glibc

/// Debian's `openssl s_server`: TLS by another implementation than the one under test.
public final class OpenSSLServer: Sendable {
    /// The port on 127.0.0.1.
    public let port: UInt16
    /// Holds the certificate and what is served.
    public let directory: TemporaryDirectory
    private let process: RunningProcess

    /// What it answers.
    public enum Mode: String, Sendable {
        /// A page about the session for every request; the body ends with the connection.
        case www = "-www"
        /// Files of `directory` as they are, response head included: a file holds a whole HTTP response.
        case rawFiles = "-HTTP"
        /// Files of `directory` under a made-up head.
        case files = "-WWW"
        /// What `type` says, to one connection after another; `R` and `c` ask for the client's certificate then.
        case typed = "-no_ign_eof"
    }

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - tls: certificate, key and the demand for a client's certificate; `alpn` is offered, the rest has no effect.
    ///   - mode: what it answers.
    ///   - options: more options of s_server, such as `-tls1_2`, `-no_tls1_3`, `-cipher`, `-naccept 1`.
    ///   - files: what `directory` holds.
    /// - Throws: `SystemFailure` with openssl's own words when it doesn't come up.
    public init(tls: ServerTLS, mode: Mode = .www, options: [String] = [], files: [String: [UInt8]] = [:])
        throws
    {
        directory = try TemporaryDirectory()
        var arguments = [
            "s_server", "-accept", "127.0.0.1:0", mode.rawValue,
            "-cert", try directory.write(tls.certificatePEM, to: "cert.pem"),
            "-cert_chain", directory.file("cert.pem"),
            "-key", try directory.write(tls.keyPEM, to: "key.pem"),
        ]
        if let authority = tls.clientAuthorityPEM {
            let level = tls.requiresClientCertificate ? "-Verify" : "-verify"
            arguments += [level, "3", "-verify_return_error", "-CAfile"]
            arguments.append(try directory.write(authority, to: "client.pem"))
        }
        if !tls.alpn.isEmpty { arguments += ["-alpn", tls.alpn.joined(separator: ",")] }
        for (name, content) in files { try directory.write(content, to: name) }
        process = try RunningProcess(
            "openssl", arguments + options, stdin: .open, directory: directory.path)
        guard process.waitForOutput("ACCEPT 127.0.0.1:") else {
            process.send(SIGKILL)
            throw SystemFailure("openssl s_server did not come up: \(process.wait().errText)", code: 0)
        }
        let line = text(process.stdout).split(separator: "\n").first { $0.hasPrefix("ACCEPT 127.0.0.1:") }
        port = line.flatMap { UInt16($0.split(separator: ":").last ?? "") } ?? 0
    }

    deinit { stop() }

    /// Ends it. Harmless when called again.
    public func stop() {
        process.send(SIGKILL)
        process.wait(timeoutSeconds: 10)
    }

    /// Types a line.
    public func type(_ line: String) {
        process.write(Array("\(line)\n".utf8))
    }

    /// Waits until it has printed that.
    public func waitForOutput(_ text: String) -> Bool { process.waitForOutput(text) }

    /// Waits until it has printed that on standard error.
    public func waitForError(_ text: String) -> Bool { process.waitForError(text) }

    /// What it said so far: handshakes, errors.
    public var log: String { text(process.stdout) + text(process.stderr) }

    /// The URL of a path.
    public func url(_ path: String = "/", host: String = "127.0.0.1") -> String {
        "https://\(host):\(port)\(path)"
    }
}
