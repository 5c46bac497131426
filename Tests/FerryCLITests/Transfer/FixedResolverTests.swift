import Connector
import Synchronization
import Testing

@testable import FerryCLI

@Suite struct FixedResolverTests {
    private final class Clock: Sendable {
        private let instant = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { instant.withLock { $0 } }

        func advance(by time: Duration) { instant.withLock { $0 += time } }
    }

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

    @Test func `what --resolve says with a plus expires`() async throws {
        let entries = try ["+localhost:1:127.0.0.9", "localhost:2:127.0.0.9"].map {
            try #require(OptionValue.resolve($0))
        }
        let clock = Clock()
        let resolver = FixedResolver(ResolveTable(entries), life: .seconds(10), now: { clock.now })
        let forever = FixedResolver(ResolveTable(entries), life: nil, now: { clock.now })
        func addresses(_ resolver: FixedResolver, _ port: UInt16) async throws -> [String] {
            try await resolver.resolve(host: "localhost", port: port, family: .ipv4).map(\.address.host)
        }
        #expect(try await addresses(resolver, 1) == ["127.0.0.9"])
        clock.advance(by: .seconds(10))
        #expect(try await addresses(resolver, 1) == ["127.0.0.9"])
        clock.advance(by: .nanoseconds(1))
        #expect(try await addresses(resolver, 1) == ["127.0.0.1"])
        #expect(try await addresses(resolver, 2) == ["127.0.0.9"])
        #expect(try await addresses(forever, 1) == ["127.0.0.9"])
    }
}
