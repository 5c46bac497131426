import Testing

@testable import FerryCLI

struct ProtocolSetTests {
    @Test(arguments: [
        ("http", "http https"), ("=http", "http"), ("-http", "https"), ("=https,http", "http https"),
        ("-all,https", "https"), ("=HTTPS", "https"), ("+http,-https", "http"), ("all", "http https"),
        ("=all,-https", "http"), ("-all,=http", "http"), ("=ftp", "ftp"), ("http,ftp", "ftp http https"),
        ("=foo,http", "http"), ("=-http", "https"), ("http,,https", "http https"), ("1", "http https"),
        ("http,-1", "http https"),
    ])
    func `lists are read from left to right`(_ text: String, _ expected: String) {
        let set = ProtocolSet(text) { _ in }
        #expect(set?.names.sorted().joined(separator: " ") == expected)
    }

    @Test(arguments: ["-all", "=foo", "=", "http,=", "-http,-https", "-all,foo", "=1", "/", "http, https"])
    func `what allows nothing or names nothing`(_ text: String) {
        #expect(ProtocolSet(text) { _ in } == nil)
    }

    @Test func `unknown names are told`() {
        var unknown: [String] = []
        _ = ProtocolSet("http,Foo,-bar,ftp,1") { unknown.append($0) }
        #expect(unknown == ["Foo", "bar", "1"])
    }

    @Test func `a Unix socket does not change the protocol`() throws {
        let set = try #require(ProtocolSet("=https") { _ in })
        #expect(set.allows("https") && set.allows("https+unix"))
        #expect(!set.allows("http") && !set.allows("http+unix"))
    }
}
