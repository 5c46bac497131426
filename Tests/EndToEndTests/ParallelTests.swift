import Glibc
import Synchronization
import TestSupport
import Testing

/// Many transfers at once: the connector's limits as a server sees them, and the exit status.
@Suite struct ParallelTests {
    /// Holds each request until `count` of them wait, then answers all.
    private func gathering(_ count: Int) throws -> ScriptedServer {
        let arrived = Arrivals(count)
        return try ScriptedServer { request in
            arrived.note()
            return [.pause(until: arrived.gate), .respond(body: request.path)]
        }
    }

    private func counts(_ result: ProcessResult) -> Int {
        result.outText.split(separator: "\n").count
    }

    @Test func `without -Z one transfer follows another on one connection`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x\n")] }
        let result = try runFerry(["-sS", server.url("/[1-10]")])
        #expect(counts(result) == 10)
        #expect(server.acceptedCount == 1)
        #expect(server.requests.map(\.path) == (1...10).map { "/\($0)" })
    }

    @Test(arguments: [["--limit", "7"], ["-Z", "--parallel-max", "7"]])
    func `--limit bounds connections and implies -Z, its curl name does not`(options: [String]) throws {
        let server = try gathering(7)
        let result = try runFerry(["-sS"] + options + [server.url("/[1-50]")])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.outText == (1...50).map { "/\($0)" }.joined())
        #expect(server.peakOpenCount == 7)
    }

    @Test(arguments: [["--limit-per-host"], ["-Z", "--parallel-max-host"]])
    func `--limit-per-host bounds each server by itself`(options: [String]) throws {
        let servers = try [gathering(3), gathering(3)]
        let urls = servers.map { $0.url("/[1-20]") }
        let result = try runFerry(["-sS"] + options + ["3"] + urls)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(servers.map(\.peakOpenCount) == [3, 3])
    }

    @Test func `a slow host under --limit-per-host does not stop the others`() throws {
        let gate = Gate()
        let slow = try ScriptedServer { request in [.pause(until: gate), .respond(body: request.path)] }
        let quick = try ScriptedServer { _ in [.respond(body: "")] }
        let process = try RunningProcess(
            ferryBinary(),
            ["-sS", "--limit-per-host", "2", slow.url("/[1-300]"), quick.url("/[1-20]")])
        #expect(quick.waitForRequests(20, timeoutSeconds: 30))
        #expect(slow.peakOpenCount == 2)
        gate.open()
        #expect(process.wait().outText == (1...300).map { "/\($0)" }.joined())
        #expect(slow.peakOpenCount == 2)
    }

    @Test func `limit 0 opens as many as there are URLs`() throws {
        let server = try gathering(150)
        let result = try runFerry(["-sS", "--limit", "0", server.url("/[1-150]")])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.peakOpenCount == 150)
    }

    @Test func `-Z opens a hundred connections and no more`() throws {
        let server = try gathering(100)
        let result = try runFerry(["-sS", "-Z", server.url("/[1-150]")])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.peakOpenCount == 100)
    }

    @Test func `--force-close opens a connection for each request and says so`() throws {
        let server = try ScriptedServer { _ in [.respond(body: "x")] }
        #expect(try runFerry(["-sS", "--force-close", server.url("/[1-4]")]).outText == "xxxx")
        #expect(server.acceptedCount == 4)
        #expect(server.requests.allSatisfy { $0.header("connection") == "close" })
    }

    @Test func `the exit status is that of the first failure on the command line`() throws {
        let gate = Gate()
        let server = try ScriptedServer { request in
            switch request.path {
            case "/weird": [.pause(until: gate), .send("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), .close]
            case "/empty": [.open(gate), .close]
            default: [.respond(body: request.path)]
            }
        }
        let urls = ["/ok", "/weird", "/empty", "/end"].map { server.url($0) }
        let parallel = try runFerry(["-sS", "-Z"] + urls)
        #expect(parallel.outText == "/ok/end")
        let serialStatus = try runFerry(["-sS"] + urls).exitStatus
        #expect(parallel.exitStatus == serialStatus)
        #expect(parallel.exitStatus != 52 && parallel.exitStatus != 0, "\(parallel)")
        let reversed = try runFerry(["-sS"] + urls.reversed())
        #expect(reversed.exitStatus == 52, "\(reversed)")
    }

    @Test func `--fail-early ends the others with 42 and answers with the failure`() throws {
        let arrived = Arrivals(2)
        let server = try ScriptedServer { request in
            if request.path == "/stuck" {
                arrived.note()
                return [.hold]
            }
            return [.pause(until: arrived.gate), .close]
        }
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-sS", "-Z", "--fail-early", "-w", "%{exitcode} ", server.url("/stuck"), server.url("/fails"),
                server.url("/stuck"),
            ])
        let result = process.wait()
        #expect(result.exitStatus == 52, "\(result)")
        #expect(result.outText == "42 52 42 ")
        let lines = result.errText.split(separator: "\n")
        #expect(lines.count == 2, "\(result)")
        #expect(
            lines.last == "ferry: (42) 2 transfers were stopped because another failed (--fail-early)",
            "\(result)")
    }

    @Test func `--fail-early ends the others wherever they stand`() throws {
        let arrived = Arrivals(3)
        let server = try ScriptedServer { request in
            switch request.path {
            case "/fails": return [.pause(until: arrived.gate), .close]
            case "/busy":
                arrived.note()
                return [.respond(503)]
            case "/cut-short":
                arrived.note()
                return [.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome"), .hold]
            default:
                arrived.note()
                return [.hold]
            }
        }
        let result = try runFerry([
            "-sS", "-Z", "--fail-early", "--retry", "3", "--retry-delay", "600", server.url("/busy"),
            "--next", "-sS", "--speed-limit", "1", "--speed-time", "600", server.url("/watched"),
            "--next", "-sS", "-o", "/dev/null", server.url("/cut-short"),
            "--next", "-sS", server.url("/fails"),
        ])
        #expect(result.exitStatus == 52, "\(result)")
        #expect(
            result.errText.hasSuffix(
                "ferry: (42) 3 transfers were stopped because another failed (--fail-early)\n"),
            "\(result)")
    }

    @Test func `--fail-early in a row stops at the first failure`() throws {
        let server = try ScriptedServer { request in
            request.path == "/2" ? [.close] : [.respond(body: request.path)]
        }
        let result = try runFerry(["-sS", "--fail-early", server.url("/[1-3]")])
        #expect(result.exitStatus == 52)
        #expect(result.outText == "/1")
        #expect(!server.requests.contains { $0.path == "/3" })
    }

    @Test func `thousands of transfers behind a slow one hold no memory`() throws {
        let gate = Gate()
        let slow = try ScriptedServer { _ in [.pause(until: gate), .respond(body: "slow")] }
        let nginx = try Nginx(http: "keepalive_requests 1000000;", files: ["f": bytes("x")])
        func run(_ count: Int) throws -> Int {
            let process = try RunningProcess(
                ferryBinary(),
                ["-sS", "-Z", "--limit", "4", slow.url(), nginx.url("/f?[1-\(count)]")])
            let last = "/f?\(count) "
            while !nginx.accessLog().contains(where: { $0.contains(last) }), process.isRunning {
                usleep(20_000)
            }
            let peak = peakMemoryBytes(of: process)
            gate.open()
            let result = process.wait()
            #expect(result.stdout.count == count + 4, "\(result.errText)")
            return peak
        }
        let (few, many) = try (run(100), run(5000))
        #expect(many < few + (3 << 20), "\(few), \(many)")
    }

    @Test func `an idle connection makes way for the others when no transfer is left to begin`() throws {
        let gate = Gate()
        // A server of one slot: it looks at the second connection once the first is gone.
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(body: "1"), .hold],
            [.expectRequest, .pause(until: gate), .respond(body: "1")],
        ])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-q", "-sS", "-Z", "--idle-timeout", "60", "-m", "20", "-o", "a", "-o", "b", server.url("/a"),
                server.url("/b"),
            ], directory: folder.path)
        #expect(waitUntil { server.connections.first?.ending != nil })
        gate.open()
        #expect(process.wait(timeoutSeconds: 30).exitStatus == 0)
        #expect(folder.names() == ["a", "b"])
    }

    @Test func `an idle connection makes way for a serial transfer that gets no answer`() throws {
        let gate = Gate()
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(body: "1"), .hold],
            [.expectRequest, .pause(until: gate), .respond(body: "2")],
        ])
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-q", "-sS", "--idle-timeout", "60", "-m", "20", server.url(),
                "http://localhost:\(server.port)/",
            ])
        #expect(waitUntil { server.connections.first?.ending != nil })
        gate.open()
        let result = process.wait(timeoutSeconds: 30)
        #expect(result.exitStatus == 0 && result.outText == "12", "\(result)")
    }

    @Test(arguments: ["-L", "-ZL"])
    func `the idle connection before a redirect makes way for the request after it`(option: String) throws {
        let gate = Gate()
        let server = try ScriptedServer(handler: { request in
            guard request.path != "/new" else { return [.pause(until: gate), .respond(body: "ok")] }
            let port = request.header("Host")?.split(separator: ":").last ?? ""
            return [.respond(302, [("Location", "http://localhost:\(port)/new")])]
        })
        let process = try RunningProcess(
            ferryBinary(), ["-q", "-sS", option, "--idle-timeout", "60", "-m", "20", server.url()])
        #expect(waitUntil { server.connections.first?.ending != nil })
        gate.open()
        let result = process.wait(timeoutSeconds: 30)
        #expect(result.exitStatus == 0 && result.outText == "ok", "\(result)")
    }

    @Test(arguments: ["-q", "-Z"])
    func `idle connections of an operation that is over leave their slots to the next one`(
        option: String
    ) throws {
        let gate = Gate()
        // A server of one slot: it looks at the second connection once the first is gone.
        let server = try ScriptedServer(scripts: [
            [.expectRequest, .respond(body: "one"), .hold],
            [.expectRequest, .pause(until: gate), .respond(body: "two")],
        ])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-q", "-sS", option,
                "--idle-timeout", "60", "-o", "a", server.url("/a"), "--next", "--no-keepalive", "-m", "20",
                "-o", "b", server.url("/b"),
            ], directory: folder.path)
        #expect(waitUntil { server.connections.first?.ending != nil })
        gate.open()
        #expect(process.wait(timeoutSeconds: 30).exitStatus == 0)
        #expect(folder.read("b") == Array("two".utf8))
    }
}

/// Opens its gate when so many have come.
final class Arrivals: Sendable {
    let gate = Gate()
    private let left: Atomic<Int>

    init(_ count: Int) {
        left = Atomic(count)
    }

    func note() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { gate.open() }
    }
}
