import HTTPClient
import Testing

@testable import FerryCLI

struct PlannerTests {
    private func plan(
        _ arguments: [String], environment: [String: String] = [:], files: [String] = [],
        password: String? = nil
    ) throws -> FetchPlan {
        var planner = Planner(
            settings: try parse(arguments), environment: { environment[$0] },
            fileExists: { files.contains($0) },
            askPassword: { _ in password })
        return try planner.plan()
    }

    private func refusal(_ arguments: [String]) -> String? {
        do {
            _ = try plan(arguments)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `the defaults`() throws {
        let plan = try plan(["u"])
        let operation = plan.operations[0]
        #expect(plan.run.window == 100 && !plan.run.isParallel)
        #expect(plan.connectors[0].limit == 100 && plan.connectors[0].limitPerHost == nil)
        #expect(operation.request.userAgent == "ferry/0.1.0")
        #expect(operation.redirects == nil && operation.retry.limit == 0)
        #expect(operation.connectTimeout == .seconds(300) && operation.maxTime == nil)
        #expect(operation.output.isAtomic && operation.output.isBuffered)
        #expect(!operation.cookies.isOn)
    }

    @Test func `zero means no limit where it does`() throws {
        let operation = try plan([
            "-m", "0", "--connect-timeout", "0", "--max-filesize", "0", "--limit-rate", "0", "u",
        ])
        .operations[0]
        #expect(operation.maxTime == nil && operation.connectTimeout == .seconds(300))
        #expect(operation.maxFileSize == nil && operation.limitRate == nil)
        #expect(try plan(["-L", "--max-redirs", "-1", "u"]).operations[0].redirects?.limit == nil)
        #expect(try plan(["-L", "u"]).operations[0].redirects?.limit == 50)
    }

    @Test func `operations with the same connection options share a connector`() throws {
        let plan = try plan(["a", "--next", "-4", "b", "--next", "c"])
        #expect(plan.connectors.count == 2)
        #expect(plan.operations.map(\.connector) == [0, 1, 0])
    }

    @Test func `a socket path that no address can hold is refused`() throws {
        let longest = "/" + String(repeating: "s", count: 106)
        #expect(try plan(["--unix-socket", longest, "u"]).connectors[0].unixSocketPath == longest)
        #expect(throws: UsageError.self) { try plan(["--abstract-unix-socket", longest, "u"]) }
        #expect(
            refusal(["--unix-socket", longest + "s", "u"])?.contains("is longer than the 107 bytes") == true)
    }

    @Test func `a limit per host leaves room for other hosts`() throws {
        #expect(try plan(["-Z", "--limit-per-host", "2", "u"]).run.window == 1024)
        #expect(try plan(["--limit", "7", "u"]).run.window == 7)
        #expect(try plan(["--limit", "0", "u"]).run.window == 10_000)
    }

    @Test func `outputs and uploads go with their URLs`() throws {
        var targets = try plan(["-o", "1", "a", "b", "-T", "", "-T", "f"]).operations[0].targets.makeReader()
        #expect(targets.next() == TargetPlan(url: .url("a"), output: .file("1"), upload: .some(.none)))
        #expect(targets.next() == TargetPlan(url: .url("b"), output: nil, upload: .file("f")))
        #expect(targets.next() == nil)
    }

    @Test func `what cannot be together`() {
        #expect(
            refusal(["-I", "-d", "x", "u"])
                == "option -I: cannot be used with -d: each asks for another request method")
        #expect(refusal(["-G", "-I", "-d", "x", "u"]) == nil)
        #expect(refusal(["-C", "1", "-r", "1-", "u"]) == "option --continue-at: cannot be used with --range")
        #expect(refusal(["a", "--next", "-A", "x"]) == "no URL specified")
        #expect(
            refusal(["-A", "a\nb", "u"])
                == "option --user-agent: 'a\\x0Ab' holds a line break or NUL, which no header field may")
    }

    @Test func `a missing password is asked for`() throws {
        #expect(try plan(["-u", "me", "u"], password: "pw").operations[0].request.user?.password == "pw")
        #expect(try plan(["-u", "me:", "u"]).operations[0].request.user?.password == "")
        #expect(
            refusal(["-u", "me", "u"])
                == "option --user: 'me' has no password, and there is no terminal to ask at; write user:password"
        )
    }

    @Test func `cookies`() throws {
        let plan = try plan(["-b", "a=1", "-b", "file", "-c", "jar", "u"]).operations[0].cookies
        #expect(plan.isOn && plan.pairs == ["a=1"] && plan.files == ["file"] && plan.jar == .file("jar"))
        #expect(!(try self.plan(["-b", "a=1", "u"]).operations[0].cookies.isOn))
        #expect(try self.plan(["-b", "", "u"]).operations[0].cookies.isOn)
    }
}
