import TLS
import Testing

@testable import Connector

/// Sessions that are kept beyond a run: one use each, bounded, and unreadable as to hosts.
struct TLSSessionTableTests {
    private let now: Int64 = 1_800_000_000
    private let salt = [UInt8](0..<16)

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `a session is taken once, the newest first, and not beyond its day`() {
        var table = TLSSessionTable(salt: salt)
        let key = table.key("https://a.test")
        table.keep([1], key, now: now)
        table.keep([2], key, now: now + 10)
        #expect(table.take(table.key("https://b.test"), now: now) == nil)
        #expect(table.take(key, now: now + 20) == [2])
        table.keep([3], key, now: now + 30)
        #expect(table.take(key, now: now + 40) == [3])
        #expect(table.take(key, now: now + 86_400) == nil)
        #expect(table.take(key, now: now) == nil)
    }

    @Test func `what is written reads back, without a host in it`() {
        var table = TLSSessionTable(salt: salt)
        for number in 0..<3 {
            table.keep([UInt8(number), 0, 255], table.key("https://host\(number).test"), now: now)
        }
        table.keep([9], table.key("https://late.test"), now: now + 100)
        let text = table.text(now: now)
        #expect(text.split(separator: "\n").count == 5 && !text.contains("host") && !text.contains("late"))
        #expect(table.text(now: now + 86_450).split(separator: "\n").count == 2)
        var back = TLSSessionTable()
        back.load(bytes(text), now: now + 86_450)
        #expect(back.text(now: now + 86_450).split(separator: "\n").count == 2)
        back = TLSSessionTable()
        back.load(bytes(text), now: now + 100)
        #expect(back.text(now: now) == text)
        #expect(back.take(back.key("https://host2.test"), now: now) == [2, 0, 255])
    }

    @Test func `another salt gives other keys`() {
        #expect(TLSSessionTable().key("https://a.test") != TLSSessionTable().key("https://a.test"))
        #expect(TLSSessionTable(salt: salt).key("a") == TLSSessionTable(salt: salt).key("a"))
    }

    @Test func `an endpoint and the whole keep a bounded number`() {
        var table = TLSSessionTable(salt: salt)
        for number in 0..<20 { table.keep([UInt8(number)], "one", now: now) }
        #expect(table.text(now: now).split(separator: "\n").count == 1 + 8)
        for number in 0..<2000 { table.keep([1], "k\(number)", now: now) }
        #expect(table.text(now: now).split(separator: "\n").count == 1 + 1000)
        #expect(table.take("one", now: now) == [19])
        table.keep([7], "new", now: now)
        #expect(table.take("new", now: now) == [7])
    }

    @Test func `rubbish is passed over`() {
        var table = TLSSessionTable(salt: salt)
        let key = table.key("h")
        table.keep([1], key, now: now)
        let good = table.text(now: now)
        let saltLine = good.split(separator: "\n")[0]
        for text in [
            "", "\n\n", "rubbish", "# TLS sessions of ferry, salt AAAA\n\(key) \(now + 5) AQ==",
            String(good.dropFirst(3)),
        ] {
            var other = TLSSessionTable(salt: salt)
            other.keep([2], key, now: now)
            other.load(bytes(text), now: now)
            #expect(other.take(key, now: now) == [2], "\(text)")
        }
        for line in [
            "\(key)", "\(key) \(now + 5)", "\(key) x AQ==", "\(key) \(now + 5) !!", "\(key) \(now + 5) ",
            "short \(now + 5) AQ==", "\(key) \(now) AQ==", "\(key) \(now + 86_401) AQ==",
            "\(key) \(now + 5) AQ== x",
        ] {
            var other = TLSSessionTable()
            other.load(bytes("\(saltLine)\n\(line)\n\u{FFFD}\u{0}\n"), now: now)
            #expect(other.text(now: now) == "\(saltLine)\n", "\(line)")
        }
        // Those that have expired take no room from others.
        let expired = (0..<1000).map { "\(table.key("\($0)")) \(now) AQ==\n" }.joined()
        var full = TLSSessionTable()
        full.load(bytes("\(saltLine)\n\(expired)\(key) \(now + 5) AQ==\n"), now: now)
        #expect(full.take(key, now: now) == [1])
        var fine = TLSSessionTable()
        fine.load(bytes("\(saltLine)\nrubbish\n\(key) \(now + 5) AQ==\n"), now: now)
        #expect(fine.take(key, now: now) == [1])
    }
}

