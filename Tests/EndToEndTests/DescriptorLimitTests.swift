import TestSupport
import Testing

/// What becomes of a run that may open next to nothing.
@Suite struct DescriptorLimitTests {
    /// A run that may have so many descriptors open, the three standard ones included.
    private func ferry(atMost limit: Int, _ arguments: [String]) throws -> ProcessResult {
        try runProcess(
            "bash", ["-c", "ulimit -n \(limit) && exec \"$@\"", "bash", ferryBinary(), "-S"] + arguments)
    }

    @Test(arguments: [4, 5])
    func `without descriptors for the loop or a socket there is an error and no trap (ERR-04)`(limit: Int)
        throws
    {
        let server = try ScriptedServer { _ in [.respond(body: "a")] }
        let result = try ferry(atMost: limit, [server.url()])
        #expect(result.exitStatus == 7, "\(result)")
        #expect(
            result.errText
                == "ferry: (7) \(server.url()): cannot connect to 127.0.0.1:\(server.port): too many open files\n"
        )
        #expect(result.outText.isEmpty)
        // A name cannot even be looked up.
        let named = try ferry(atMost: limit, ["http://localhost:\(server.port)/"])
        #expect(named.exitStatus == 6 || named.exitStatus == 7, "\(named)")
        #expect(named.errText.hasPrefix("ferry: (") && named.errText.split(separator: "\n").count == 1)
        // Timers need no descriptors.
        let again = try ferry(
            atMost: limit, ["--retry", "1", "--retry-connrefused", "--retry-all-errors", server.url()])
        #expect(again.exitStatus == 7, "\(again)")
        #expect(again.errText.contains("Trying again in "), "\(again)")
    }

    @Test func `more parallel transfers than descriptors wait for their turn`() throws {
        let server = try ScriptedServer { request in [.respond(body: request.path)] }
        let folder = try TemporaryDirectory()
        let files = (1...100).map { folder.file("f\($0)") }
        let result = try ferry(
            atMost: 64, ["-s", "-Z", "-o", folder.file("f#1"), server.url("/[1-100]")])
        #expect(result.exitStatus == 0, "\(result)")
        #expect(files.enumerated().allSatisfy { readFile($1).map { text($0) } == "/\($0 + 1)" })
    }

    @Test func `an idle connection makes way when descriptors run out (SOCK-07)`() throws {
        let first = try ScriptedServer(on: .ipv4("127.0.0.1")) { [.respond(body: $0.target)] }
        let others = try (2...4).map { host in
            try ScriptedServer(on: .ipv4("127.0.0.\(host)", port: first.port)) { [.respond(body: $0.target)] }
        }
        // The least that one fetch needs leaves no room for an idle connection beside another.
        let least = try #require(
            try (4...20).first { try ferry(atMost: $0, ["-v", first.url("/x")]).exitStatus == 0 })
        let urls = (1...4).map { "http://127.0.0.\($0):\(first.port)/\($0)" }
        let result = try ferry(atMost: least, ["-v"] + urls)
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.outText == "/1/2/3/4")
        for host in 1...3 {
            #expect(
                result.errText.contains(
                    "* Closed an idle connection to 127.0.0.\(host):\(first.port): its descriptor was needed\n"
                ), "\(result)")
        }
        withExtendedLifetime(others) {}
    }
}
