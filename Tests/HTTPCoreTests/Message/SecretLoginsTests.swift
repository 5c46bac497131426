import HTTPCore
import Testing

struct SecretLoginsTests {
    /// What is shown of a body, whole; in pieces it has to be the same.
    private func shown(_ text: String, isForm: Bool) -> String {
        var whole = Array(text.utf8)
        var logins = SecretLogins()
        #expect(logins.hide(&whole, isForm: isForm, isLast: true) == 0)
        for size in 1...3 {
            logins = SecretLogins()
            var (result, held): ([UInt8], [UInt8]) = ([], [])
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                var piece = held + rest.prefix(size)
                rest = rest.dropFirst(size)
                let open = logins.hide(&piece, isForm: isForm, isLast: rest.isEmpty)
                result += piece.dropLast(open)
                held = Array(piece.suffix(open))
            }
            #expect(held.isEmpty && result == whole, "\(text) by \(size)")
        }
        return String(decoding: whole, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"u":"https://me:pw@h.test/a","m":"a@b"}"#, #"{"u":"https://*****@h.test/a","m":"a@b"}"#),
        (#"{"u":"https:\/\/me:pw@h.test\/a@b"}"#, #"{"u":"https:\/\/*****@h.test\/a@b"}"#),
        (#"{"u":"http://h.test","m":"a@b"}"#, #"{"u":"http://h.test","m":"a@b"}"#),
        (#"["ftp://u@h", "x//y@z", "//u:p@q@h?a@b"]"#, #"["ftp://*@h", "x//y@z", "//*****@h?a@b"]"#),
        (#"{"u":"http://m%40e:p%2Fw@h"}"#, #"{"u":"http://***********@h"}"#),
        ("see http://a:b@h and http://c:d@i\n", "see http://***@h and http://***@i\n"),
        ("<a href='http://u:p@h/'>x@y</a>", "<a href='http://***@h/'>x@y</a>"),
        ("http://u:p@", "http://***@"), ("http://@h", "http://@h"), ("http:/", "http:/"), ("%", "%"),
        (#"\"#, #"\"#),
        ("// a comment, b@c", "// a comment, b@c"), ("mail a@b.test", "mail a@b.test"),
    ])
    func `logins of URLs in texts (O-06)`(text: String, expected: String) {
        #expect(shown(text, isForm: false) == expected)
    }

    @Test(arguments: [
        ("u=https%3A%2F%2Fme%3Apw%40h.test%2Fa%40b&m=a@b", "u=https%3A%2F%2F*******%40h.test%2Fa%40b&m=a@b"),
        ("u=https://me:pw@h/&v=http://x&w=a@b", "u=https://*****@h/&v=http://x&w=a@b"),
        ("u=http%3a%2f%2fh+a%40b", "u=http%3a%2f%2fh+a%40b"), ("u=a%2F%2Fb%40c", "u=a%2F%2Fb%40c"),
    ])
    func `and in forms (O-06)`(text: String, expected: String) {
        #expect(shown(text, isForm: true) == expected)
    }

    @Test func `what does not end is held back for a while only`() {
        var long = Array("http://".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 5000)
        var logins = SecretLogins()
        #expect(logins.hide(&long, isForm: false, isLast: false) == 0)
        var short = Array("http://abc".utf8)
        logins = SecretLogins()
        #expect(logins.hide(&short, isForm: false, isLast: false) == 5)
    }
}
