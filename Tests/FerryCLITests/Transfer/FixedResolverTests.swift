import Testing

@testable import FerryCLI

@Suite struct FixedResolverTests {
    @Test func `of two --resolve for one host and port the later counts`() throws {
        func table(_ entries: String...) throws -> ResolveTable {
            ResolveTable(try entries.map { try #require(OptionValue.resolve($0)) })
        }
        #expect(try table("h:1:127.0.0.1", "H:1:::1").entry(host: "h", port: 1)?.addresses == ["::1"])
        #expect(try table("h:1:127.0.0.1", "-h:1").isEmpty)
        #expect(try table("-h:1", "h:1:127.0.0.1").entry(host: "h", port: 1) != nil)
        let both = try table("h:1:::1", "*:1:127.0.0.1")
        #expect(both.entry(host: "h", port: 1)?.addresses == ["::1"])
        #expect(both.entry(host: "other", port: 1)?.addresses == ["127.0.0.1"])
        #expect(both.entry(host: "h", port: 2) == nil)
    }
}
