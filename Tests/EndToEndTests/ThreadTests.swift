import Glibc
import TestSupport
import Testing

/// What a fetch costs in threads, and that it waits for none of them.
@Suite struct ThreadTests {
    /// Threads of the process while it waits for the answer.
    private func threads(after first: [String] = []) throws -> Int {
        let (arrived, go) = (Gate(), Gate())
        let server = try ScriptedServer(script: [
            .expectRequest, .open(arrived), .pause(until: go), .respond(body: "a"),
        ])
        let process = try RunningProcess(ferryBinary(), ["-s"] + first + [server.url()])
        #expect(arrived.wait())
        let listing = try runProcess("ls", ["/proc/\(process.pid)/task"])
        go.open()
        #expect(process.wait().outText == "a")
        return listing.outText.split(separator: "\n").count
    }

    @Test func `a fetch from an address runs on one thread, a name needs a second (SWIFT-04)`() throws {
        #expect(try threads() == 1)
        #expect(try threads(after: ["http://name.invalid/"]) == 2)
    }

    /// Whether this user may make a network and a mount table of its own.
    private static let hasNamespaces: Bool = {
        let result = try? runProcess("unshare", ["-rmn", "ip", "link", "set", "lo", "up"])
        return result?.exitStatus == 0
    }()

    @Test(.enabled(if: hasNamespaces, "unshare is not allowed here"))
    func `a name server that never answers holds up neither a deadline nor the end (DNS-22, CONN-06)`() throws
    {
        let folder = try TemporaryDirectory()
        let settings = try folder.write("nameserver 127.0.0.1\noptions timeout:30\n", to: "resolv.conf")
        let certificate = TestCertificates.leaf()
        let (chain, key) = (
            try folder.write(certificate.certificatePEM, to: "cert.pem"),
            try folder.write(certificate.keyPEM, to: "key.pem")
        )
        // A server of another protocol takes the questions and makes nothing of them.
        let script = """
            ip link set lo up && mount --bind '\(settings)' /etc/resolv.conf || exit 99
            sleep 60 | openssl s_server -dtls -accept 127.0.0.1:53 -cert '\(chain)' -key '\(key)' -quiet &
            until grep -q ':0035 ' /proc/net/udp; do sleep 0.01; done
            '\(ferryBinary())' -sS --max-time 0.3 http://stuck.test/
            """
        let result = try runProcess(
            "unshare", ["-rmn", "--pid", "--fork", "--kill-child", "bash", "-c", script])
        #expect(result.exitStatus == 28, "\(result)")
        #expect(result.errText.contains("resolving the name of stuck.test:80 timed out"), "\(result)")
        // The resolver would have gone on for half a minute.
        #expect(result.wallSeconds < 20)
    }

    @Test(.enabled(if: hasNamespaces, "unshare is not allowed here"))
    func `localhost is known where nothing but the loopback is up (DNS-18, BUG-15)`() throws {
        for option in ["-4", "-v"] {
            let script = "ip link set lo up; exec '\(ferryBinary())' -sS \(option) http://localhost:9/"
            let result = try runProcess("unshare", ["-rn", "bash", "-c", script])
            // Found, and nobody is there.
            #expect(result.exitStatus == 7, "\(option): \(result)")
        }
    }

    @Test(.enabled(if: hasNamespaces, "unshare is not allowed here"), arguments: ["-4", "-6"])
    func `so are this machine's other names, in the family that is asked for (DNS-18)`(option: String) throws
    {
        let folder = try TemporaryDirectory()
        let hosts = try folder.write("127.0.0.1 box.test\n::1 box.test\n", to: "hosts")
        let script = """
            ip link set lo up && mount --bind '\(hosts)' /etc/hosts || exit 99
            '\(ferryBinary())' -sS \(option) http://box.test:9/
            """
        let result = try runProcess("unshare", ["-rmn", "bash", "-c", script])
        // Found, and nobody is there.
        #expect(result.exitStatus == 7, "\(result)")
    }
}
