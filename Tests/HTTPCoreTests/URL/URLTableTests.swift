import HTTPCore
import Testing

/// URLs as people, pages and attackers write them: what each becomes, or why it is refused.
@Suite struct URLTableTests {
    /// International names, and their form for lookups.
    static let names: [(String, String)] = [
        ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
        ("bu\u{308}cher.example", "xn--bcher-kva.example"),
        ("b%C3%BCcher.example", "xn--bcher-kva.example"), ("b%c3%bccher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"), ("faß.de", "xn--fa-hia.de"),
        ("straße.example", "xn--strae-oqa.example"), ("\u{FB00}.example", "ff.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"), ("www.foo\u{3002}bar.com", "www.foo.bar.com"),
        ("Ｇｏ.com", "go.com"), ("☃.net", "xn--n3h.net"), ("%e2%98%83", "xn--n3h"),
        ("💩.123", "xn--ls8h.123"), ("a\u{AD}b", "ab"), ("a%C2%ADb", "ab"),
        ("a\u{200D}b.example", "ab.example"),
        ("你好你好", "xn--6qqa088eba"), ("한국.kr", "xn--3e0b707e.kr"), ("กขค.th", "xn--12ccg.th"),
        ("ñandú.es", "xn--and-6ma2c.es"), ("ΑΒΓ.gr", "xn--mxacd.gr"), ("ς.gr", "xn--3xa.gr"),
        ("\u{5D0}1.example", "xn--1-zhc.example"), ("Ⅷ.example", "viii.example"), ("①.example", "1.example"),
        ("ⅷ．example", "viii.example"), ("ü.", "xn--tda."), ("ü..example", "xn--tda..example"),
        ("r3---x.ü.example", "r3---x.xn--tda.example"),
        ("-a.B-.ü", "-a.b-.xn--tda"), ("ü_x.example", "xn--_x-wka.example"),
        ("\u{FEFF}ü.example", "xn--tda.example"),
        ("İ.tr", "xn--i-9bb.tr"), ("GOO\u{200B}\u{2060}\u{FEFF}goo.com", "googoo.com"),
        ("ab\u{301}.example", "xn--ab-9tb.example"), ("１２７.０.０.１", "127.0.0.1"),
        ("０Ｘｃ０．０２５０．０１", "192.168.0.1"),
    ]