/// Sessions on their way from one connection to the next.
@LoopActor struct TLSSessionKeepingTests {
    private func endpoint(
        _ host: String = "a.test", name: String? = nil, proxy: Proxy? = nil,
        _ change: (inout TLSConfiguration) -> Void = { _ in }
    ) throws -> Endpoint {
        var configuration = TLSConfiguration()
        change(&configuration)
        var request = ConnectionRequest(scheme: "https", host: host, port: 443, serverName: name)
        request.tls = .custom(configuration)
        request.proxy = proxy
        return try TCPConnector().endpoint(for: request)
    }

    @Test func `a ticket is for one use, the newest first, and a place keeps eight`() throws {
        let box = SessionStore()
        let (one, other) = (try endpoint(), try endpoint("b.test"))
        for number in 0..<10 { box.keep([UInt8(number)], for: one) }
        #expect(box.take(for: other) == nil)
        for number in (2..<10).reversed() { #expect(box.take(for: one) == [UInt8(number)]) }
        #expect(box.take(for: one) == nil)
    }

    @Test func `tickets of a thousand places are kept`() throws {
        let box = SessionStore()
        let endpoints = try (0...1000).map { try endpoint("host\($0).test") }
        for endpoint in endpoints { box.keep([1], for: endpoint) }
        #expect(endpoints.count { box.take(for: $0) != nil } == 1000)
    }

    @Test func `a session goes to no place, name or settings but its own`() throws {
        let cache = TLSSessionCache(table: TLSSessionTable()) { 1_800_000_000 }
        let own = try endpoint()
        let pin = Fingerprint(ofDER: [])
        let key = try #require(PublicKeyPin(bytes: pin.bytes))
        let identity = ClientIdentity(certificate: "c.pem")
        let others = [
            try endpoint("b.test"), try endpoint(name: "b.test"),
            try endpoint(proxy: Proxy(kind: .http, host: "p.test", port: 1)),
            try endpoint { $0.verification = .none },
            try endpoint { $0.trust = .custom(files: ["root.pem"], directories: [], pem: nil) },
            try endpoint { $0.trust = .custom(files: [], directories: ["root.pem"], pem: nil) },
            try endpoint { $0.trust = .custom(files: [], directories: [], pem: [1]) },
            try endpoint { $0.revocationLists = ["list.pem"] },
            try endpoint { $0.fingerprints = [pin] }, try endpoint { $0.publicKeyPins = [key] },
            try endpoint { $0.clientIdentity = identity },
            try endpoint { $0.clientIdentity = ClientIdentity(certificate: "c.pem", key: "k.pem") },
            try endpoint { $0.clientIdentity = ClientIdentity(certificate: "c.pem", format: .p12) },
            try endpoint { $0.minimumVersion = .tls1_3 }, try endpoint { $0.maximumVersion = .tls1_2 },
            try endpoint { $0.applicationProtocols = [] }, try endpoint { $0.priority = "SECURE256" },
        ]
        for (number, endpoint) in others.enumerated() { cache.keep([UInt8(number)], for: endpoint) }
        #expect(cache.take(for: own) == nil)
        cache.keep([255], for: own)
        for (number, endpoint) in others.enumerated() {
            #expect(cache.take(for: endpoint) == [UInt8(number)], "\(number)")
            #expect(cache.take(for: endpoint) == nil, "\(number)")
        }
        #expect(cache.take(for: try endpoint()) == [255])
    }
}
