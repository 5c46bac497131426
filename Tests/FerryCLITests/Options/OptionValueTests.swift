import HTTPCore
import Testing

@testable import FerryCLI

struct OptionValueTests {
    @Test(
        arguments: [
            ("0", .zero), ("10", .seconds(10)), ("2.5", .milliseconds(2500)), (".5", .milliseconds(500)),
            ("1.", .seconds(1)), ("0.001", .milliseconds(1)), ("500ms", .milliseconds(500)),
            ("1.5ms", .microseconds(1500)),
            ("30s", .seconds(30)), ("2m", .seconds(120)), ("1.5h", .seconds(5400)),
            ("0.0000000019", .nanoseconds(1)),
            ("100000000000", .seconds(100_000_000_000)),
        ] as [(String, Duration)])
    func `seconds`(text: String, duration: Duration) {
        #expect(OptionValue.seconds(text) == duration)
    }

    @Test(arguments: [
        "", ".", "-1", "+1", "1e3", "1 s", " 1", "10x", "10S", "1.2.3", "s", "100000000001", "100000000000h",
        "99999999999999999999", "0x10", "\u{0661}",
    ])
    func `not seconds`(text: String) {
        #expect(OptionValue.seconds(text) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("1000", 1000), ("1b", 1), ("1k", 1024), ("1K", 1024), ("1.5k", 1536), ("2M", 2 << 20),
            ("0.5G", 1 << 29), ("1t", 1 << 40), ("1.5T", 3 << 39), ("1P", 1 << 50), ("1.25p", 5 << 48),
            ("9223372036854775807", .max),
        ] as [(String, Int64)])
    func `sizes`(text: String, bytes: Int64) {
        #expect(OptionValue.size(text) == bytes)
    }

    @Test(arguments: [
        "", "k", "-1", "1.5", "1.5b", "1kb", "1 k", "9223372036854775808", "9000p", "8192P", "1e3", ".",
    ])
    func `not sizes`(text: String) {
        #expect(OptionValue.size(text) == nil)
    }

    @Test(arguments: [("0", 0), ("-1", -1), ("007", 7), ("9223372036854775807", .max)])
    func `whole numbers`(text: String, number: Int) {
        #expect(OptionValue.integer(text) == number)
    }

    @Test(arguments: ["", "-", "+1", " 1", "1 ", "1.0", "x", "9223372036854775808", "\u{0661}"])
    func `not whole numbers`(text: String) {
        #expect(OptionValue.integer(text) == nil)
    }

    @Test(arguments: [
        ("h:80:1.2.3.4", ResolveEntry(host: "h", port: 80, addresses: ["1.2.3.4"])),
        (
            "+h:80:1.2.3.4,::1",
            ResolveEntry(host: "h", port: 80, addresses: ["1.2.3.4", "::1"], expires: true)
        ),
        ("*:443:[2001:db8::7]", ResolveEntry(host: "*", port: 443, addresses: ["2001:db8::7"])),
        ("[::1]:80:127.0.0.1", ResolveEntry(host: "::1", port: 80, addresses: ["127.0.0.1"])),
        ("-h:80", ResolveEntry(host: "h", port: 80, addresses: [], removes: true)),
        ("Bücher.TEST:80:::1", ResolveEntry(host: "xn--bcher-kva.test", port: 80, addresses: ["::1"])),
        ("[0:0::1]:80:::1", ResolveEntry(host: "::1", port: 80, addresses: ["::1"])),
    ])
    func `resolve entries`(text: String, entry: ResolveEntry) {
        #expect(OptionValue.resolve(text) == entry)
    }

    @Test(arguments: [
        "", "h", "h:80", "h:80:", "h:x:1.2.3.4", ":80:1.2.3.4", "h:80:name", "h:80:,",
        "h:65536:1.2.3.4",
        "h:80:1.2.3", "-h:80:1.2.3.4", "[::1:80:1.2.3.4", "[::1]x:80:1.2.3.4", "h:80:1.2.3.4 ",
        "h:80:[1.2.3.4", "+", "-",
    ])
    func `not resolve entries`(text: String) {
        #expect(OptionValue.resolve(text) == nil)
    }

    @Test(arguments: [
        ("a:1:b:2", ConnectToEntry(fromHost: "a", fromPort: 1, toHost: "b", toPort: 2)),
        ("::b:", ConnectToEntry(toHost: "b")), (":::8080", ConnectToEntry(toPort: 8080)),
        (":::", ConnectToEntry()),
        ("a:80:b", ConnectToEntry(fromHost: "a", fromPort: 80, toHost: "b")),
        ("[::1]:80:[::2]:81", ConnectToEntry(fromHost: "::1", fromPort: 80, toHost: "::2", toPort: 81)),
        ("bücher::127.1:", ConnectToEntry(fromHost: "xn--bcher-kva", toHost: "127.0.0.1")),
        ("A::ß.test:", ConnectToEntry(fromHost: "a", toHost: "xn--zca.test")),
        ("a/b::256.1.1.1:", ConnectToEntry(fromHost: "a/b", toHost: "256.1.1.1")),
    ])
    func `connect-to entries`(text: String, entry: ConnectToEntry) {
        #expect(OptionValue.connectTo(text) == entry)
    }

    @Test(arguments: [
        "", "a", "a:1", "a:x:b:2", "a:1:b:x", "a:1:b:2:3", "a:99999:b:1", "[::1:1:b:2", "a:1:[::1]x",
    ])
    func `not connect-to entries`(text: String) {
        #expect(OptionValue.connectTo(text) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", LocalAddress(address: "192.0.2.1")),
        ("192.0.2.1:40", LocalAddress(address: "192.0.2.1", port: 40)),
        ("2001:db8::1", LocalAddress(address: "2001:db8::1")), ("[::1]", LocalAddress(address: "::1")),
        ("[::1]:0", LocalAddress(address: "::1", port: 0)),
        ("fe80::1%eth0", LocalAddress(address: "fe80::1%eth0")),
    ])
    func `local addresses`(text: String, address: LocalAddress) {
        #expect(OptionValue.localAddress(text) == address)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4:", "1.2.3.4:99999", "[::1", "[1.2.3.4]", "::1]:80", "0x7f.1",
        "fe80::1%",
    ])
    func `not local addresses`(text: String) {
        #expect(OptionValue.localAddress(text) == nil)
    }

    @Test func `hexadecimal digits with colons`() {
        #expect(OptionValue.hexadecimal("00:fF:10") == [0, 255, 16])
        #expect(OptionValue.hexadecimal("") == [])
        #expect(OptionValue.hexadecimal("0") == nil)
        #expect(OptionValue.hexadecimal("0g") == nil)
    }

    @Test(
        arguments: [
            ("client.pem", "client.pem", nil), ("client.pem:pw", "client.pem", "pw"),
            ("c\\:d:p:w", "c:d", "p:w"),
            ("c\\\\:pw", "c\\", "pw"), ("c\\x", "c\\x", nil), ("c:", "c", ""),
            ("pkcs11:token=x:y", "pkcs11:token=x:y", nil),
        ] as [(String, String, String?)])
    func `certificate and password`(text: String, path: String, password: String?) {
        #expect(OptionValue.certificate(text) == ClientCertificate(path: path, password: password))
    }

    @Test func `credentials are split at the first colon`() {
        #expect(OptionValue.credentials("a:b:c") == Credentials(user: "a", password: "b:c"))
        #expect(OptionValue.credentials("a") == Credentials(user: "a", password: nil))
        #expect(OptionValue.credentials("a:") == Credentials(user: "a", password: ""))
        #expect(OptionValue.credentials("a:\u{301}b") == Credentials(user: "a", password: "\u{301}b"))
    }

    @Test func `percent-encoding keeps unreserved characters only`() {
        #expect(OptionValue.urlEncoded("aZ9-._~ &=é".utf8) == Array("aZ9-._~+%26%3D%C3%A9".utf8))
    }
}
