import Synchronization
import TestSupport
import Testing

/// Multipart forms as they go over the wire.
@Suite struct FormTests {
    private struct Run {
        var result: ProcessResult
        /// The requests, their boundaries replaced by `B1`, `B2`, … in the order in which they first come.
        var requests: [String]
        var recorded: [RecordedRequest]
    }

    private func run(
        _ arguments: [String], stdin: String? = nil,
        handler: @escaping ScriptedServer.Handler = { _ in [.respond()] }
    ) throws -> Run {
        let folder = try TemporaryDirectory()
        try folder.write("hello", to: "a.txt")
        try folder.write("<p>", to: "b.html")
        try folder.write("X", to: "c.bin")
        let server = try ScriptedServer(handler: handler)
        let result = try runFerry(
            arguments.map { $0.replacing("{U}", with: "http://\(server.authority)") },
            stdin: stdin.map { Array($0.utf8) }, directory: folder.path, timeoutSeconds: 30)
        let texts = server.requests.map {
            normalized($0.head + $0.bodyText).replacing(server.authority, with: "{A}")
        }
        return Run(result: result, requests: texts, recorded: server.requests)
    }

    private func normalized(_ text: String) -> String {
        let dashes = String(repeating: "-", count: 24)
        var result = text
        var number = 1
        while let range = result.firstRange(of: dashes) {
            // Dashes of the delimiter itself may stand before those of the boundary.
            var start = range.lowerBound
            while result[start...].dropFirst().hasPrefix(dashes) { start = result.index(after: start) }
            result = result.replacing(String(result[start...].prefix(46)), with: "B\(number)")
            number += 1
        }
        return result
    }

    private func body(_ lines: String...) -> String { lines.joined(separator: "\r\n") + "\r\n" }

    private func head(length: Int, type: String = "multipart/form-data", _ fields: String...) -> String {
        ([
            "POST / HTTP/1.1", "Host: {A}", "User-Agent: ferry/0.1.0", "Accept: */*",
            "Content-Length: \(length)",
            "Content-Type: \(type); boundary=B1",
        ] + fields + ["", ""]).joined(separator: "\r\n")
    }

    @Test func `fields, uploads and contents of files`() throws {
        let run = try run([
            "-F", "a=b", "-F", "f=@a.txt", "-F", "g=@c.bin,b.html", "-F", "h=<b.html", "-F", "i=<a.txt",
            "{U}/",
        ])
        #expect(run.result.exitStatus == 0, "\(run.result)")
        let expected = body(
            "--B1", "Content-Disposition: form-data; name=\"a\"", "", "b",
            "--B1", "Content-Disposition: form-data; name=\"f\"; filename=\"a.txt\"",
            "Content-Type: text/plain", "", "hello",
            "--B1", "Content-Disposition: form-data; name=\"g\"",
            "Content-Type: multipart/mixed; boundary=B2",
            "", "--B2", "Content-Disposition: attachment; filename=\"c.bin\"",
            "Content-Type: application/octet-stream", "", "X",
            "--B2", "Content-Disposition: attachment; filename=\"b.html\"", "Content-Type: text/html", "",
            "<p>",
            "--B2--", "",
            "--B1", "Content-Disposition: form-data; name=\"h\"", "Content-Type: text/html", "", "<p>",
            "--B1", "Content-Disposition: form-data; name=\"i\"", "", "hello",
            "--B1--")
        #expect(run.requests == [head(length: run.recorded[0].body.count) + expected])
    }

    @Test func `groups, own lines of header and encoders`() throws {
        let run = try run([
            "-F", "m=(;type=multipart/alternative", "-F", "=plain;type=text/plain", "-F",
            "=<b.html;headers=\"X-H: a;b\"", "-F", "=)", "-F",
            "e=hello there;encoder=base64;filename=\"q\\\"n\"",
            "--form-string", "s=@x;type=y", "{U}/",
        ])
        let expected = body(
            "--B1", "Content-Disposition: form-data; name=\"m\"",
            "Content-Type: multipart/alternative; boundary=B2", "",
            "--B2", "Content-Type: text/plain", "", "plain",
            "--B2", "Content-Type: text/html", "X-H: a;b", "", "<p>", "--B2--", "",
            "--B1", "Content-Disposition: form-data; name=\"e\"; filename=\"q%22n\"",
            "Content-Transfer-Encoding: base64", "", "aGVsbG8gdGhlcmU=",
            "--B1", "Content-Disposition: form-data; name=\"s\"", "", "@x;type=y", "--B1--")
        #expect(run.requests == [head(length: run.recorded[0].body.count) + expected])
    }

    @Test func `--form-escape uses backslashes`() throws {
        let run = try run(["--form-escape", "-F", "a\"\\=b", "{U}/"])
        #expect(run.requests[0].contains("name=\"a\\\"\\\\\"\r\n"))
    }

