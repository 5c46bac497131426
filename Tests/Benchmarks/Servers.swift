import Glibc
import TestSupport

/// The servers that all contests talk to, and the files that they need.
///
/// nginx, one worker, without a log and without a limit on the requests of a connection, serves plain and over TLS
/// with AES-128-GCM; behind `/upload` a server of ours swallows bodies.
final class Servers {
    /// What nginx serves, and the bundle.
    let nginx: Nginx
    /// The system's trusted certificates and, after them, the root of the server's own.
    let bundle: String
    /// A folder in memory for downloaded files; nil when there is no room for the largest.
    let memoryFolder: String?
    /// Holds one answer back until no more connections come.
    let slow: SlowServer
    /// A pipe with a name, emptied by a thread of this process.
    let drain: String
    private let swallower: Swallower

    /// Some 100 KB of JSON.
    private static var json: [UInt8] {
        let rows = (0..<1000).map {
            "{\"number\":\($0),\"name\":\"row \($0)\",\"tags\":[\"a\",\"b\"],\"share\":0.25,\"is\":true,\"none\":null}"
        }
        return Array("[\(rows.joined(separator: ","))]".utf8)
    }

    /// The size of `/large`.
    static let largeBytes = 2 << 30

    /// Starts everything.
    init() throws {
        let root = TestCertificates.authority(name: "Benchmark Root")
        let leaf = TestCertificates.leaf(addresses: ["127.0.0.1"], issuer: root)
        swallower = try Swallower()
        slow = try SlowServer()
        nginx = try Nginx(
            server: """
                access_log off;
                keepalive_requests 1000000000;
                keepalive_timeout 1h;
                ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
                location ~ \\.gz$ { add_header Content-Encoding gzip; }
                location ~ \\.br$ { add_header Content-Encoding br; }
                location ~ \\.zst$ { add_header Content-Encoding zstd; }
                location /upload {
                    client_max_body_size 0;
                    client_body_buffer_size 1m;
                    proxy_request_buffering off;
                    proxy_http_version 1.1;
                    proxy_pass http://127.0.0.1:\(swallower.port);
                }
                """,
            main: "worker_rlimit_nofile 20000;", connections: 12_000,
            tls: ServerTLS(leaf),
            files: ["1k": patternBytes(1024), "json": Self.json])
        try nginx.addSparseFile("large", size: Self.largeBytes)
        let system = readFile("/etc/ssl/certs/ca-certificates.crt") ?? []
        bundle = try nginx.directory.write(system + Array(root.certificatePEM.utf8), to: "bundle.pem")

        drain = nginx.directory.file("drain")
        try startDrain(drain)

        var status = statvfs()
        var template = Array("/dev/shm/ferry-bench-XXXXXX".utf8CString)
        if statvfs("/dev/shm", &status) == 0,
            Int(status.f_bavail) * Int(status.f_frsize) > Self.largeBytes + (1 << 29),
            mkdtemp(&template) != nil
        {
            memoryFolder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        } else {
            memoryFolder = nil
        }
    }

    /// Ends the servers and removes the files.
    func stop() {
        nginx.stop()
        guard let memoryFolder else { return }
        for name in ["large", "1k"] { unlink("\(memoryFolder)/\(name)") }
        rmdir(memoryFolder)
    }

    /// Serves 1 GiB of text, encoded, at `/encoded.SUFFIX`: 16 MiB that are hard to find again, 64 times over.
    func addEncoded(suffix: String, encoder: String, _ options: [String]) throws {
        guard let program = locate(encoder) else {
            throw MeasurementFailure(description: "\(encoder) is missing")
        }
        let text = nginx.directory.file("text")
        if !fileExists(text) {
            // Lines like those of a log: a number, a word of eight and a changing tail.
            var content: [UInt8] = []
            content.reserveCapacity(17 << 20)
            let noise = patternBytes(1 << 20)
            var line = 0
            while content.count < 16 << 20 {
                let value = Int(noise[line % noise.count]) << 8 | Int(noise[(line &* 7) % noise.count])
                content +=
                    "\(line) event=\(value % 8) host=node-\(value % 61) took=\(value)us status=ok\n".utf8
                line += 1
            }
            try nginx.directory.write(content.prefix(16 << 20), to: "text")
        }
        let served = nginx.directory.file("www/encoded.\(suffix)")
        let script =
            "for i in $(seq 64); do cat \(text); done | \(program) \(options.joined(separator: " ")) > \(served)"
        let result = try runProcess("/bin/sh", ["-c", script], timeoutSeconds: 300)
        guard result.exitStatus == 0 else {
            throw MeasurementFailure(description: "\(encoder): \(result.errText)")
        }
    }
}
