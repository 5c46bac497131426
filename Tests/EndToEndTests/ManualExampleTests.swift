import TestSupport
import Testing

/// The worked examples of the manual's sections IN CI and UNIX SOCKETS, run against the demo server as they stand there:
/// its addresses take the place of theirs.
@Suite struct ManualExampleTests {
    /// The demo server in a process of its own.
    private final class DemoServer {
        private let process: RunningProcess
        private(set) var addresses: [String: String] = [:]

        init() throws {
            process = try RunningProcess(
                ferryBinary().replacingLastPart(with: "ferry-demo-server"), [], stdin: .open)
            try #require(process.waitForOutput("ends the server"))
            for line in text(process.stdout).split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { addresses[parts[0]] = parts[1] }
            }
        }

        deinit {
            process.closeInput()
            process.wait(timeoutSeconds: 10)
        }
    }

    /// The commands in the manual that use what the two sections are about, with their lines joined.
    private static func commands() throws -> [String] {
        let manual = try runFerry(["--generate", "man"]).outText
        var commands: [String] = []
        for section in ["IN CI", "UNIX SOCKETS"] {
            let text = manual.components(from: ".SH \(section)\n", to: "\n.SH ")
            for block in text.blocks(from: ".EX\n", to: "\n.EE") {
                var plain = block
                for (escape, character) in [
                    ("\\-", "-"), ("\\(aq", "'"), ("\\(ti", "~"), ("\\(ha", "^"), ("\\&", ""), ("\\e", "\\"),
                ] { plain = plain.replacing(escape, with: character) }
                let lines = plain.split(separator: "\n").map(String.init)
                commands += Self.commands(in: lines)
            }
        }
        return commands
    }

    /// From `ferry` on, to the end of the line or of what continues it.
    private static func commands(in lines: [String]) -> [String] {
        var commands: [String] = []
        for (index, line) in lines.enumerated() {
            if line.contains("[\"CMD\", \"ferry\"") {
                let words = line.split(separator: "\"").map(String.init).filter {
                    !$0.contains(",") && !$0.contains("[") && !$0.contains("]")
                }
                commands.append(words.drop { $0 != "ferry" }.joined(separator: " "))
                continue
            }
            guard
                let start = line.firstRange(of: "ferry -")?.lowerBound ?? line.firstRange(of: "ferry unix")?
                    .lowerBound
                    ?? line.firstRange(of: "ferry http")?.lowerBound
            else { continue }
            var command = String(line[start...])
            let indent = line.prefix { $0 == " " || $0 == "-" }.count
            for next in lines[(index + 1)...] {
                let depth = next.prefix { $0 == " " }.count
                guard depth >= indent, depth > 0,
                    next.dropFirst(depth).first == "-" || next.dropFirst(depth).hasPrefix("http")
                else { break }
                guard !next.dropFirst(depth).hasPrefix("- ") else { break }
                command += " " + next.dropFirst(depth)
            }
            commands.append(command)
        }
        return commands
    }

    @Test func `each worked example does what it says (E-01, E-04, U-02, W-01)`() throws {
        let server = try DemoServer()
        let http = try #require(server.addresses["HTTP"])
        let socket = try #require(server.addresses["SOCKET"])
        let encoded = socket.split(separator: "/").map { "%2F" + $0 }.joined()
        let folder = try TemporaryDirectory()
        let commands = try Self.commands()
        #expect(commands.count == 12, "\(commands)")
        for command in commands {
            var line = command
            for (place, address) in [
                ("http://localhost:8080", http), ("http://app:8080", http), ("/run/api.sock", socket),
                ("%2Frun%2Fapi.sock", encoded), ("ferry ", "\(ferryBinary()) -q "),
            ] { line = line.replacing(place, with: address) }
            // Nobody stops the server meanwhile.
            let isForEnd = line.contains("--wait-gone")
            if isForEnd { line = line.replacing("--wait-ready 10", with: "--wait-ready 0.1") }
            let result = try runProcess("/bin/sh", ["-c", line], directory: folder.path, timeoutSeconds: 30)
            #expect(result.exitStatus == (isForEnd ? 112 : 0), "\(command): \(result)")
        }
        #expect(folder.read("ferry.xml").map { text($0) }?.contains("<testcase ") == true)
    }

    @Test func `the demo server gets healthy, and ferry waits for that`() throws {
        let server = try DemoServer()
        let http = try #require(server.addresses["HTTP"])
        let result = try runFerry([
            "--wait-ready", "20", "--wait-interval", "0.02", "--expect-json", ".status == up",
            "\(http)/health?after=3",
        ])
        #expect(result.exitStatus == 0 && result.outText == "{\"status\":\"up\"}\n", "\(result)")
        #expect(result.errText.contains("HTTP 503 Service Unavailable\n"))
    }
}

extension String {
    fileprivate func replacingLastPart(with name: String) -> String {
        split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + name
    }

    /// What stands between `start` and the next `end`.
    fileprivate func components(from start: String, to end: String) -> String {
        guard let first = firstRange(of: start) else { return "" }
        let rest = self[first.upperBound...]
        return String(rest[..<(rest.firstRange(of: end)?.lowerBound ?? rest.endIndex)])
    }

    fileprivate func blocks(from start: String, to end: String) -> [String] {
        var blocks: [String] = []
        var rest = self[...]
        while let first = rest.firstRange(of: start) {
            rest = rest[first.upperBound...]
            let last = rest.firstRange(of: end)?.lowerBound ?? rest.endIndex
            blocks.append(String(rest[..<last]))
            rest = rest[last...]
        }
        return blocks
    }
}
