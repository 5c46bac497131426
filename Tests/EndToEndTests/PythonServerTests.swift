import Glibc
import TestSupport
import Testing

/// python's http.server, which knows no ranges: it answers 200 whatever part is asked for.
@Suite struct PythonServerTests {
    @Test func `what broke off starts over where a server has no ranges (R-03, R-05)`() throws {
        let folder = try TemporaryDirectory()
        let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        try folder.write(String(decoding: bytes.map { $0 & 0x7F }, as: UTF8.self), to: "www-file")
        let server = try RunningProcess(
            "python3",
            [
                "-u", "-c",
                """
                import http.server, os
                s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
                print('PORT', s.server_address[1], flush=True)
                s.serve_forever()
                """,
            ], directory: folder.path)
        defer { server.send(SIGKILL) }
        #expect(server.waitForOutput("PORT "))
        #expect(server.waitForOutput("\n"))
        let port = String(text(server.stdout).dropFirst(5).prefix { $0.isNumber })
        let url = "http://127.0.0.1:\(port)/www-file"
        let first = try runFerry(
            ["-q", "-sS", "--limit-rate", "100k", "-m", "1", "-o", "got", url], directory: folder.path)
        #expect(first.exitStatus == 28, "\(first)")
        let kept = try #require(folder.read("got.part"), "\(first)")
        #expect(!kept.isEmpty && kept.count < 400_000)
        let second = try runFerry(["-q", "-sS", "-C", "-", "-o", "got", url], directory: folder.path)
        #expect(second.exitStatus == 0, "\(second)")
        #expect(folder.read("got") == folder.read("www-file"))
        #expect(folder.read("got.part") == nil && folder.read("got.part.meta") == nil)
    }
}
