import Glibc

/// A real nginx, one worker, serving a folder of its own over plain TCP, a Unix socket and, if asked, TLS.
public final class Nginx: Sendable {
    /// Holds the configuration, the logs and, in `www`, what is served.
    public let directory: TemporaryDirectory
    /// The plain port on 127.0.0.1.
    public let port: UInt16
    /// The TLS port on 127.0.0.1; 0 without `tls`.
    public let tlsPort: UInt16
    /// The path of the Unix socket, plain HTTP.
    public let socketPath: String
    private let process: RunningProcess

    /// Starts nginx and waits until it answers.
    ///
    /// - Parameters:
    ///   - server: directives for the server block, such as `location /old { return 301 /new; }`.
    ///   - http: directives for the http block, such as `gzip on; gzip_types *; gzip_min_length 0;`.
    ///   - main: directives for the top level.
    ///   - connections: how many it takes at once, those to upstreams and of listeners counted.
    ///   - tls: the certificate and demands of the TLS port; its ALPN, priority and ticket settings have no effect.
    ///   - files: what to serve, by path below the root.
    /// - Throws: `SystemFailure` with nginx's own words when it doesn't come up.
    public init(
        server: String = "", http: String = "", main: String = "", connections: Int = 1024,
        tls: ServerTLS? = nil, files: [String: [UInt8]] = [:]
    ) throws {
        directory = try TemporaryDirectory()
        socketPath = directory.file("nginx.sock")
        guard mkdir(directory.file("www"), 0o755) == 0 else { throw SystemFailure("mkdir www") }
        for (name, content) in files { try Self.place(content, name, in: directory) }
        if let tls {
            try directory.write(tls.certificatePEM, to: "cert.pem")
            try directory.write(tls.keyPEM, to: "key.pem")
            if let authority = tls.clientAuthorityPEM { try directory.write(authority, to: "client.pem") }
        }
        let directory = self.directory
        let socketPath = self.socketPath
        (process, port, tlsPort) = try withRetriedPorts(2) { ports in
            let tlsPort = tls == nil ? 0 : ports[1]
            unlink(socketPath)
            try directory.write(
                Self.configuration(
                    directory.path, ports[0], tlsPort, socketPath, tls, server: server, http: http,
                    main: main,
                    connections: connections),
                to: "nginx.conf")
            let process = try RunningProcess(
                fileExists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx",
                ["-e", directory.file("error.log"), "-p", directory.path, "-c", directory.file("nginx.conf")])
            let addresses: [ListenAddress] =
                [.ipv4("127.0.0.1", port: ports[0]), .unix(socketPath)]
                + (tls == nil ? [] : [.ipv4("127.0.0.1", port: tlsPort)])
            try waitUntilReady(process, addresses, name: "nginx")
            return (process, ports[0], tlsPort)
        }
    }

    deinit { stop() }

    /// Ends nginx. Harmless when called again.
    public func stop() {
        process.send(SIGTERM)
        process.wait(timeoutSeconds: 10)
    }

    /// The master process, for instance to count its descriptors or send it signals.
    public var pid: Int32 { process.pid }

    /// The plain URL of a path.
    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The TLS URL of a path; the certificate should be good for 127.0.0.1, or give the name it is for.
    public func tlsURL(_ path: String = "/", host: String = "127.0.0.1") -> String {
        "https://\(host):\(tlsPort)\(path)"
    }

    /// Serves `content` at `/name`.
    public func addFile(_ name: String, _ content: [UInt8]) throws {
        try Self.place(content, name, in: directory)
    }

    /// Serves `size` zero bytes at `/name` without using disk.
    public func addSparseFile(_ name: String, size: Int) throws {
        try directory.writeSparse("www/\(name)", size: size)
    }

    /// One line for each finished request: `connection-number requests-on-it "request line" status body-bytes`.
    public func accessLog() -> [String] {
        text(directory.read("access.log") ?? []).split(separator: "\n").map(String.init)
    }

    /// The error log's text.
    public func errorLog() -> String {
        text(directory.read("error.log") ?? [])
    }

    private static func place(_ content: [UInt8], _ name: String, in directory: TemporaryDirectory) throws {
        var folder = directory.file("www")
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try directory.write(content, to: "www/\(name.drop { $0 == "/" })")
    }

    private static func configuration(
        _ path: String, _ port: UInt16, _ tlsPort: UInt16, _ socketPath: String, _ tls: ServerTLS?,
        server: String, http: String, main: String, connections: Int
    ) -> String {
        var listeners = "listen 127.0.0.1:\(port);\nlisten unix:\(socketPath);\n"
        if let tls {
            listeners += "listen 127.0.0.1:\(tlsPort) ssl;\n"
            listeners += "ssl_certificate \(path)/cert.pem;\nssl_certificate_key \(path)/key.pem;\n"
            if tls.clientAuthorityPEM != nil {
                listeners += "ssl_client_certificate \(path)/client.pem;\n"
                listeners += "ssl_verify_client \(tls.requiresClientCertificate ? "on" : "optional");\n"
            }
        }
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(path)/\($0);\n" }.joined()
        return """
            daemon off;
            worker_processes 1;
            pid \(path)/nginx.pid;
            error_log \(path)/error.log;
            \(getuid() == 0 ? "user root;" : "")
            \(main)
            events { worker_connections \(connections); }
            http {
            \(temporary)
            types { text/html html; text/plain txt; application/json json; text/css css; }
            default_type application/octet-stream;
            log_format ferry '$connection $connection_requests "$request" $status $body_bytes_sent';
            access_log \(path)/access.log ferry;
            sendfile on;
            \(http)
            server {
            \(listeners)
            root \(path)/www;
            \(server)
            }
            }
            """
    }
}

/// Starts a server on ports that were free a moment ago, again on others when it didn't come up.
func withRetriedPorts<Result>(_ count: Int, _ start: ([UInt16]) throws -> Result) throws -> Result {
    for _ in 0..<4 {
        if let result = try? start((0..<count).map { _ in try probeFreePort() }) { return result }
    }
    return try start((0..<count).map { _ in try probeFreePort() })
}

/// Blocks until all addresses take connections; throws what the process said when it ends first.
func waitUntilReady(_ process: RunningProcess, _ addresses: [ListenAddress], name: String) throws {
    for address in addresses {
        var attempts = 0
        while try !canConnect(address) {
            attempts += 1
            if !process.isRunning || attempts > 2000 {
                process.send(SIGKILL)
                let result = process.wait(timeoutSeconds: 5)
                throw SystemFailure("\(name) did not come up: \(result.errText)\(result.outText)", code: 0)
            }
            // Nothing tells when a foreign server listens, so it is asked every few milliseconds.
            usleep(5000)
        }
    }
}

private func canConnect(_ address: ListenAddress) throws -> Bool {
    let bytes = try SocketBytes(address)
    let descriptor = socket(bytes.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SystemFailure("socket") }
    defer { close(descriptor) }
    return bytes.withPointer { connect(descriptor, $0, $1) } == 0
}
