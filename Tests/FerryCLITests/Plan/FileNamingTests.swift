import Testing

@testable import FerryCLI

@Suite struct FileNamingTests {
    static let fromURLs: [(String, String)] = [
        ("http://h/file", "file"),
        ("http://h/a/b/file.txt", "file.txt"),
        ("http://h/file?q=/x", "file"),
        ("http://h/file#/frag", "file"),
        ("http://h/dir/", "dir"),
        ("http://h/dir///", "dir"),
        ("http://h/a%2Fb", "a%2Fb"),
        ("http://h/a\\b", "b"),
        ("http://h/%2e%2e", "%2e%2e"),
        ("http://h/.profile", ".profile"),
        ("h/file", "file"),
        ("http+unix://%2Frun%2Fx.sock/v1/info", "info"),
        ("unix:/run/x.sock:/v1/info?q=:/y", "info"), ("unix:///run/x.sock:/a:b", "a:b"),
        ("http://unix:/run/x.sock:/v1/info", "info"), ("HTTPS://Unix:/run/x.sock:/info/", "info"),
        // The host of that name.
        ("http://unix:/run/x.sock", "x.sock"),
        ("http://h/a://b/c", "c"),
        ("http://h/x\u{7}y", "xy"),
        ("http://h/" + String(repeating: "ä", count: 200), String(repeating: "ä", count: 127)),
    ]

    @Test(arguments: fromURLs)
    func `the URL's last part is the name`(url: String, name: String) throws {
        #expect(try FileNaming.remoteName(fromURL: url) == .init(name: name, isFallback: false))
    }

    @Test(arguments: [
        "http://h", "http://h/", "http://h//", "http://h/?q=a/b", "http://h#/x", "h", "",
        "unix:/run/x.sock", "unix:/run/x.sock:", "unix:/run/x.sock:/", "unix:/run/x.sock?q=a/b",
        "http://unix:/run/x.sock:/", "http+unix://%2Frun%2Fx.sock/",
    ])
    func `a URL without a last part gives the fixed name`(url: String) throws {
        #expect(
            try FileNaming.remoteName(fromURL: url) == .init(name: "curl_response", isFallback: true))
    }

    @Test(arguments: ["http://h/..", "http://h/a/../", "http://h/a\\.."])
    func `the parent folder is no name`(url: String) {
        #expect(throws: FileNamingError.refused(name: "..")) { try FileNaming.remoteName(fromURL: url) }
    }

    @Test func `the folder itself is no name`() {
        #expect(throws: FileNamingError.refused(name: ".")) { try FileNaming.remoteName(fromURL: "h/.") }
        #expect(
            FileNamingError.refused(name: ".").description
                == "the URL's last part, ., is no file name: name the file with -o")
    }

    static let fromServers: [(String, String?)] = [
        ("file.txt", "file.txt"),
        ("a/b/file", "file"),
        ("../../etc/passwd", "passwd"),
        ("C:\\dir\\file", "file"),
        ("/etc/passwd", "passwd"),
        ("a\r\nb", "a"),
        ("a\nb/c", "a"),
        ("a\u{1}b\u{7f}c\u{85}d", "abcd"),
        (".bashrc", "bashrc"),
        ("..x", "x"),
        ("-rf", "rf"),
        ("-.- x", "x"),
        ("x ", "x"),
        ("gpj\u{202E}exe.doc", "gpjexe.doc"),
        ("", nil),
        (".", nil),
        ("..", nil),
        ("a/", nil),
        ("a/..", nil),
        ("---", nil),
        ("\u{1}", nil),
        ("ünïcode", "ünïcode"),
        (String(repeating: "n", count: 300), String(repeating: "n", count: 255)),
    ]

    @Test(arguments: fromServers)
    func `a server's name is made safe`(candidate: String, name: String?) {
        #expect(FileNaming.serverName(candidate) == name)
    }

    @Test func `a redirect's last part is made safe as well`() {
        #expect(FileNaming.serverName(fromLocation: "http://h/a/.x?y") == "x")
        #expect(FileNaming.serverName(fromLocation: "/a/b") == "b")
        #expect(FileNaming.serverName(fromLocation: "http://h/..") == nil)
    }

    static let patterns: [(String, String)] = [
        ("plain", "plain"),
        ("#1", "b"),
        ("#1_#2", "b_07"),
        ("x#2x", "x07x"),
        ("#3", "#3"),
        ("#0", "#0"),
        ("#", "#"),
        ("##1", "#b"),
        ("#x", "#x"),
        ("#<host>-#<n>", "b-07"),
        ("#<host", "#<host"),
        ("#12", "#12"),
        ("#99999999999999999999", "#99999999999999999999"),
        ("ä#1ö", "äbö"),
    ]

    @Test(arguments: patterns)
    func `numbers and names stand for the URL's parts`(pattern: String, name: String) throws {
        let combination = URLGlob.Combination(url: "", values: ["b", "07"], names: ["host": 0, "n": 1])
        #expect(try FileNaming.substitute(pattern, combination) == name)
    }

    @Test func `an unknown name is an error`() {
        #expect(throws: FileNamingError.unknownGlob(name: "x")) {
            try FileNaming.substitute("#<x>", URLGlob.Combination(url: "", values: ["b"]))
        }
        #expect(
            FileNamingError.unknownGlob(name: "x").description
                == "the URL has no set or range named x, which the output name asks for")
    }

    @Test func `the folder is joined textually`() {
        #expect(FileNaming.join(folder: nil, "a") == "a")
        #expect(FileNaming.join(folder: "", "a") == "a")
        #expect(FileNaming.join(folder: "d", "a") == "d/a")
        #expect(FileNaming.join(folder: "d/", "a") == "d/a")
        #expect(FileNaming.join(folder: "d", "../x") == "d/../x")
    }
}
