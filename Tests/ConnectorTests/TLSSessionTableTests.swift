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
            #expect(other.take(key, now: now) == nil, "\(line)")
        }
        var fine = TLSSessionTable()
        fine.load(bytes("\(saltLine)\nrubbish\n\(key) \(now + 5) AQ==\n"), now: now)
        #expect(fine.take(key, now: now) == [1])
    }
}
