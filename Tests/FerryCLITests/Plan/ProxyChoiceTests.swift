import Connector
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
        return choice.proxy(for: try HTTPURL.parse(url), userAgent: "x").map { "\($0)" }
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
        let both = ["http_proxy": "env:1", "no_proxy": "a.test", "NO_PROXY": "b.test"]
        #expect(try host("http://a.test/", [], both) == nil)
        #expect(try host("http://b.test/", [], both) != nil)
        let empty = ["http_proxy": "env:1", "no_proxy": "", "NO_PROXY": "b.test"]
        #expect(try host("http://b.test/", [], empty) == nil)
    }

    @Test func `what is wrong is told of the right source`() {
        #expect(throws: UsageError.self) { try host("http://a/", ["-x", "socks6://h"]) }
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

    private func proxy(
        _ arguments: [String], _ environment: [String: String] = [:], url: String = "http://a/"
    ) throws -> Proxy? {
        var planner = Planner(
            settings: try parse(arguments + ["u"]), environment: { environment[$0] },
            fileExists: { _ in true }, askPassword: { _ in nil })
        return try planner.plan().operations[0].proxy.proxy(for: try HTTPURL.parse(url), userAgent: "x")
    }

    @Test(arguments: [
        (["-x", "h"], Proxy.Kind.http), (["-x", "https://h"], .https), (["-x", "socks4://h"], .socks4),
        (["-x", "socks4a://h"], .socks4a), (["-x", "socks5://h"], .socks5),
        (["-x", "socks5h://h"], .socks5h),
        (["-x", "socks://h"], .socks4), (["--socks4", "h"], .socks4), (["--socks4a", "h"], .socks4a),
        (["--socks5", "h"], .socks5), (["--socks5-hostname", "h"], .socks5h), (["--proxy1.0", "h"], .http),
        (["--socks5", "socks4://h"], .socks4), (["--socks5", "h", "-x", "h"], .http),
        (["-x", "h", "--socks4a", "h"], .socks4a), (["--preproxy", "h"], .socks4),
        (["--preproxy", "socks5h://h", "-x", ""], .socks5h),
    ])
    func `options and schemes say which protocol is spoken`(arguments: [String], kind: Proxy.Kind) throws {
        let proxy = try #require(try proxy(arguments))
        #expect(proxy.kind == kind && proxy.host == "h" && proxy.preproxy == nil)
        #expect(proxy.port == (kind == .https ? 443 : 1080))
        #expect(proxy.connectsWithHTTP10 == (arguments[0] == "--proxy1.0"))
        #expect(proxy.headers.isEmpty == kind.isSOCKS)
        #expect(proxy.tunnels(toTLS: false) == kind.isSOCKS)
    }

    @Test func `the environment may name SOCKS proxies, and -x and --preproxy silence it`() throws {
        let environment = ["http_proxy": "socks5h://h1", "all_proxy": "socks4://h2"]
        #expect(try proxy([], environment)?.description == "socks5h://h1:1080")
        #expect(try proxy([], environment, url: "https://a/")?.description == "socks4://h2:1080")
        #expect(try proxy(["--preproxy", "p"], environment)?.description == "socks4://p:1080")
        #expect(try proxy(["--preproxy", "", "-x", ""], environment) == nil)
        #expect(try proxy(["--preproxy", ""], environment)?.description == "socks5h://h1:1080")
    }

    @Test func `each proxy has its own login`() throws {
        let own = try proxy(["-x", "http://c:d@q", "-U", "e:f"])
        #expect(own?.user == "c" && own?.password == "d")
        let both = try proxy(["--preproxy", "socks5://a:b@p", "-x", "http://q", "-U", "e:f"])
        #expect(both?.user == "e" && both?.password == "f")
        #expect(both?.preproxy?.user == "a" && both?.preproxy?.password == "b")
        #expect(both?.preproxy?.kind == .socks5 && both?.kind == .http)
        let one = try proxy(["--socks5", "c%40:d@q"])
        #expect(one?.user == "c@" && one?.password == "d" && one?.sendsLogin == true)
        let silent = try proxy(["--no-socks5-basic", "--preproxy", "a:b@p", "-x", "q"])
        #expect(silent?.sendsLogin == false && silent?.preproxy?.sendsLogin == false)
    }

    @Test func `a link-local proxy keeps its zone`() throws {
        #expect(try proxy(["-x", "http://[fe80::1%25lo]:3128"])?.host == "fe80::1%lo")
    }
}
