import TestSupport
import Testing

/// When programs that read standard output get what came.
@Suite struct FlushTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func flushing(_ first: String, _ second: String, tls: ServerTLS? = nil) throws -> (
        ScriptedServer, Gate
    ) {
        let gate = Gate()
        let server = try ScriptedServer(
            tls: tls, script: [.expectRequest, .send(first), .pause(until: gate), .send(second), .hold])
        return (server, gate)
    }

    @Test func `standard output is handed over whenever nothing more is at hand (T-04)`() throws {
        let cases: [(String, String, ServerTLS?)] = [
            (Self.head + "4\r\none\n\r\n", "4\r\ntwo\n\r\n0\r\n\r\n", nil),
            (Self.head + "4\r\none\n\r\n", "4\r\ntwo\n\r\n0\r\n\r\n", ServerTLS(LocalCertificates.leaf)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\none\n", "two\n", nil),
            ("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\none\n", "two\n", ServerTLS(LocalCertificates.leaf)),
        ]
        for (first, second, tls) in cases {
            let (server, gate) = try flushing(first, second, tls: tls)
            for options in [[], ["--pretty", "all"], ["--limit-rate", "1M"], ["-Z"]] {
                guard options.isEmpty || tls == nil && first.hasPrefix(Self.head) else { continue }
                let (other, otherGate) =
                    options.isEmpty ? (server, gate) : try flushing(first, second, tls: tls)
                let process = try RunningProcess(ferryBinary(), ["-sk"] + options + [other.url()])
                #expect(process.waitForOutput("one\n"), "\(options) \(first)")
                #expect(process.isRunning)
                otherGate.open()
                #expect(process.wait().outText == "one\ntwo\n")
            }
        }
    }

    @Test func `the head of -i is there before the body, and a coded body as far as it came (T-04)`() throws {
        let (server, gate) = try flushing(Self.head, "4\r\ntwo\n\r\n0\r\n\r\n")
        let process = try RunningProcess(ferryBinary(), ["-s", "-i", server.url()])
        #expect(process.waitForOutput("\r\n\r\n"))
        gate.open()
        #expect(process.wait().outText.hasSuffix("two\n"))
    }

    @Test func `what could not be gone on with is held back for a retry`() throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
        let gate = Gate()
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send(head + "abc"), .pause(until: gate), .close],
            [.expectRequest, .send(head + "abcdef"), .hold],
        ])
        let process = try RunningProcess(
            ferryBinary(), ["-v", "--retry", "1", "--retry-delay", "0.01", server.url()])
        #expect(process.waitForError("bytes data"))
        gate.open()
        let result = process.wait()
        #expect(result.exitStatus == 0 && result.outText == "abcdef", "\(result)")
    }

    @Test func `a reader line by line hears each event of a stream (T-04)`() throws {
        let (server, gate) = try flushing(
            Self.head + "b\r\ndata: one\n\n\r\n", "b\r\ndata: two\n\n\r\n0\r\n\r\n")
        let command = "\"$0\" -s \(server.url()) | while read -r line; do echo \"heard $line\"; done"
        let process = try RunningProcess("bash", ["-c", command, ferryBinary()])
        #expect(process.waitForOutput("heard data: one"))
        gate.open()
        #expect(process.wait().outText.contains("heard data: two"))
    }
}
