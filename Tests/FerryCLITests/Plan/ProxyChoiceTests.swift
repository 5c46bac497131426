import HTTPCore
import Testing

@testable import FerryCLI

struct ProxyChoiceTests {
    private func host(
        _ url: String, _ arguments: [String] = [], _ environment: [String: String] = [:]
    ) throws -> String? {
        var planner = Planner(
            settings: try parse(arguments + ["u"]), environment: { environment[$0] },
            fileExists: { _ in true },
            askPassword: { _ in nil })
        let choice = try planner.plan().operations[0].proxy
        return choice.proxy(for: try URL.parse(url), userAgent: "x").map { "\($0)" }
    }

    @Test func `the environment by scheme, lower case first`() throws {
        let all = [
            "http_proxy": "h1:1", "HTTPS_PROXY": "h2:2", "https_proxy": "h3:3", "all_proxy": "h4:4",
        ]
        #expect(try host("http://a/", [], all)?.contains("h1:1") == true)
        #expect(try host("https://a/", [], all)?.contains("h3:3") == true)
        #expect(try host("https://a/", [], ["ALL_PROXY": "h5:5"])?.contains("h5:5") == true)
        #expect(try host("http://a/", [], ["HTTP_PROXY": "evil:1"]) == nil)
        #expect(try host("http://a/", [], ["http_proxy": "", "all_proxy": "h4:4"])?.contains("h4:4") == true)
    }

    @Test func `the option wins over the environment`() throws {
        let environment = ["http_proxy": "env:1"]
        #expect(try host("http://a/", ["-x", "opt:2"], environment)?.contains("opt:2") == true)
        #expect(try host("http://a/", ["-x", ""], environment) == nil)
        #expect(try host("http://a/", ["--unix-socket", "/s"], environment) == nil)
        #expect(try host("http+unix://%2Fs/", ["-x", "opt:2"]) == nil)
    }

    @Test func `exempt hosts`() throws {
        let environment = ["http_proxy": "env:1", "no_proxy": "a.test,10.0.0.0/8"]
        #expect(try host("http://x.a.test/", [], environment) == nil)
        #expect(try host("http://10.1.2.3/", [], environment) == nil)
        #expect(try host("http://b.test/", [], environment) != nil)
        #expect(try host("http://a.test/", ["--noproxy", ""], environment) != nil)
        #expect(try host("http://b.test/", ["--noproxy", "*"], environment) == nil)
        #expect(try host("http://a.test/", ["-x", "opt:2"], environment) == nil)
    }

    @Test func `what is wrong is told of the right source`() {
        #expect(throws: UsageError.self) { try host("http://a/", ["-x", "socks5://h"]) }
        do {
            _ = try ProxyChoice.parse("http://h:x", variable: "all_proxy")
            Issue.record("it was taken")
        } catch {
            #expect(
                "\(error)"
                    == "environment variable all_proxy: bad proxy URL 'http://h:x': the port is not a decimal number up to 65535"
            )
            #expect(error.status == .proxyNotResolved)
        }
        do {
            _ = try ProxyChoice.parse("foo://h")
            Issue.record("it was taken")
        } catch {
            #expect(error.status == .connectFailed)
        }
    }
}
