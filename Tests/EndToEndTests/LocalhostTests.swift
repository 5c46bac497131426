import TestSupport
import Testing

/// `localhost` and URLs that begin with their port.
@Suite struct LocalhostTests {
    @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost"])
    func `localhost is found at either loopback address (T-07)`(host: String) throws {
        let addresses: [ListenAddress] = hasIPv6Loopback() ? [.loopback, .ipv6("::1")] : [.loopback]
        for address in addresses {
            let server = try ScriptedServer(on: address) { _ in [.respond(body: "here")] }
            let result = try runFerry(["-sS", "http://\(host):\(server.port)/x"])
            #expect(result.outText == "here", "\(address): \(result)")
        }
    }

    @Test func `a URL that begins with its port is on this machine (T-07)`() throws {
        let server = try ScriptedServer { [.respond(body: "\($0.target) \($0.header("host") ?? "")\n")] }
        let folder = try TemporaryDirectory()
        try folder.write(":\(server.port)/from-a-list\n", to: "list")
        let result = try runFerry(
            [
                "-sS", ":\(server.port)/x?y", ":\(server.port)", ":\(server.port)/{a,b}", "--proto-default",
                "https",
            ])
        #expect(
            result.outText == ["/x?y", "/", "/a", "/b"].map { "\($0) localhost:\(server.port)\n" }.joined(),
            "\(result)")
        let list = try runFerry(["-sS", "--url", "@list"], directory: folder.path)
        #expect(list.exitStatus == 0 && folder.read("from-a-list") != nil, "\(list)")
        #expect(try runFerry(["-s", ":x/"]).exitStatus == 3)
    }
}
