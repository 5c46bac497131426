import Testing

@testable import FerryCLI

/// `--trace`, `--trace-config` and `--rate` as they are typed.
@Suite struct TraceGroupTests {
    private func global(_ arguments: String...) throws -> GlobalSettings {
        try parse(arguments + ["http://h/"]).global
    }

    private func warnings(_ arguments: String...) throws -> [String] {
        try parse(arguments + ["http://h/"]).warnings
    }

    @Test func `of traces and -v the last one counts, with a warning`() throws {
        #expect(try global("--trace", "-").traceIsHex)
        #expect(try !global("--trace", "a", "--trace-ascii", "b").traceIsHex)
        #expect(try global("--trace-ascii", "a", "--trace", "b").traceAscii == .file("b"))
        #expect(try warnings("--trace", "a", "--trace", "b") == [])
        #expect(
            try warnings("--trace", "a", "--trace-ascii", "b") == [
                "--trace-ascii overrides the --trace before it"
            ])
        #expect(
            try warnings("--trace-ascii", "a", "--trace", "b") == [
                "--trace overrides the --trace-ascii before it"
            ])
        #expect(try warnings("-v", "--trace", "a") == ["--trace overrides the -v before it"])
        #expect(try warnings("--trace", "a", "-v") == ["-v overrides the --trace before it"])
        #expect(try warnings("--trace-ascii", "a", "-v") == ["-v overrides the --trace-ascii before it"])
    }

    @Test func `components are switched on and off`() throws {
        let all = try global("--trace-config", "all,-time")
        #expect(all.traceIDs && !all.traceTime && all.traceNetwork)
        let some = try global("--trace-config", "+ids DNS", "--trace-config", "-ids")
        #expect(!some.traceIDs && !some.traceTime && some.traceNetwork)
        #expect(try parse(["--trace-config", "ssl,ids", "http://h/"]).notes.count == 1)
        #expect(
            refusal(["--trace-config", ",", "http://h/"])?.problem
                == "names no component (all, ids, time, network)")
        let known =
            "protocol,http/2,-http/3,+socks,h1-proxy,haproxy,happy-eyeballs,setup,tcp,SSL,multi,timer,doh,ws,lib-ids"
        #expect(try warnings("--trace-config", known) == [])
        let unknown = try parse(["--trace-config", "nope,ids", "http://h/"])
        #expect(
            unknown.warnings == [
                "option --trace-config: the component 'nope' is none of all, ids, time, network; it is left out"
            ])
        #expect(unknown.global.traceIDs)
    }

    static let rates: [(String, Duration)] = [
        ("2/s", .milliseconds(500)), ("1/s", .seconds(1)), ("1000/s", .milliseconds(1)),
        ("60/m", .seconds(1)),
        ("3/h", .seconds(1200)), ("3", .seconds(1200)), ("24/d", .seconds(3600)), ("10/5m", .seconds(30)),
        ("1/10s", .seconds(10)), ("3600", .seconds(1)),
    ]

    @Test(arguments: rates) func `a rate is the time between two starts`(text: String, interval: Duration)
        throws
    {
        #expect(try global("--rate", text).rate == interval)
    }

    @Test(arguments: [
        "0", "0/s", "-1/s", "x", "2/", "2/x", "/s", "2/s/m", "2.5/s", "2/0s", "2/-1s", "2 /s", "2/S",
    ])
    func `nonsense is no rate`(text: String) {
        let error = refusal(["--rate", text, "http://h/"])
        #expect(error?.problem.hasPrefix("is not a rate") == true, "\(String(describing: error))")
        #expect(error?.status == .usage)
    }

    @Test(arguments: ["1001/s", "99999999/h"]) func `a rate has a limit`(text: String) {
        #expect(refusal(["--rate", text, "http://h/"])?.problem == "is more than 1000 transfers a second")
    }
}
