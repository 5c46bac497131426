import Glibc
import TestSupport

/// Fetches from the demo servers with a `ferry` binary, showing each command, and checks that each did its job.
struct Demo {
    let ferry: String
    let servers: DemoServers

    /// Returns how many commands didn't do what they should.
    func run() throws -> Int {
        let http = "http://\(servers.plain.authority)"
        let https = "https://\(servers.tls.authority)"
        var failures = 0

        say("# A plain fetch, with the response's head.")
        failures += try command(["-i", "\(http)/json"])

        say("# A JSON POST, and a redirect that is followed.")
        failures += try command(["--json", #"{"sent": "by ferry"}"#, "\(http)/echo"])
        say("")
        failures += try command([
            "-L", "-o", "/dev/null", "-w", #"%{http_code} %{url_effective}\n"#, "\(http)/redirect/3",
        ])

        say("# TLS, trusting the server's own certificate.")
        failures += try command(["--cacert", servers.certificateFile, "\(https)/json"])

        say("# TLS, pinned to that one certificate.")
        failures += try command(["--fingerprint", servers.fingerprint, "\(https)/json"])

        say("# The wrong pin: nothing is sent, and the exit status is 90.")
        let wrong = String(servers.fingerprint.reversed())
        failures += try command(["--fingerprint", wrong, "\(https)/json"], expecting: 90)

        say("# A Unix socket, as Docker's.")
        failures += try command(["--unix-socket", servers.socketPath, "http://localhost/headers"])

        say("# Eight slow answers at once, two connections to the host at most.")
        let before = servers.plain.acceptedCount
        failures += try command([
            "-Z", "--limit-per-host", "2", "-w", #"%{http_code} after %{time_total} s\n"#,
            "\(http)/slow?ms=100&n=[1-8]",
        ])
        let (used, peak) = (servers.plain.acceptedCount - before, servers.plain.peakOpenCount)
        say("The server saw \(used) connections, at most \(peak) at once.")
        if !(1...2).contains(peak) {
            say("That is not what the limit says!")
            failures += 1
        }
        say(failures == 0 ? "Everything went as it should." : "\(failures) did not go as they should.")
        return failures
    }

    /// Runs ferry with its output going where ours goes; 0 when its exit status is the expected one, otherwise 1.
    private func command(_ arguments: [String], expecting expected: Int32 = 0) throws -> Int {
        say("$ ferry " + arguments.map(Self.quoted).joined(separator: " "))
        // Neither the user's config file nor, when the output is piped, the meter belongs here.
        let process = try RunningProcess(ferry, ["-q", "-sS"] + arguments, passThrough: true)
        let result = process.wait(timeoutSeconds: 30)
        guard result.exitStatus != expected else {
            say("")
            return 0
        }
        let end = result.exitStatus.map { "exit status \($0)" } ?? "signal \(result.signal ?? 0)"
        say("This ended with \(end) instead of exit status \(expected).\n")
        return 1
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "-_./:=,@".utf8.contains(byte)
            }
        }
        return isPlain && !word.isEmpty ? word : "'\(word)'"
    }
}

/// Writes a line to standard output at once, so that it stands in order with what child processes write there.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(1, bytes, bytes.count)
}