    @Test func `a type of the user's gets the boundary`() throws {
        let run = try run(["-H", "Content-Type: multipart/related; x=y", "-F", "a=b", "{U}/"])
        let expected = body("--B1", "Content-Disposition: attachment; name=\"a\"", "", "b", "--B1--")
        #expect(
            run.requests == [
                head(length: run.recorded[0].body.count, type: "multipart/related; x=y") + expected
            ])
        let removed = try self.run(["-H", "Content-Type:", "-F", "a=b", "{U}/"])
        #expect(removed.recorded[0].header("Content-Type") == nil)
    }

    @Test func `an unknown length goes out in chunks and asks first`() throws {
        for arguments in [
            ["-F", "a=x=;encoder=quoted-printable"], ["-F", "a=@/dev/null"],
            ["-F", "a=x", "-H", "Transfer-Encoding: chunked"],
        ] {
            let run = try run(arguments + ["{U}/"])
            #expect(run.result.exitStatus == 0, "\(run.result)")
            #expect(run.recorded[0].header("Transfer-Encoding") == "chunked")
            #expect(run.recorded[0].header("Content-Length") == nil)
            #expect(
                run.recorded[0].header("Expect") == (arguments.count > 2 ? nil : "100-continue"),
                "\(arguments)")
            #expect(run.recorded[0].bodyText.hasSuffix("--\r\n"))
        }
    }

    @Test func `a form goes again after 307 and becomes a GET after 302`() throws {
        let again = try run(["-L", "-F", "f=@a.txt", "-F", "x=<-", "{U}/"], stdin: "in") {
            [$0.path == "/" ? .respond(307, [("Location", "/new")]) : .respond(body: "ok")]
        }
        #expect(again.result.outText == "ok")
        #expect(again.recorded.map(\.line) == ["POST / HTTP/1.1", "POST /new HTTP/1.1"])
        #expect(again.recorded[0].body == again.recorded[1].body)
        #expect(again.recorded[0].headers("Content-Type") == again.recorded[1].headers("Content-Type"))
        let dropped = try run(["-L", "-F", "f=@a.txt", "{U}/"]) {
            [$0.path == "/" ? .respond(302, [("Location", "/new")]) : .respond(body: "ok")]
        }
        #expect(dropped.recorded.map(\.line) == ["POST / HTTP/1.1", "GET /new HTTP/1.1"])
        #expect(dropped.recorded[1].header("Content-Type") == nil && dropped.recorded[1].body.isEmpty)
    }

    @Test func `a form goes again after a status that passes`() throws {
        let hits = Counter()
        let run = try run([
            "--retry", "1", "--retry-delay", "10ms", "--retry-all-errors", "-f", "-F", "f=@a.txt", "{U}/",
        ]) { _ in [hits.next() == 1 ? .respond(503) : .respond(body: "ok")] }
        #expect(run.result.outText == "ok", "\(run.result)")
        #expect(run.recorded.count == 2)
        #expect(run.recorded.allSatisfy { $0.bodyText.contains("\r\n\r\nhello\r\n--") })
    }

    @Test func `a form waits until the server has said how one logs in`() throws {
        let run = try run(["--digest", "-u", "me:pw", "-F", "f=@a.txt", "-F", "x=<-", "{U}/"], stdin: "in") {
            $0.header("Authorization") == nil
                ? [.respond(401, [("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")])]
                : [.respond(body: "ok")]
        }
        #expect(run.result.outText == "ok", "\(run.result)")
        #expect(run.recorded.map { $0.header("Content-Length") == "0" } == [true, false])
        #expect(run.recorded[0].header("Content-Type") == nil)
        #expect(run.recorded[1].bodyText.contains("\r\n\r\nhello\r\n--"))
        #expect(run.recorded[1].bodyText.contains("\r\n\r\nin\r\n--"))
    }

    @Test func `every URL gets the whole form`() throws {
        let run = try run(["-F", "x=<-", "{U}/1", "{U}/2"], stdin: "in")
        #expect(run.recorded.map(\.path) == ["/1", "/2"])
        #expect(run.recorded.allSatisfy { $0.bodyText.contains("\r\n\r\nin\r\n--") })
    }

    @Test func `a large file is not held in memory`() throws {
        let folder = try TemporaryDirectory()
        let size = 10 << 30
        try folder.writeSparse("large", size: size)
        let server = try ScriptedServer(script: [
            .expectHead, .send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"), .close,
        ])
        let result = try runFerry(
            ["-F", "f=@large", server.url()], directory: folder.path, timeoutSeconds: 30)
        #expect(result.outText == "no", "\(result)")
        let boundary = String(repeating: "-", count: 46)
        let rest = body(
            "--\(boundary)", "Content-Disposition: form-data; name=\"f\"; filename=\"large\"",
            "Content-Type: application/octet-stream", "", "", "--\(boundary)--")
        #expect(
            text(server.connections[0].received).contains("Content-Length: \(size + rest.utf8.count)\r\n"))
    }

    private static let refusals: [(arguments: [String], status: Int32, message: String)] = [
        (["-F", "a=@nope"], 26, "cannot read nope: no such file or directory\n"),
        (["-F", "a=<nope"], 26, "cannot read nope: no such file or directory\n"),
        (["-F", "a=@."], 26, "cannot read .: is a directory\n"),
        (["-F", "a"], 2, ""), (["-F", "a=b;encoder=x"], 43, ""), (["-F", "a=b", "-d", "c"], 2, ""),
        (["-F", "a=b", "-G", "-d", "c"], 2, ""), (["-F", "a=b", "-I"], 2, ""),
        (["-F", "a=b", "-T", "a.txt"], 2, ""), (["-F", "a=b", "-C", "1"], 2, ""),
        (["--form-string", "a"], 2, ""),
    ]

    @Test(arguments: refusals)
    func `what cannot be sent`(_ arguments: [String], _ status: Int32, _ message: String) throws {
        let run = try run(arguments + ["{U}/"])
        #expect(run.result.exitStatus == status, "\(run.result)")
        #expect(run.recorded.isEmpty)
        #expect(run.result.errText.hasSuffix(message), "\(run.result)")
    }

    @Test func `7bit content that is not ASCII ends the transfer`() throws {
        let run = try run(["-F", "a=\u{e9};encoder=7bit", "{U}/"])
        #expect(run.result.exitStatus == 26)
        #expect(
            run.result.errText.hasSuffix("byte 0 of the content is not ASCII, as encoder 7bit demands\n"))
    }
}

/// Counts from 1, from any thread.
private final class Counter: Sendable {
    private let value = Atomic(0)

    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
