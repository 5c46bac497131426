import Glibc
import TestSupport
import Testing

/// `--stats`, `--repeat` and `--for`.
@Suite struct StatisticsRunTests {
    private func run(_ arguments: [String], status: Int32 = 0) throws -> ParsedJSON {
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-sS", "--stats=json:stats", "-o", "/dev/null"] + arguments, directory: folder.path,
            timeoutSeconds: 60)
        #expect(result.exitStatus == status, "\(result)")
        return try ParsedJSON(text(folder.read("stats") ?? []))
    }

    @Test func `a run and its hosts are counted, as the library counts them (O-04, O-05, O-08)`() throws {
        let first = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let second = try ScriptedServer(script: [.forever([.expectRequest, .respond(404, body: "no")])])
        let stats = try run(
            ["-f", "--repeat", "50", first.url(), "-o", "/dev/null", second.url()], status: 22)
        let run = try #require(stats["run"])
        #expect(
            run["transfers"]?.int == 100
                && run["answers"] == .object(["200": .number("50"), "404": .number("50")]))
        #expect(run["failures"] == .object(["22": .number("50")]))
        #expect(first.requests.count == 50 && second.requests.count == 50)
        let host = stats["hosts"]?[first.authority]
        #expect(
            host?["transfers"]?.int == 50 && host?["received_bytes"]?.int == 150 && host?["peak"]?.int == 1)
        let totals = try #require(stats["connectors"]?[0])
        #expect(totals["opened"] == run["opened"] && totals["reused"] == run["reused"])
        #expect(run["opened"]?.int == 2 && run["reused"]?.int == 98)
        #expect(totals["closed"]?["at_end"]?.int == 2)
        #expect(run["warm_us"]?["count"]?.int == 98 && run["cold_us"]?["count"]?.int == 2)
        #expect(run["connect_us"]?["count"]?.int == 2 && run["total_us"]?["count"]?.int == 100)
        let names = ["min", "p50", "p90", "p99", "max"]
        let quantiles = names.compactMap { run["total_us"]?[$0]?.int }
        #expect(quantiles.count == 5 && quantiles == quantiles.sorted())
    }

    @Test func `what a redirect leads away from is counted where it was (O-04)`() throws {
        let second = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let first = try ScriptedServer(script: [
            .forever([.expectRequest, .respond(307, [("Location", second.url())], body: "moved")])
        ])
        let stats = try run(["-L", "-d", "data", first.url(), "-o", "/dev/null", first.url()])
        let (from, to) = (stats["hosts"]?[first.authority], stats["hosts"]?[second.authority])
        #expect(from?["answers"] == .object(["307": .number("2")]), "\(stats)")
        #expect(from?["received_bytes"]?.int == 10 && from?["sent_bytes"]?.int == 8)
        #expect(from?["opened"]?.int == 1 && from?["reused"]?.int == 1 && from?["transfers"]?.int == 0)
        #expect(to?["answers"] == .object(["200": .number("2")]), "\(stats)")
        #expect(to?["received_bytes"]?.int == 6 && to?["sent_bytes"]?.int == 8)
        #expect(to?["transfers"]?.int == 2 && to?["total_us"]?["count"]?.int == 2)
        let refused = try RefusedPort()
        let none = "127.0.0.1:\(refused.port)"
        let away = try ScriptedServer(script: [
            .expectRequest, .respond(302, [("Location", "http://\(none)/")]),
        ])
        let hosts = try run(["-L", away.url()], status: 7)["hosts"]
        #expect(hosts?[away.authority]?["answers"] == .object(["302": .number("1")]), "\(stats)")
        #expect(hosts?[none]?["answers"] == .object([:]) && hosts?[none]?["transfers"]?.int == 1)
    }

    @Test func `the text comes at the end, and not with -s (O-04)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let shown = try runFerry(["--no-progress-meter", "--stats", "-o", "/dev/null", server.url("/[1-3]")])
        #expect(
            shown.errText.hasPrefix("3 transfers in ")
                && shown.errText.contains("\n  answers       3 × 200\n"))
        let one = try runFerry(["--no-progress-meter", "--stats", "-o", "/dev/null", server.url()])
        #expect(one.errText.hasPrefix("1 transfer in "), "\(one)")
        #expect(try runFerry(["-s", "--stats", "-o", "/dev/null", server.url()]).stderr.isEmpty)
    }

    @Test func `time ends a run, and what runs is finished (O-05)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        let stats = try run(["--for", "0.2", "--limit", "3", server.url()])
        #expect(stats["run"]?["transfers"]?.int == server.requests.count && server.requests.count > 3)
        #expect(stats["run"]?["failures"] == .object([:]))
    }

    @Test func `nothing begins after the time of a run, whatever waits for its turn (O-05)`() throws {
        let server = try ScriptedServer(script: [.forever([.expectRequest, .respond(body: "abc")])])
        // The second one is to start when the time has long passed, and nine more wait behind it.
        let load = ["--for", "0.2", "--rate", "6/m", "--limit", "10", "-w", "-%{stderr}x\\n", server.url()]
        let result = try runFerry(["-sS"] + load)
        #expect(result.exitStatus == 0 && result.outText == "abc-", "\(result)")
        #expect(server.requests.count == 1)
    }

    @Test func `a request that is repeated to log in waits for its turn within its transfer (O-05)`() throws {
        let server = try ScriptedServer { request in
            request.header("Authorization") == nil
                ? [.respond(401, [("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")])]
                : [.respond(body: "abc")]
        }
        let stats = try run(["--rate", "4/s", "--digest", "-u", "a:b", server.url()])
        #expect((stats["run"]?["total_us"]?["max"]?.int ?? 0) > 200_000, "\(stats)")
    }

    @Test func `with a rate a latency counts from the planned start (O-05)`() throws {
        // One request in a hundred stalls everything for most of a second; those that were to be sent meanwhile wait.
        let server = try ScriptedServer { request in
            request.path == "/20"
                ? [.delay(milliseconds: 600), .respond(body: "abc")] : [.respond(body: "abc")]
        }
        let load = ["--repeat", "1", "--rate", "100/s", "--limit", "1", server.url("/[1-100]")]
        let stats = try run(load)
        // Sixty were planned within the stall: the slowest tenth waited for nearly all of it.
        #expect((stats["run"]?["total_us"]?["p90"]?.int ?? 0) > 300_000, "\(stats)")
        #expect((stats["run"]?["total_us"]?["max"]?.int ?? 0) >= 600_000)
        #expect((stats["run"]?["total_us"]?["p50"]?.int ?? .max) > 10_000)
        // Without a rate only the one that stalled is slow.
        let closed = try run(["--limit", "1", server.url("/[1-100]")])
        #expect((closed["run"]?["total_us"]?["p90"]?.int ?? .max) < 300_000, "\(closed)")
    }
}
