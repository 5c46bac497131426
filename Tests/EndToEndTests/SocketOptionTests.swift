import Glibc
import TestSupport
import Testing

/// Options that are told to the kernel: where sockets begin is seen in `-w`, the rest by asking the socket itself.
@Suite struct SocketOptionTests {
    static let cases = [
        FetchCase(
            "--interface with an address", ["--interface", "127.0.0.5", "-w", "%{local_ip}", "{U}/"],
            stdout: "127.0.0.5"),
        FetchCase(
            "--interface with an interface", ["--interface", "lo", "-w", "%{local_ip}", "{U}/"],
            stdout: "127.0.0.1"),
        FetchCase(
            "--interface host!", ["--interface", "host!127.0.0.6", "-w", "%{local_ip}", "{U}/"],
            stdout: "127.0.0.6"),
        FetchCase(
            "--interface that is not there",
            ["-sS", "--interface", "if!nosuch9", "http://127.0.0.1:9/"],
            stderr:
                "ferry: (45) http://127.0.0.1:9/: cannot connect to 127.0.0.1:9: there is no interface 'nosuch9'\n",
            status: 45),
        FetchCase(
            "--interface that is not there, on the way to a proxy",
            ["-sS", "--interface", "if!nosuch9", "-x", "http://127.0.0.1:9", "http://a.test/"],
            stderr:
                "ferry: (45) http://a.test/: cannot connect to proxy http://127.0.0.1:9: there is no interface 'nosuch9'\n",
            status: 45),
        FetchCase(
            "--interface of another machine", ["-s", "--interface", "192.0.2.1", "http://127.0.0.1:9/"],
            status: 45),
        FetchCase(
            "a malformed --interface", ["--interface", "ifhost!lo", "{U}/"],
            stderr: """
                ferry: option --interface: 'ifhost!lo' is not an interface, a host, if!interface, host!host or \
                ifhost!interface!host
                ferry: try 'ferry --help' for more information

                """, status: 43),
    ]

    @Test(arguments: cases) func `the local end`(_ one: FetchCase) throws { try one.check() }

    @Test func `--local-port`() throws {
        let server = try ScriptedServer(handler: { _ in [.respond(200)] })
        let taken = try RefusedPort()
        let last = min(Int(taken.port) + 50, 65_535)
        let result = try runFerry(
            ["--local-port", "\(taken.port)-\(last)", "-w", "%{local_port}", server.url()])
        let port = try #require(Int(result.outText), "\(result)")
        #expect(port > Int(taken.port) && port <= last)
        let clash = try runFerry([
            "-sS", "--local-port", "\(taken.port)", "--interface", "127.0.0.1", server.url(),
        ])
        #expect(clash.exitStatus == 45, "\(clash)")
        #expect(clash.errText.contains("cannot bind port \(taken.port): address already in use"), "\(clash)")
    }

    struct Told: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var level: CInt
        var name: CInt
        var value: CInt

        init(_ arguments: [String], _ level: CInt, _ name: CInt, _ value: CInt) {
            (self.arguments, self.level, self.name, self.value) = (arguments, level, name, value)
        }

        var testDescription: String { "\(arguments.joined(separator: " ")) \(name)" }
    }

    private static let tcp = CInt(IPPROTO_TCP)

    static let told = [
        Told([], SOL_SOCKET, SO_KEEPALIVE, 1), Told([], tcp, TCP_KEEPIDLE, 60), Told([], tcp, TCP_NODELAY, 1),
        Told(["--no-keepalive"], SOL_SOCKET, SO_KEEPALIVE, 0),
        Told(["--keepalive-time", "25"], tcp, TCP_KEEPIDLE, 25),
        Told(["--keepalive-time", "25"], tcp, TCP_KEEPINTVL, 25),
        Told(["--keepalive-cnt", "3"], tcp, TCP_KEEPCNT, 3),
        Told(["--no-tcp-nodelay"], tcp, TCP_NODELAY, 0),
        Told(["--tcp-fastopen"], tcp, TCP_FASTOPEN_CONNECT, 1),
        Told(["--ip-tos", "CS1"], CInt(IPPROTO_IP), IP_TOS, 0x20),
        Told(["--vlan-priority", "4"], SOL_SOCKET, SO_PRIORITY, 4),
    ]

    @Test(arguments: told) func `the kernel is told`(_ told: Told) throws {
        let server = try ScriptedServer(script: [.expectRequest, .hold])
        let process = try RunningProcess(ferryBinary(), ["-s"] + told.arguments + [server.url()])
        #expect(server.waitForRequests(1))
        // Where the kernel does not lend descriptors of children, the tests of the connector have to do.
        guard let socket = borrowSocket(of: process.pid) else { return }
        defer { close(socket) }
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        #expect(getsockopt(socket, told.level, told.name, &value, &size) == 0)
        #expect(value == told.value)
    }

    /// A copy of the one TCP socket that the process holds; nil where this is not allowed.
    private func borrowSocket(of pid: Int32) -> CInt? {
        typealias Open = @convention(c) (pid_t, CUnsignedInt) -> CInt
        typealias Lend = @convention(c) (CInt, CInt, CUnsignedInt) -> CInt
        guard let open = dlsym(nil, "pidfd_open"), let lend = dlsym(nil, "pidfd_getfd") else { return nil }
        let process = unsafeBitCast(open, to: Open.self)(pid, 0)
        guard process >= 0 else { return nil }
        defer { close(process) }
        for number in CInt(3)..<64 {
            let copy = unsafeBitCast(lend, to: Lend.self)(process, number, 0)
            guard copy >= 0 else { continue }
            var domain: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            if getsockopt(copy, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0, domain == AF_INET { return copy }
            close(copy)
        }
        return nil
    }
}
