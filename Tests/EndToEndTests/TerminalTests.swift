import Glibc
import TestSupport
import Testing

/// What people at a terminal see of bodies and heads, and what programs get all the same.
@Suite struct TerminalTests {
    private static let json = #"{"b":1.0,"a":["x",null]}"#
    private static let laidOut = "{\r\n  \"b\": 1.0,\r\n  \"a\": [\r\n    \"x\",\r\n    null\r\n  ]\r\n}\r\n"

    private func server(_ body: String = json, type: String = "application/json") throws -> ScriptedServer {
        try ScriptedServer { _ in [.respond(200, [("Content-Type", type)], body: body)] }
    }

    private func withoutColours(_ text: String) -> String { text.replacing(#/\u{1B}\[[0-9;]*m/#, with: "") }

    // MARK: --pretty

    @Test func `JSON on a terminal is laid out and coloured, in a pipe it is as it is (T-02)`() throws {
        let server = try server()
        let shown = try PseudoTerminal.run(["-s", server.url()]).terminalText
        #expect(
            withoutColours(shown) == Self.laidOut && shown.contains("\u{1B}[1;34m\"b\"\u{1B}[0m"), "\(shown)")
        #expect(try runFerry(["-s", server.url()]).outText == Self.json)
        #expect(try PseudoTerminal.run(["-s", "--pretty", "none", server.url()]).terminalText == Self.json)
        // Standard error at a terminal is not standard output.
        #expect(try PseudoTerminal.run(["-s", server.url()], streams: .error).outText == Self.json)
    }

    @Test func `environment and options decide on colours (T-02)`() throws {
        let server = try server()
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            let plain = try PseudoTerminal.run(["-s", "-i", server.url()], environment: environment)
            #expect(plain.terminalText.hasSuffix(Self.laidOut), "\(plain.terminalText)")
            #expect(!plain.terminal.contains(0x1B))
            let piped = try runFerry(["-s", "--pretty", "all", server.url()], environment: environment)
            #expect(piped.outText.contains("\u{1B}[36m1.0\u{1B}[0m"))
            #expect(withoutColours(piped.outText) == Self.laidOut.replacing("\r\n", with: "\n"))
        }
        let forced = try runFerry(["-s", "-i", server.url()], environment: ["CLICOLOR_FORCE": "1"])
        #expect(
            forced.outText.contains("\u{1B}[1;32m200 OK\u{1B}[0m") && forced.outText.contains("\u{1B}[36m1.0")
        )
        #expect(withoutColours(forced.outText).hasSuffix("\r\n\r\n" + Self.json))
    }

    @Test func `files and -o - get every byte (T-02, T-03)`() throws {
        let body = Self.json + "\u{1B}]0;owned\u{7}"
        let server = try server(body)
        let folder = try TemporaryDirectory()
        _ = try runFerry(["-s", "--pretty", "all", "-o", "f", server.url()], directory: folder.path)
        #expect(folder.read("f") == bytes(body))
        #expect(try PseudoTerminal.run(["-s", "-o", "-", server.url()]).terminalText == body)
        let all = try PseudoTerminal.run(["-s", "-o", "-", "--pretty", "all", server.url()]).terminalText
        #expect(withoutColours(all) == Self.laidOut + "\u{1B}]0;owned\u{7}")
    }

    @Test func `-v colours heads on a terminal and with all (T-02)`() throws {
        let server = try server()
        let options = ["-v", "-o", "/dev/null", server.url()]
        let shown = try PseudoTerminal.run(options, streams: .error).terminalText
        for text in [
            "> \u{1B}[1mGET\u{1B}[0m / HTTP/1.1", "< HTTP/1.1 \u{1B}[1;32m200 OK\u{1B}[0m",
            "< \u{1B}[1;36mContent-Type\u{1B}[0m:",
        ] {
            #expect(shown.contains(text), "\(shown)")
        }
        #expect(
            try !PseudoTerminal.run(["--pretty", "none"] + options, streams: .error).terminalText.contains(
                "\u{1B}[1"))
        #expect(try !runFerry(options).errText.contains("\u{1B}"))
        #expect(try runFerry(["--pretty", "all"] + options).errText.contains("\u{1B}[1mGET"))
    }

    @Test func `NDJSON shows each value as it comes, and what breaks off shows what came (T-02)`() throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest,
            .send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 99\r\n\r\n{\"a\":1}\n{\"a\""
            ),
            .pause(until: gate), .send(":\"x"), .close,
        ])
        let terminal = try PseudoTerminal(["-sS", server.url()], environment: ["NO_COLOR": "1"])
        #expect(terminal.read(until: "{\r\n  \"a\": 1\r\n}\r\n{\r\n  \"a\""))
        gate.open()
        let result = terminal.finish()
        #expect(result.exitStatus == 18)
        #expect(
            result.terminalText.hasPrefix("{\r\n  \"a\": 1\r\n}\r\n{\r\n  \"a\": \"x"),
            "\(result.terminalText)")
    }

    @Test func `a body that is no JSON after all is whole (T-02)`() throws {
        let body = #"{"a":[1,2}  ,  <p>"#
        let server = try server(body)
        let result = try runFerry(["-s", "--pretty", "all", server.url()])
        #expect(withoutColours(result.outText) == "{\n  \"a\": [\n    1,\n    2}  ,  <p>")
    }

    @Test func `a compressed body is laid out behind its decoder (T-02)`() throws {
        let packed: [UInt8] = try runProcess("gzip", ["-c"], stdin: bytes(Self.json)).stdout
        let server = try ScriptedServer { _ in
            [
                .sendBytes(
                    ServerStep.response(
                        200, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
                        body: packed))
            ]
        }
        let shown = try PseudoTerminal.run(
            ["-s", "--compressed", server.url()], environment: ["NO_COLOR": "1"])
        #expect(shown.terminalText == Self.laidOut)
    }

    @Test func `a retry begins the layout anew (T-02)`() throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send("HTTP/1.1 503 No\r\nContent-Length: 1\r\n\r\n{"), .close],
            [.expectRequest, .send(head + "[1,   2]"), .close],
        ])
        let result = try runFerry([
            "-s", "--retry", "1", "--retry-delay", "0.01", "--pretty", "all", server.url(),
        ])
        #expect(withoutColours(result.outText) == "[\n  1,\n  2\n]\n")
    }

    @Test func `a retry goes on with the layout where it goes on with the body (T-02)`() throws {
        let head = "ETag: \"a\"\r\nContent-Type: application/json\r\n"
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .send("HTTP/1.1 200 OK\r\n\(head)Content-Length: 9\r\n\r\n[1,\"a"), .close],
            [
                .expectRequest,
                .send(
                    "HTTP/1.1 206 P\r\n\(head)Content-Range: bytes 5-8/9\r\nContent-Length: 4\r\n\r\n\",2]"),
                .hold,
            ],
        ])
        let result = try runFerry([
            "-s", "--retry", "1", "--retry-delay", "0.01", "--pretty", "all", server.url(),
        ])
        #expect(withoutColours(result.outText) == "[\n  1,\n  \"a\",\n  2\n]\n", "\(result)")
    }

    @Test func `a part is no JSON of its own (T-02)`() throws {
        let server = try ScriptedServer { _ in
            [
                .respond(
                    206, [("Content-Type", "application/json"), ("Content-Range", "bytes 1-5/9")],
                    body: "1,  2")
            ]
        }
        #expect(try runFerry(["-s", "-r", "1-5", "--pretty", "all", server.url()]).outText == "1,  2")
    }

    @Test func `a signal in the middle of a text leaves no colour on the terminal (T-02)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[\"seen"), .hold,
        ])
        let terminal = try PseudoTerminal(["-s", server.url()], streams: .all)
        #expect(terminal.read(until: "\"seen"))
        terminal.type("\u{3}")
        let result = terminal.finish()
        #expect(result.signal == SIGINT, "\(result)")
        #expect(
            result.terminalText.contains("\"seen\u{1B}[0m")
                || result.terminalText.contains("\"seen^C\u{1B}[0m"),
            "\(result.terminalText.debugDescription)")
    }

    @Test func `a terminal that goes away is a failed write where nobody hears SIGHUP`() throws {
        let gate = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[\"seen"),
            .pause(until: gate), .sendRepeating(0x61, count: 50_000_000), .close,
        ])
        let process = try RunningProcess(
            "bash", ["-c", "trap '' HUP; exec \"$0\" -s \"$1\"", ferryBinary(), server.url()],
            terminal: [.output, .error])
        #expect(process.waitForTerminal("seen"))
        process.hangUpTerminal()
        gate.open()
        #expect(process.wait().exitStatus == 23)
    }

    @Test func `a hundred megabytes in one line take constant memory (T-02)`() throws {
        let (sent, gate) = (Gate(), Gate())
        let count = 100_000_000
        let server = try ScriptedServer(script: [
            .expectRequest,
            .send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(count + 4)\r\n\r\n[\""
            ),
            .sendRepeating(0x61, count: count), .open(sent), .pause(until: gate), .send("\"]"), .hold,
        ])
        let process = try RunningProcess(
            "bash",
            ["-c", "exec \"$0\" \"$@\" >/dev/null", ferryBinary(), "-s", "--pretty", "all", server.url()])
        #expect(sent.wait(timeoutSeconds: 60))
        #expect(peakMemoryBytes(of: process) < 64 << 20)
        gate.open()
        #expect(process.wait().exitStatus == 0)
    }

    @Test(.enabled(if: access("/usr/bin/strace", X_OK) == 0))
    func `a body that is not laid out still goes by splice (T-02)`() throws {
        let server = try server("[" + String(repeating: "1,", count: 500_000) + "1]")
        let folder = try TemporaryDirectory()
        for (choice, isSpliced) in [("auto", true), ("none", true), ("all", false)] {
            let command =
                "strace -o calls -e trace=splice \"$0\" -s --pretty \(choice) \(server.url()) | wc -c"
            let result = try runProcess("bash", ["-c", command, ferryBinary()], directory: folder.path)
            #expect(
                result.exitStatus == 0 && (Int(result.outText.filter(\.isNumber)) ?? 0) > 1_000_000,
                "\(result)")
            #expect(text(folder.read("calls") ?? []).contains("splice(") == isSpliced, "\(choice)")
        }
    }

    // MARK: What a body may do

    @Test func `a body paints and does not drive (T-03)`() throws {
        let picture = "\u{1B}[2J\u{1B}[H\u{1B}[38;5;9m\u{2588}\u{1B}[0m\u{1B}[3Cx\u{1B}[K"
        let evil = "\u{1B}]0;owned\u{7}\u{1B}[6n\u{1B}[?1049h\u{1B}P1$x\u{1B}\\\u{9B}c"
        let shown = "\\x1B]0;owned\\x07\\x1B[6n\\x1B[?1049h\\x1BP1$x\\x1B\\\\x9Bc"
        let server = try server(picture + evil, type: "text/plain")
        #expect(try PseudoTerminal.run(["-s", server.url()]).terminalText == picture + shown)
        #expect(try PseudoTerminal.run(["-s", "-o", "-", server.url()]).terminalText == picture + evil)
        #expect(try runFerry(["-s", server.url()]).outText == picture + evil)
        // One behind another, each filtered for itself, also where the second waits for its turn.
        let both = try PseudoTerminal.run(["-s", "-Z", server.url("/1"), server.url("/2")]).terminalText
        #expect(both == picture + shown + picture + shown)
    }

    @Test func `a sequence that comes in two reads is seen as one (T-03)`() throws {
        let parts = [
            ("a\u{1B}", "]0;x\u{7}b"), ("a\u{1B}[6", "nb"), ("a\u{1B}[3", "1mb\u{1B}[0m"), ("a", "\u{1B}cb"),
        ]
        let shown = ["a\\x1B]0;x\\x07b", "a\\x1B[6nb", "a\u{1B}[31mb\u{1B}[0m", "a\\x1Bcb"]
        for ((first, second), expected) in zip(parts, shown) {
            let gate = Gate()
            let server = try ScriptedServer(script: [
                .expectRequest, .send("HTTP/1.1 200 OK\r\nContent-Type: text/x\r\n\r\n\(first)"),
                .pause(until: gate),
                .send(second), .close,
            ])
            let terminal = try PseudoTerminal(["-s", server.url()])
            #expect(terminal.read(until: "a"))
            gate.open()
            #expect(terminal.finish().terminalText == expected)
        }
    }

    @Test func `a sequence that never ends is shown at the end, and colours end (T-03)`() throws {
        let server = try server("x\u{1B}[8my\u{1B}[", type: "text/html")
        #expect(try PseudoTerminal.run(["-s", server.url()]).terminalText == "x\u{1B}[8my\\x1B[\u{1B}[0m")
    }
}