    /// Numbers that mean an IPv4 address, and names that only look like one.
    static let numbers: [(String, String)] = [
        ("127.1", "127.0.0.1"), ("127.0.1", "127.0.0.1"), ("0x7F.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F000001", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("192.0x00A80001", "192.168.0.1"), ("192.168.257", "192.168.1.1"),
        ("0", "0.0.0.0"), ("256", "0.0.1.0"), ("999999999", "59.154.201.255"),
        ("4294967295", "255.255.255.255"), ("0xffffffff", "255.255.255.255"), ("00.00.00.00", "0.0.0.0"),
        ("0000000000000000000000000000177.0.0.1", "127.0.0.1"), ("%31%32%37.1", "127.0.0.1"),
        ("%30%78%63%30%2e%30%32%35%30.01", "192.168.0.1"), ("192.168.0.1", "192.168.0.1"),
        ("10.0xff", "10.0.0.255"), ("1.2.0x0304", "1.2.3.4"), ("1.0xffffff", "1.255.255.255"),
        ("1.2.3.4.", "1.2.3.4"),
        ("0x.0x.0", "0.0.0.0"), ("127.0x", "127.0.0.0"), ("0x7f.1.", "127.0.0.1"),
        // None of these is an address: names stay as they are.
        ("4294967296", "4294967296"), ("0x100000000", "0x100000000"), ("256.1.1.1", "256.1.1.1"),
        ("1.2.3.256", "1.2.3.256"), ("1.256.1", "1.256.1"), ("1.2.65536", "1.2.65536"),
        ("1.16777216", "1.16777216"), ("1.2.3.4.5", "1.2.3.4.5"), ("1.2.3.08", "1.2.3.08"),
        ("09.2.3.4", "09.2.3.4"), ("0xg", "0xg"), ("1.2.3.4..", "1.2.3.4.."),
        ("1..2", "1..2"), ("127.0.0.1a", "127.0.0.1a"), ("1a", "1a"), ("0x7f.0.0.0x7g", "0x7f.0.0.0x7g"),
        ("99999999999999999999999999", "99999999999999999999999999"), ("10e1", "10e1"), ("1_0", "1_0"),
    ]

    /// Whole URLs and their normal forms.
    static let urls: [(String, String)] = [
        // International names within the rest
        ("http://é@é", "http://%C3%A9@xn--9ca/"),
        (
            "https://u:p@bücher.example:8443/ä?ü#ö",
            "https://u:p@xn--bcher-kva.example:8443/%C3%A4?%C3%BC#%C3%B6"
        ),
        ("bücher.example", "http://xn--bcher-kva.example/"),
        ("bücher.example:80", "http://xn--bcher-kva.example/"),
        // Ports
        ("http://h:000000000000000080/", "http://h/"), ("http://h:1/", "http://h:1/"),
        ("http://h:?q", "http://h/?q"), ("http://h:#f", "http://h/#f"), ("h:65535", "http://h:65535/"),
        ("https://h:0443/", "https://h/"), ("http://[::1]:0/", "http://[::1]:0/"),
        ("http://[::1]:?", "http://[::1]/?"),
        // Userinfo
        ("http://%40:%3A@h/", "http://%40:%3A@h/"), ("http://a;b&c=d@h/", "http://a;b&c=d@h/"),
        ("http://:@h/", "http://:@h/"), ("http://u:p:@h/", "http://u:p:@h/"),
        ("http://u:p%40h/", "bad: the port is not a decimal number up to 65535"),
        ("http://[u:p@h/", "http://[u:p@h/"), ("http://u:p@[::1]:8/", "http://u:p@[::1]:8/"),
        ("http://domain\\u:p@h/", "http://domain\\u:p@h/"),
        // IPv6 and zones
        ("http://[::]/", "http://[::]/"), ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
        ("http://[FE80::1]/", "http://[fe80::1]/"),
        ("http://[::FFFF:127.0.0.1]/", "http://[::ffff:127.0.0.1]/"),
        ("http://[64:ff9b::192.0.2.1]/", "http://[64:ff9b::c000:201]/"),
        ("http://[fe80::1%25lo]/", "http://[fe80::1%25lo]/"),
        ("http://[fe80::1%2]/", "http://[fe80::1%252]/"),
        ("http://[fe80::1%eth0.100]/", "http://[fe80::1%25eth0.100]/"),
        ("http://[fe80::1%25wg-0]:8080/x", "http://[fe80::1%25wg-0]:8080/x"),
        ("http://[1:2:3:4:5:6:7::]/", "http://[1:2:3:4:5:6:7:0]/"),
        ("http://[::1.2.3]/", "bad: no valid IPv6 address in brackets"),
        ("http://[1:2:3:4:5:6:7]/", "bad: no valid IPv6 address in brackets"),
        ("http://[::12345]/", "bad: no valid IPv6 address in brackets"),
        ("http://[::g]/", "bad: no valid IPv6 address in brackets"),
        ("http://[fe80::1%25]x]/", "bad: the port is not a decimal number up to 65535"),
        ("http://[::1]x/", "bad: the port is not a decimal number up to 65535"),
        // Dot segments
        ("http://h/a/b/c/./../../g", "http://h/a/g"), ("http://h/mid/content=5/../6", "http://h/mid/6"),
        ("http://h/./../x", "http://h/x"), ("http://h/..", "http://h/"), ("http://h/.", "http://h/"),
        ("http://h/a/..", "http://h/"), ("http://h/a/b/../..", "http://h/"),
        ("http://h/a//..", "http://h/a/"),
        ("http://h/%2e%2e/%2e%2e/a", "http://h/a"), ("http://h/a/%2E%2e%2e/b", "http://h/a/%2E%2e%2e/b"),
        ("http://h/a/.b/..c/d..", "http://h/a/.b/..c/d.."), ("http://h/a?../b", "http://h/a?../b"),
        ("http://h/a#../b", "http://h/a#../b"), ("http://h/a/%2f../b", "http://h/a/%2f../b"),
        ("http://h/a\\..\\b", "http://h/a\\..\\b"), ("http://h/...", "http://h/..."),
        // Odd bytes that are passed on
        ("http://h/'\"<>`{|}^~", "http://h/'\"<>`{|}^~"), ("http://h/?'\"<>", "http://h/?'\"<>"),
        ("http://h/%00", "http://h/%00"), ("http://h/%", "http://h/%"),
        ("http://h/%C3%28", "http://h/%C3%28"),
        ("http://h/💩", "http://h/%F0%9F%92%A9"), ("http://h/?q=💩", "http://h/?q=%F0%9F%92%A9"),
        ("http://h/a;p=1,2!$&'()*+=:@", "http://h/a;p=1,2!$&'()*+=:@"), ("http://h/??a=?", "http://h/??a=?"),
        ("http://h/\u{202E}x", "http://h/%E2%80%AEx"), ("http://h/a&b=c", "http://h/a&b=c"),
        ("http://h//", "http://h//"), ("http://h///a", "http://h///a"),
        // Schemes and slashes
        ("hTtP://h", "http://h/"), ("https:/h", "https://h/"), ("https:///h", "https://h/"),
        ("http.example", "http://http.example/"), ("http", "http://http/"), ("https.//h", "http://https.//h"),
        ("HTTP+UNIX://%2Fs/", "http+unix://%2Fs/"), ("mailto:u@h", "http://mailto:u@h/"),
    ]

    /// Texts that are refused, and why.
    static let bad: [(String, String)] = [
        ("http://GOO\u{A0}\u{3000}goo.com/", "the byte 0x20 cannot stand in a host name"),
        ("http://％４１.com/", "'%' cannot stand in a host name"),
        ("http://\u{AD}/", "no host"), ("http://%C2%AD/", "no host"),
        ("http://" + String(repeating: "ü", count: 64) + "/", international),
        ("http://" + String(repeating: "ü", count: 100_000) + "/", international),
        ("http://ü" + String(repeating: ".a", count: 130) + "/", international),
        ("http://xn--ü.example/", international), ("http://-ü.example/", international),
        ("http://a--b." + String(repeating: "a", count: 64) + ".ü/", international),
        ("http://a--b.ü" + String(repeating: ".a", count: 125) + "/", international),
        ("http://a--b.xn--ü/", international), ("http://ü-.example/", international),
        ("http://\u{301}a.example/", international),
        ("http://ü*.example/", international), ("http://ü%20x.example/", international),
        ("http://%FF/", international), ("http://ü%00.example/", international),
        ("http://ﷺ.example/", international), ("http://.ü/", "the host name begins with a dot"),
        ("http://ü:x/", "the port is not a decimal number up to 65535"),
        ("http://a|b/", "'|' cannot stand in a host name"), ("C|/x", "'|' cannot stand in a host name"),
        ("http://a^b/", "'^' cannot stand in a host name"),
        ("http://a<b/", "'<' cannot stand in a host name"),
        ("http://a,b/", "',' cannot stand in a host name"),
        ("http://(a)/", "'(' cannot stand in a host name"),
        ("http://a;b/", "';' cannot stand in a host name"),
        ("http://a=b/", "'=' cannot stand in a host name"),
        ("http://a\"b/", "'\"' cannot stand in a host name"),
        ("http://`a/", "'`' cannot stand in a host name"),
        ("http://{a}/", "'{' cannot stand in a host name"), ("http://$a/", "'$' cannot stand in a host name"),
        ("http://a%7Fb/", "the byte 0x7F cannot stand in a host name"),
        ("http://ho%25st/", "'%' cannot stand in a host name"),
        ("http://a%0D%0Ab/", "the byte 0x0D cannot stand in a host name"),
        ("http://a%40b/", "'@' cannot stand in a host name"),
        ("http://a%3Ab/", "':' cannot stand in a host name"),
        ("http://a%5Bb/", "'[' cannot stand in a host name"),
        ("http://h:80:80/", "the port is not a decimal number up to 65535"),
        ("http://h:+80/", "the port is not a decimal number up to 65535"),
        ("http://h:0x50/", "the port is not a decimal number up to 65535"),
        ("http://h:８０/", "the port is not a decimal number up to 65535"),
        ("http://h:99999999999999999999/", "the port is not a decimal number up to 65535"),
        ("http://u:p@", "no host"), ("http://u:p@:80/", "no host"), ("http://@", "no host"),
        (".", "the host name begins with a dot"), ("../x", "the host name begins with a dot"),
        ("http://h/\tx", "it holds the control byte 0x09"), ("http://h\n/", "it holds the control byte 0x0A"),
        ("http://h/\u{0}", "it holds the control byte 0x00"), ("\u{1B}[2J", "it holds the control byte 0x1B"),
        ("http://h/x ", "it holds a space, which is written %20"),
        ("ht tp://h/", "it holds a space, which is written %20"),
        ("gopher://h/", "the scheme 'gopher' is not supported"),
        ("ws://h/", "the scheme 'ws' is not supported"),
        ("javascript://h/", "the scheme 'javascript' is not supported"),
        ("h+t-t.p://h/", "the scheme 'h+t-t.p' is not supported"),
        ("1http://h/", "the port is not a decimal number up to 65535"),
        ("http://u%0d%0aX:p@h/", "user or password holds an encoded control byte"),
    ]

    private static let international = "the host name is no valid international domain name"

    @Test(arguments: names) func `an international name is asked for in ASCII`(name: String, host: String)
        throws
    {
        #expect(try HTTPURL.parse("http://\(name)/").host == host)
        #expect(try HTTPURL.parse("https://u:p@\(name):8443/x").host == host)
        #expect(try ProxyURL.parse("http://\(name):3128").host == host)
        let base = try #require(try? HTTPURL.parse("http://base/"))
        #expect(try base.resolve(reference: "//\(name)/").host == host)
    }

    @Test(arguments: numbers) func `numbers that mean an address become one`(name: String, host: String)
        throws
    {
        let url = try HTTPURL.parse("http://\(name)/")
        #expect(url.host == host)
        #expect(try HTTPURL.parse(url.description) == url)
    }

    @Test(arguments: urls) func `a URL is brought to its normal form`(text: String, expected: String) {
        do throws(HTTPURLError) {
            #expect(try HTTPURL.parse(text).descriptionWithFragment == expected)
        } catch {
            #expect("bad: \(error.reason)" == expected)
        }
    }

    @Test(arguments: bad) func `a bad URL is refused`(text: String, reason: String) {
        do throws(HTTPURLError) {
            let url = try HTTPURL.parse(text)
            Issue.record("accepted as \(url)")
        } catch {
            #expect("\(error.reason)" == reason)
            #expect(!error.description.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        }
    }

    @Test func `the table is long enough`() {
        #expect(Self.names.count + Self.numbers.count + Self.urls.count + Self.bad.count >= 200)
    }
}
