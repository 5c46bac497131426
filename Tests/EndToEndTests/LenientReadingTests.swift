import TestSupport
import Testing

/// What servers of the real world send is read, told with -v, and refused with --strict.
@Suite struct LenientReadingTests {
    private static let odd: [(String, String, Int32)] = [
        ("Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", 8),
        ("Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n", "ok", 56),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", 61),
        ("Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", "ok", 61),
        (" odd: line\r\nContent-Length: 2\r\n\r\nok", "ok", 8),
        ("Content-Length: 9223372036854775808\r\n\r\nok", "ok", 8),
        ("Content-Length: 2\r\n\r\nok, and more", "ok", 8),
        ("Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "ok", 8),
    ]

    private func server(_ rest: String) throws -> ScriptedServer {
        try ScriptedServer(script: [.expectRequest, .send("HTTP/1.1 200 OK\r\n" + rest)])
    }

    @Test(arguments: odd)
    func `what is odd is read, and told with -v`(rest: String, body: String, status: Int32) throws {
        let server = try server(rest)
        let result = try runFerry(["-sSv", server.url()])
        #expect(server.requests.count == 1)
        #expect(result.exitStatus == 0 && result.outText == body, "\(result)")
        #expect(result.errText.contains("* Odd, and read all the same: "), "\(result)")
    }

    @Test(arguments: odd)
    func `what is odd is refused with --strict`(rest: String, body: String, status: Int32) throws {
        let server = try server(rest)
        let result = try runFerry(["-sS", "--strict", "-o", "/dev/null", server.url()])
        #expect(server.requests.count == 1)
        #expect([8, 56, 61].contains(result.exitStatus), "\(result)")
        #expect(result.exitStatus == status, "\(result)")
    }

    @Test(arguments: [("gzip", "a zlib stream"), ("deflate", "a bare deflate stream")])
    func `a coding that is another format is told, or refused`(coding: String, format: String) throws {
        // "ok" as a bare deflate stream, and the same within zlib's frame.
        let bare: [UInt8] = [0xCB, 0xCF, 0x06, 0x00]
        let body = coding == "gzip" ? [0x78, 0x9C] + bare + [0x01, 0x4B, 0x00, 0xDB] : bare
        for (option, status) in [("-v", Int32(0)), ("--strict", 61)] {
            let server = try ScriptedServer(script: [
                .expectRequest,
                .sendBytes(
                    Array(
                        "HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n"
                            .utf8) + body),
            ])
            let result = try runFerry(["-sS", "--compressed", option, server.url()])
            #expect(result.exitStatus == status, "\(result)")
            guard status == 0 else { continue }
            let line = "* Odd, and read all the same: the body is said to be \(coding) and is \(format)\n"
            #expect(result.outText == "ok" && result.errText.contains(line), "\(result)")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 101 Switching\r\nX: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: foo\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\nno colon\r\n\r\n",
        "HTTP/1.1 302 Found\r\nX: y\r\nLocation: /a\r\nLocation: /b\r\n\r\n",
        "HTTP/3.1 200 OK\r\nX: y\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n",
    ])
    func `a head that is refused is shown`(head: String) throws {
        for (option, mark) in [("-v", "< "), ("--trace-ascii=-", ": ")] {
            let server = try ScriptedServer(script: [.expectRequest, .send(head + "hi"), .close])
            let result = try runFerry(["-sS", option, server.url()])
            #expect([1, 8, 18, 61].contains(result.exitStatus), "\(result)")
            let shown = result.outText + result.errText
            for line in head.split(separator: "\r\n") {
                #expect(shown.contains("\(mark)\(line)"), "\(result)")
            }
            #expect(head.hasSuffix("y\r\n") || !shown.contains("\(mark)hi"), "\(result)")
        }
    }

    @Test func `nothing is odd about what is right`() throws {
        let server = try server("Content-Length: 2\r\n\r\nok")
        let result = try runFerry(["-sSv", "--strict", server.url()])
        #expect(server.requests.count == 1)
        #expect(result.outText == "ok" && !result.errText.contains("Odd"), "\(result)")
    }

    @Test func `a length that no number holds is too long for any limit`() throws {
        let rest = "Content-Length: 99999999999999999999\r\n\r\nok"
        let server = try server(rest)
        #expect(try runFerry(["-sS", "--max-filesize", "10", server.url()]).exitStatus == 63)
        #expect(server.requests.count == 1)
    }

    @Test func `a folded field is one line where heads are shown`() throws {
        let folder = try TemporaryDirectory()
        let server = try server("X-Fold: a\r\n  b\r\nContent-Length: 2\r\n\r\nok")
        let result = try runFerry(["-sS", "-i", "-D", "head", server.url()], directory: folder.path)
        let head = "HTTP/1.1 200 OK\r\nX-Fold: a b\r\nContent-Length: 2\r\n\r\n"
        #expect(result.outText == head + "ok", "\(result)")
        #expect(folder.read("head") == Array(head.utf8))
    }

    @Test func `%header with all covers the whole chain of redirects`() throws {
        let server = try ScriptedServer { request in
            request.path == "/a"
                ? [.respond(302, [("Location", "/b"), ("Via", "one")])]
                : [.respond(200, [("Via", "two"), ("Via", "three")])]
        }
        let result = try runFerry([
            "-sSL", "-o", "/dev/null", "-w", "%header{via:all:, } %header{via}", server.url("/a"),
        ])
        #expect(result.outText == "one, two, three two", "\(result)")
    }

    @Test(arguments: ["HTTP/1.1  200 OK", "HTTP/1.1 200ok", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK"])
    func `a status line of another form is refused, as curl does`(line: String) throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send(line + "\r\nContent-Length: 2\r\n\r\nok"),
        ])
        let result = try runFerry(["-sS", server.url()])
        #expect([1, 8].contains(result.exitStatus) && result.outText.isEmpty, "\(result)")
    }

    @Test func `a body is sent after a change of protocol that was asked for`() throws {
        let server = try ScriptedServer(script: [
            .expectHead,
            .send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhello"),
            .expectBody, .send("bye"), .close,
        ])
        let result = try runFerry(
            ["-sS", "-H", "Upgrade: x", "-H", "Connection: Upgrade", "-T", "-", server.url()],
            stdin: Array("data".utf8))
        #expect(result.exitStatus == 0 && result.outText == "hellobye", "\(result)")
        #expect(server.requests.first?.bodyText == "data")
    }
}
