import Testing

@testable import FerryCLI

@Suite struct URLGlobTests {
    static let expansions: [(String, [String])] = [
        ("", [""]),
        ("http://a/", ["http://a/"]),
        ("http://a/{x,y}", ["http://a/x", "http://a/y"]),
        ("{x}", ["x"]),
        ("{,x}", ["", "x"]),
        ("{x,}", ["x", ""]),
        ("{,}", ["", ""]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
        ("a{b,c}d[1-2]e", ["abd1e", "abd2e", "acd1e", "acd2e"]),
        ("[1-3]", ["1", "2", "3"]),
        ("[8-11]", ["8", "9", "10", "11"]),
        ("[08-11]", ["08", "09", "10", "11"]),
        ("[001-3]", ["001", "002", "003"]),
        ("[0-2]", ["0", "1", "2"]),
        ("[00-01]", ["00", "01"]),
        ("[5-5]", ["5"]),
        ("[1-9:3]", ["1", "4", "7"]),
        ("[01-10:9]", ["01", "10"]),
        ("[a-e]", ["a", "b", "c", "d", "e"]),
        ("[A-C]", ["A", "B", "C"]),
        ("[a-z:12]", ["a", "m", "y"]),
        ("[z-z]", ["z"]),
        ("[Z-a]", ["Z", "[", "\\", "]", "^", "_", "`", "a"]),
        ("[Y-b:3]", ["Y", "\\", "_", "b"]),
        ("[]", ["[]"]),
        ("a[]b", ["a[]b"]),
        ("http://[::1]/", ["http://[::1]/"]),
        ("http://[2001:db8::1]:80/[1-2]", ["http://[2001:db8::1]:80/1", "http://[2001:db8::1]:80/2"]),
        ("http://[fe80::1%25eth0]/", ["http://[fe80::1%25eth0]/"]),
        (#"a\{b\}\[c\]"#, ["a{b}[c]"]),
        (#"a\b\\"#, [#"a\b\\"#]),
        (#"{a\,b,c\}}"#, ["a,b", "c}"]),
        ("{<host>a,b}.com", ["a.com", "b.com"]),
        ("[<n>1-2]", ["1", "2"]),
        ("{ä,ö}", ["ä", "ö"]),
        ("[9223372036854775806-9223372036854775807]", ["9223372036854775806", "9223372036854775807"]),
    ]

    @Test(arguments: expansions)
    func `a text stands for its URLs in order`(text: String, urls: [String]) throws {
        let glob = try URLGlob(text)
        #expect(glob.map(\.url) == urls)
        #expect(glob.count == urls.count)
    }

    static let failures: [(String, String, Int)] = [
        ("a{b", "a { without its }", 2),
        ("{", "a { without its }", 1),
        ("a}", "a } without its {", 2),
        ("a]", "a ] without its [", 2),
        ("{a]}", "a ] without its [", 3),
        ("{}", "an empty set {}", 1),
        ("{<n>}", "an empty set {}", 1),
        ("{a,{b}}", "a set or range within a set", 4),
        ("{a,[1-2]}", "a set or range within a set", 4),
        ("[1-9", "a [ without its ]", 1),
        ("[x]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1-]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[-1]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1-2-3]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1-2:]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1-2:x]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[1-9:1:1]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[a-9]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[ab-c]", "no range like [1-9], [01-99], [a-z] or [1-9:2]", 2),
        ("[9-1]", "bad range", 2),
        ("[z-a]", "bad range", 2),
        ("[a-Z]", "bad range", 2),
        ("[A-a]", "bad range", 2),
        ("[1-9:0]", "bad range", 2),
        ("[1-3:3]", "bad range", 2),
        ("[1-1:2]", "bad range", 2),
        ("[1-99999999999999999999]", "bad range", 2),
        ("[0-9223372036854775807]", "bad range", 2),
        ("{<a>1}{<a>2}", "a second set or range named a", 9),
        ("{<a,b}", "no set or range name like <name>", 2),
        ("{<>a}", "no set or range name like <name>", 2),
        ("[<n", "no set or range name like <name>", 2),
    ]

    @Test(arguments: failures)
    func `a malformed set or range is named with its place`(text: String, message: String, position: Int) {
        #expect(throws: URLGlobError(message: message, position: position, url: text)) { try URLGlob(text) }
    }

    @Test func `the description points at the place`() {
        let error = URLGlobError(message: "bad range", position: 11, url: "http://ä/[9-1]")
        #expect(throws: error) { try URLGlob("http://ä/[9-1]") }
        #expect(error.description == "bad range in URL position 11:")
        #expect(error.picture == ["http://ä/[9-1]", "          ^"])
    }

    @Test func `a very long URL is not repeated`() {
        let url = String(repeating: "a", count: 600) + "{"
        do {
            _ = try URLGlob(url)
            Issue.record("no error")
        } catch {
            #expect(error.description == "a { without its } in URL position 601")
            #expect(error.picture == [])
        }
    }

    @Test func `more URLs than 63 bits can count are refused`() {
        let text = "[0-4294967295][0-4294967295]"
        #expect(
            throws: URLGlobError(message: "the sets and ranges make too many URLs", position: 0, url: text)
        ) { try URLGlob(text) }
    }

    @Test func `a huge product costs nothing until it is asked for`() throws {
        let glob = try URLGlob("[0-2147483647]/[0-2147483647]")
        #expect(glob.count == 1 << 62)
        #expect(glob[glob.count - 1].url == "2147483647/2147483647")
        #expect(Array(glob.prefix(2)).map(\.url) == ["0/0", "0/1"])
    }

    @Test func `the number of pieces is bounded`() throws {
        #expect(try URLGlob(String(repeating: "{a}", count: 255)).count == 1)
        #expect(throws: URLGlobError.self) { try URLGlob(String(repeating: "{a}", count: 256)) }
    }

    @Test func `the number of items in a set is bounded`() throws {
        let most = "{" + String(repeating: ",", count: 99_999) + "}"
        #expect(try URLGlob(most).count == 100_000)
        #expect(throws: URLGlobError.self) { try URLGlob("{," + most.dropFirst()) }
    }

    @Test func `each URL tells what its sets and ranges stand for`() throws {
        let glob = try URLGlob("http://{<host>a,b}.com/[01-02]/x")
        #expect(
            glob[2]
                == URLGlob.Combination(
                    url: "http://b.com/01/x", values: ["b", "01"], names: ["host": 0]))
    }

    @Test func `a literal URL keeps its braces`() {
        #expect(URLGlob(literal: "{a,b}[1-2]").map(\.url) == ["{a,b}[1-2]"])
    }
}
