import Glibc
import TestSupport
import Testing

/// Fetches from a real nginx: plain, TLS, Unix socket, gzip, ranges, large files, connections that it ends.
@Suite struct NginxTests {
    private static let leaf = TestCertificates.leaf(addresses: ["127.0.0.1"])

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(["-sS"] + arguments)
    }

    @Test func `plain, TLS and the Unix socket serve the same file`() throws {
        let content = patternBytes(700_000)
        let nginx = try Nginx(tls: ServerTLS(Self.leaf), files: ["dir/f.bin": content])
        #expect(try ferry(nginx.url("/dir/f.bin")).stdout == content)
        #expect(try ferry("-k", nginx.tlsURL("/dir/f.bin")).stdout == content)
        #expect(
            try ferry("--unix-socket", nginx.socketPath, "http://localhost/dir/f.bin").stdout == content)
    }

    @Test func `gzip is asked for, undone and counted`() throws {
        let content = bytes(String(repeating: "a line that repeats\n", count: 20_000))
        let nginx = try Nginx(
            http: "gzip on; gzip_types *; gzip_min_length 0;", files: ["text.txt": content])
        let result = try ferry(
            "--compressed", "-w", "%{stderr}%{size_download} %{size_delivered}", nginx.url("/text.txt"))
        #expect(result.stdout == content)
        let sizes = result.errText.split(separator: " ").compactMap { Int($0) }
        #expect(sizes.count == 2 && sizes[0] < content.count / 10 && sizes[1] == content.count, "\(sizes)")
        // Without the option nothing is asked for.
        #expect(try ferry("-i", nginx.url("/text.txt")).outText.contains("Content-Length: \(content.count)"))
    }

    @Test func `a damaged coding is 61`() throws {
        let nginx = try Nginx(
            server: "location / { add_header Content-Encoding gzip; }", files: ["f": bytes("no gzip at all")])
        #expect(try ferry("--compressed", nginx.url("/f")).exitStatus == 61)
        #expect(try ferry(nginx.url("/f")).outText == "no gzip at all")
    }

    @Test func `a range is a piece of the file`() throws {
        let content = patternBytes(1000)
        let nginx = try Nginx(files: ["f": content])
        #expect(try ferry("-r", "100-199", nginx.url("/f")).stdout == Array(content[100..<200]))
        #expect(try ferry("-r", "-50", nginx.url("/f")).stdout == Array(content.suffix(50)))
        #expect(try ferry("-f", "-r", "5000-", nginx.url("/f")).exitStatus == 22)
    }

    @Test func `a file of several gigabytes is counted right and held nowhere`() throws {
        let nginx = try Nginx()
        let size = 3 << 30
        try nginx.addSparseFile("huge", size: size)
        let result = try ferry("-I", nginx.url("/huge"))
        #expect(result.outText.contains("Content-Length: \(size)\r\n"))
        let tail = try ferry(
            "-r", "\(size - 100_000_000)-", "-o", "/dev/null", "-w", "%{http_code} %{size_download}",
            nginx.url("/huge"))
        #expect(tail.outText == "206 100000000", "\(tail)")
    }

    @Test func `a server that ends connections after a few requests fails no transfer`() throws {
        let nginx = try Nginx(http: "keepalive_requests 3;", files: ["f": bytes("x")])
        let serial = try ferry("-w", "%{num_connects}", "-o", "/dev/null", nginx.url("/f?[1-9]"))
        #expect(serial.exitStatus == 0 && serial.outText == "100100100", "\(serial)")
        for options in [["-Z", "--limit", "5"], ["--limit-per-host", "2"]] {
            let result = try runFerry(["-sS"] + options + [nginx.url("/f?[1-300]")])
            #expect(result.exitStatus == 0 && result.stdout.count == 300, "\(result)")
        }
    }

    @Test func `a server whose connections time out at once fails no transfer`() throws {
        let nginx = try Nginx(http: "keepalive_timeout 1ms;", files: ["f": bytes("x")])
        let result = try ferry("-Z", "--limit", "3", nginx.url("/f?[1-300]"))
        #expect(result.exitStatus == 0 && result.stdout.count == 300, "\(result)")
    }

    @Test func `a reload in the middle fails no transfer`() throws {
        let nginx = try Nginx(files: ["f": bytes("x")])
        let process = try RunningProcess(ferryBinary(), ["-sSN", nginx.url("/f?[1-2000]")])
        #expect(process.waitForOutput("x"))
        // New workers take over; the old one closes its idle connections, the one in use here among them.
        kill(nginx.pid, SIGHUP)
        let result = process.wait()
        #expect(result.exitStatus == 0 && result.stdout.count == 2000, "\(result)")
    }

    @Test func `redirects, statuses and HEAD`() throws {
        let nginx = try Nginx(
            server: "location /old { return 301 /f; } location /teapot { return 418; }",
            files: ["f": bytes("new place")])
        #expect(try ferry("-L", nginx.url("/old")).outText == "new place")
        #expect(try ferry("-f", nginx.url("/teapot")).exitStatus == 22)
        #expect(try ferry("-I", nginx.url("/f")).outText.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(nginx.accessLog().contains { $0.contains("\"HEAD /f HTTP/1.1\" 200 0") })
    }

    @Test func `uploads arrive whole`() throws {
        let nginx = try Nginx(
            server: "client_max_body_size 100m; location / { dav_methods PUT; }", files: [:])
        let content = patternBytes(3_000_000)
        let folder = try TemporaryDirectory()
        let file = try folder.write(content, to: "up.bin")
        let result = try ferry("-T", file, nginx.url("/"))
        // nginx-light has no WebDAV: then it refuses the method, early and politely.
        if nginx.directory.read("www/up.bin") != nil {
            #expect(nginx.directory.read("www/up.bin") == content)
        } else {
            #expect(result.outText.contains("405"), "\(result)")
        }
    }

    @Test func `thousands of transfers keep to the limit and lose nothing`() throws {
        let nginx = try Nginx(http: "keepalive_requests 100000;", files: ["f": bytes("0123456789")])
        let result = try ferry("-Z", "--limit", "20", nginx.url("/f?[1-3000]"))
        #expect(result.exitStatus == 0 && result.stdout.count == 30_000, "\(result.errText)")
        let connections = Set(nginx.accessLog().compactMap { $0.split(separator: " ").first })
        #expect(connections.count <= 20)
    }
}
