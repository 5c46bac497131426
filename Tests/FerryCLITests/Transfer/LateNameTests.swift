import Connector
import Glibc
import TestSupport
import Testing

@testable import FerryCLI

/// A name that is not known at first, as in a network of containers that is just coming up.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct LateNameTests {
    @LoopActor
    private final class LateResolver: Resolver {
        private(set) var asked = 0
        private let knownAfter: Int
        private let address: SocketAddress

        init(knownAfter: Int, _ address: SocketAddress) {
            self.knownAfter = knownAfter
            self.address = address
        }

        func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
            asked += 1
            guard asked > knownAfter else {
                throw DNSFailure(host: host, port: port, code: EAI_NONAME, text: "no such name")
            }
            return [ResolvedAddress(host: host, address: address)]
        }

        func close() async {}
    }

    @Test func `a name that resolves late is waited for (W-02)`()
        async throws
    {
        let server = try ScriptedServer(script: [.expectRequest, .respond(body: "up"), .hold])
        let address = try #require(SocketAddress(numericHost: "127.0.0.1", port: server.port))
        let resolver = LateResolver(knownAfter: 3, address)
        let folder = try TemporaryDirectory()
        var planner = Planner(
            settings: try parse([
                "--wait-ready", "30", "--wait-interval", "0.02", "--stderr", folder.file("err"), "-o",
                folder.file("out"), "--no-progress-meter", "http://late.example:\(server.port)/",
            ]),
            environment: { _ in nil }, fileExists: { _ in true }, askPassword: { _ in nil })
        let status = await Runner.run(
            try planner.plan(), warnings: [], notes: [], resolver: resolver)
        let said = String(decoding: folder.read("err") ?? [], as: UTF8.self)
        #expect(status == 0 && resolver.asked == 4, "\(said)")
        #expect(folder.read("out") == Array("up".utf8))
        #expect(said.contains("waiting for late.example:\(server.port): "), "\(said)")
        #expect(said.contains("4 tries"), "\(said)")
    }
}
