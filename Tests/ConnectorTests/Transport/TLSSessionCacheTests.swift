import TLS
import TestSupport
import Testing

@testable import Connector

/// Sessions that are kept beyond a run: one use each, bounded, and unreadable as to hosts.
struct TLSSessionCacheTests {
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

    @Test func `rubbish is passed over and counted`() throws {
        var table = TLSSessionTable(salt: salt)
        let key = table.key("h")
        table.keep([1], key, now: now)
        let good = table.text(now: now)
        let saltLine = good.split(separator: "\n")[0]
        let line = String(good.split(separator: "\n")[1])
        let packed = String(try #require(line.split(separator: " ").last))
        for (text, count) in [
            ("", 0), ("\n\n", 0), ("rubbish", 1), ("# TLS sessions of ferry, salt AAAA\n\(line)", 2),
            (String(good.dropFirst(3)), 2),
        ] {
            var other = TLSSessionTable(salt: salt)
            other.keep([2], key, now: now)
            #expect(other.load(bytes(text), now: now) == count, "\(text)")
            #expect(other.take(key, now: now) == [2], "\(text)")
        }
        for line in [
            "\(key)", "\(key) \(now + 86_400)", "\(key) x \(packed)", "\(key) \(now + 86_400) !!",
            "\(key) \(now + 86_400) ", "short \(now + 86_400) \(packed)", "\(key) \(now + 86_399) \(packed)",
            "\(key) \(now + 86_400) AQ==", "\(table.key("i")) \(now + 86_400) \(packed)", "\(line) x",
            // Of a version of ferry that wrote no checksum.
            "\(key) \(now + 86_400) \(String(repeating: "AQAB", count: 400))",
        ] {
            var other = TLSSessionTable()
            #expect(other.load(bytes("\(saltLine)\n\(line)\n\u{FFFD}\u{0}\n"), now: now) == 2, "\(line)")
            #expect(other.text(now: now) == "\(saltLine)\n", "\(line)")
        }
        var fine = TLSSessionTable()
        #expect(fine.load(bytes("\(saltLine)\nrubbish\n\(line)\n"), now: now) == 1)
        #expect(fine.take(key, now: now) == [1])
    }

    @Test func `what has expired, comes from the future or from another library is no damage`() throws {
        var table = TLSSessionTable(salt: salt, version: "3.7.9")
        for number in 0..<1000 { table.keep([1], table.key("\(number)"), now: now) }
        let text = bytes(table.text(now: now))
        for (moment, version) in [(now + 86_400, "3.7.9"), (now - 1, "3.7.9"), (now, "3.8.0"), (now, "")] {
            var other = TLSSessionTable(version: version)
            #expect(other.load(text, now: moment) == 0)
            #expect(other.text(now: moment).split(separator: "\n").count == 1)
            // They take no room from others.
            other.keep([9], "new", now: moment)
            #expect(other.take("new", now: moment) == [9])
        }
        var same = TLSSessionTable(version: "3.7.9")
        #expect(same.load(text, now: now) == 0)
        #expect(same.text(now: now) == table.text(now: now))
    }

    @Test func `a session of a library that has no version reads back`() {
        var table = TLSSessionTable(salt: salt, version: "")
        table.keep([1], table.key("a"), now: now)
        for (version, lines) in [("", 2), ("3.7.9", 1)] {
            var other = TLSSessionTable(version: version)
            #expect(other.load(bytes(table.text(now: now)), now: now) == 0)
            #expect(other.text(now: now).split(separator: "\n").count == lines)
        }
    }

    @Test func `no damage to a file brings a session that was not written`() throws {
        var table = TLSSessionTable(salt: salt)
        var generator = SystemRandomNumberGenerator()
        let data = (0..<3).map { _ in (0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        let keys = ["a", "b", "b"].map(table.key)
        for (key, data) in zip(keys, data) { table.keep(data, key, now: now) }
        let text = bytes(table.text(now: now))
        func check(_ damaged: [UInt8], _ what: String) {
            var other = TLSSessionTable()
            other.load(damaged, now: now)
            for key in Set(keys) {
                while let found = other.take(key, now: now) {
                    #expect(zip(keys, data).contains { $0 == key && $1 == found }, "\(what)")
                }
            }
        }
        for index in text.indices {
            for bit in [0, 1, 5, 7] {
                var damaged = text
                damaged[index] ^= 1 << UInt8(bit)
                check(damaged, "bit \(bit) of byte \(index)")
            }
            check(Array(text[..<index]), "cut at \(index)")
            check(Array(text[..<index] + text[(index + 1)...]), "without byte \(index)")
            check(Array(text[..<index] + text[(index / 2)...]), "twice from \(index / 2)")
        }
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

    private func context(_ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> TLSContext {
        var configuration = TLSConfiguration()
        change(&configuration)
        return try TLSContext(configuration)
    }

    @Test func `a session is for one use, the newest first, and a place keeps eight`() throws {
        let store = SessionStore()
        let context = try context()
        let (one, other) = (try endpoint(), try endpoint("b.test"))
        for number in 0..<10 { store.keep([UInt8(number)], for: one, context) }
        #expect(store.take(for: other, context) == nil)
        for number in (2..<10).reversed() { #expect(store.take(for: one, context) == [UInt8(number)]) }
        #expect(store.take(for: one, context) == nil)
    }

    @Test func `sessions of a thousand places are kept`() throws {
        let store = SessionStore()
        let context = try context()
        let endpoints = try (0...1000).map { try endpoint("host\($0).test") }
        for endpoint in endpoints { store.keep([1], for: endpoint, context) }
        #expect(endpoints.count { store.take(for: $0, context) != nil } == 1000)
    }

    @Test func `a file that holds another certificate brings another identity, a copy of it does not`() throws
    {
        let folder = try TemporaryDirectory()
        let (alice, bob) = (Certificates.localhost, Certificates.twin)
        func context(_ name: String, holding certificate: TestCertificate) throws -> TLSContext {
            let file = try folder.write(certificate.certificatePEM + certificate.keyPEM, to: name)
            return try self.context { $0.clientIdentity = ClientIdentity(certificate: file) }
        }
        let place = try endpoint()
        let stores = [SessionStore(), SessionStore()]
        stores[1].cache = TLSSessionCache(table: TLSSessionTable()) { 1_800_000_000 }
        for store in stores {
            store.keep([1], for: place, try context("me.pem", holding: alice))
            #expect(store.take(for: place, try context("me.pem", holding: bob)) == nil)
            #expect(store.take(for: place, try self.context()) == nil)
        }
        #expect(stores[1].take(for: place, try context("copy.pem", holding: alice)) == [1])
    }

    @Test func `a session goes to no place, name or settings but its own`() throws {
        let cache = TLSSessionCache(table: TLSSessionTable()) { 1_800_000_000 }
        let (plain, newest) = (try context(), try context { $0.minimumVersion = .tls1_3 })
        let own = SessionOwner(endpoint: try endpoint(), context: plain)
        let others = [
            SessionOwner(endpoint: try endpoint("b.test"), context: plain),
            SessionOwner(endpoint: try endpoint(name: "b.test"), context: plain),
            SessionOwner(
                endpoint: try endpoint(proxy: Proxy(kind: .http, host: "p.test", port: 1)), context: plain),
            // Settings are told apart by `TLSContext.digest()`.
            SessionOwner(endpoint: try endpoint(), context: newest),
        ]
        for (number, owner) in others.enumerated() { cache.keep([UInt8(number)], for: owner) }
        #expect(cache.take(for: own) == nil)
        cache.keep([255], for: own)
        for (number, owner) in others.enumerated() {
            #expect(cache.take(for: owner) == [UInt8(number)], "\(number)")
            #expect(cache.take(for: owner) == nil, "\(number)")
        }
        // Another context of the same content, as another run has it.
        #expect(cache.take(for: SessionOwner(endpoint: try endpoint(), context: try context())) == [255])
    }
}
