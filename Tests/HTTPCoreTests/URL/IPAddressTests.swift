import HTTPCore
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("1:0:0:0:0:0:0:0", "1::"), ("0:0:0:0:0:0:0:1", "::1"), ("1::8", "1::8"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ("::FFFF:7f00:1", "::ffff:127.0.0.1"),
        ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("fe80::1%eth0", "fe80::1%eth0"), ("fe80::1%2", "fe80::1%2"),
    ]) func `an address is read and printed canonically`(text: String, expected: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == expected)
        #expect(IPAddress(expected) == address)
    }

    @Test(arguments: [
        "", ".", "1", "1.2.3", "1.2.3.4.", "1.2.3.4.5", ".1.2.3.4", "1..2.3", "256.1.1.1", "01.2.3.4",
        "00.0.0.0",
        "1.2.3.4 ", "1.2.3.-4", "0x7f.0.0.1", "1.2.3.4/8", ":", ":::", "::1::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "12345::", "g::", ":1", "1:", "1:::2", "::1.2.3",
        "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "[::1]", "fe80::1%", "fe80::1%a%b",
        "fe80::1%a/b", "%eth0", "fe80::1%abcdefghijklmnop", "1.2.3.4%eth0", "::ffff:01.2.3.4",
    ]) func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("127.1", true), ("127.0.1", true), ("0x7f.1", true), ("0X7F000001", true), ("017700000001", true),
        ("2130706433", true), ("256.1.1.1", true), ("1.2.3.4.5", true), ("0177.0.0.1", true),
        ("1.2.3.4.", true),
        ("00.0.0.0", true), ("1..2", true), ("99999999999999999999", true), ("0", true), ("1.2.3.0x4", true),
        ("127.0.0.1", false), ("0.0.0.0", false), ("example.com", false), ("1.2.3.4.example", false),
        ("1a", false), ("0x", true), ("0x.0x.0", true), ("0xg", false), ("x1", false), ("", false),
        (".", false),
        ("::1", false),
        ("3com", false), ("-1", false),
    ]) func `an alias of an IPv4 address is told from names and addresses`(host: String, expected: Bool) {
        #expect(IPAddress.isNonCanonicalIPv4(host) == expected)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.3", true), ("128.0.0.1", false), ("::1", true), ("::2", false),
        ("::ffff:127.0.0.1", true), ("::ffff:10.0.0.1", false), ("::127.0.0.1", false),
    ]) func `loopback is known`(text: String, expected: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == expected)
    }

    @Test func `bytes come in network order`() {
        #expect(IPAddress("1.2.3.4")?.bytes == [1, 2, 3, 4])
        #expect(IPAddress("102:304::f")?.bytes == [1, 2, 3, 4] + Array(repeating: 0, count: 11) + [15])
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("10.1.2.3/8", "10.9.9.9", true),
        ("1.2.3.4", "1.2.3.4", true), ("1.2.3.4", "1.2.3.5", false), ("1.2.3.4/32", "1.2.3.4", true),
        ("1.2.3.4/31", "1.2.3.5", true), ("0.0.0.0/0", "9.9.9.9", true), ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe00::1", false), ("::/0", "1::", true), ("::1/128", "::1", true),
        ("::1", "::1%lo", true), ("::/0", "1.2.3.4", false), ("0.0.0.0/0", "::1", false),
        ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
    ]) func `a block holds what shares its prefix`(block: String, address: String, expected: Bool) throws {
        #expect(try #require(IPAddress.Block(block)).contains(#require(IPAddress(address))) == expected)
    }

    @Test(arguments: [
        "", "/8", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/8/8", "::/129", "::/0x1", "h/8",
        "1.2.3.4/99999999999999999999", "127.1/8",
    ])
    func `what is no block is refused`(text: String) {
        #expect(IPAddress.Block(text) == nil)
    }
}
