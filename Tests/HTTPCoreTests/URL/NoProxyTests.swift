import HTTPCore
import Testing

@Suite struct NoProxyTests {
    @Test(arguments: [
        ("*", "example.com", true), ("*", "1.2.3.4", true), ("*,a", "example.com", false),
        ("a,*", "example.com", false), (" *", "example.com", false), ("", "example.com", false),
        ("example.com", "example.com", true), ("example.com", "EXAMPLE.com", true),
        ("Example.COM", "www.example.com", true), ("example.com", "nonexample.com", false),
        ("example.com", "com", false), (".example.com", "example.com", true),
        (".example.com", "www.example.com", true), ("..example.com", "example.com", false),
        ("example.com.", "example.com", true), ("example.com", "example.com.", true),
        ("example.com..", "example.com", false), ("example.com", "example.com..", false),
        ("a,b,c", "b", true), ("a , b ,c", "c", true), ("a b,c", "b", false), ("a b,c", "c", false),
        ("a\t,\tb", "b", true), (",,a,,b,", "b", true), (" a", "a", true), (".", "example.com", false),
        ("example.com:80", "example.com", false), ("*.example.com", "www.example.com", false),
        ("localhost", "localhost", true), ("localhost", "foo.localhost", true),
        ("1.2.3.4", "1.2.3.4", true), ("2.3.4", "1.2.3.4", false), ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false), ("10.0.0.0/0", "10.1.2.3", false), ("1.2.3.4/0", "1.2.3.4", true),
        ("10.0.0.0/33", "10.0.0.0", false), ("10.0.0.0/", "10.0.0.0", false),
        ("10.0.0.0/8x", "10.0.0.0", false),
        ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false), ("[fd00::]/8", "fd00::", false),
        ("::1", "0:0:0:0:0:0:0:1", true), ("::1", "::1%lo", true), ("::1", "1.2.3.4", false),
        ("127.0.0.1", "localhost", false), ("localhost", "127.0.0.1", false), ("127.1", "127.1", true),
        ("example.com", "", false),
    ]) func `a host is matched`(list: String, host: String, expected: Bool) {
        #expect(NoProxy(list).matches(host: host) == expected)
    }
}
