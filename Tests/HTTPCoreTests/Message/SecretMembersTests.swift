import HTTPCore
import Testing

struct SecretMembersTests {
    /// What is shown of a body, whole and byte by byte.
    private func shown(_ text: String, _ type: String) -> String {
        var whole = Array(text.utf8)
        var members = SecretMembers(SecretMembers.Kind(contentType: type))
        members.hide(&whole)
        members = SecretMembers(SecretMembers.Kind(contentType: type))
        var pieces: [UInt8] = []
        for byte in text.utf8 {
            var piece = [byte]
            members.hide(&piece)
            pieces += piece
        }
        #expect(pieces == whole)
        return String(decoding: whole, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"token":"abc","a":"token"}"#, #"{"token":"***","a":"token"}"#),
        (#"{"a":{"pass_word" : "x\"y" }}"#, #"{"a":{"pass_word" : "****" }}"#),
        (#"{"pin":1234,"n":1}"#, #"{"pin":****,"n":1}"#),
        (#"{"secret":null}"#, #"{"secret":****}"#),
        (
            #"{"credentials":{"user":"a","k":[1,"}"]},"b":2}"#,
            #"{"credentials":{"****":"*","*":[*,"*"]},"b":2}"#
        ),
        (#"{"pass\u0077ord":"abc"}"#, #"{"pass\u0077ord":"***"}"#),
        (#"["token","x"]"#, #"["token","x"]"#),
        (#"{"x":"token","y":1}"#, #"{"x":"token","y":1}"#),
        ("{\"otp\":\n\t\"1\"}\n{\"otp\":2}\n", "{\"otp\":\n\t\"*\"}\n{\"otp\":*}\n"),
        ("{\"a\":\"cut sho\n{\"otp\":\"1\"}\n", "{\"a\":\"cut sho\n{\"otp\":\"*\"}\n"),
        (#"{"key":}"#, #"{"key":}"#),
    ])
    func `members of JSON (O-06)`(text: String, expected: String) {
        #expect(shown(text, "application/json; charset=utf-8") == expected)
        #expect(shown(text, "application/problem+json") == expected)
        for type in [
            "text/plain", "", "application/x-www-form-urlencoded", "application/jsonl",
            "application/x-ndjson",
            "application/json-seq", "application/octet-stream",
        ] {
            #expect(shown(text, type) == expected, "\(type)")
            #expect(shown("\u{FEFF} \r\n" + text, type) == "\u{FEFF} \r\n" + expected, "\(type)")
        }
        #expect(shown("data: \(text)\n\n", "text/event-stream") == "data: \(expected)\n\n")
        #expect(shown("x" + text, "text/plain") == "x" + text)
    }

    @Test(arguments: [
        ("a=b&password=x%20y&c=d", "a=b&password=*****&c=d"), ("to%6ben=abc", "to%6ben=***"),
        ("api-key=a=b", "api-key=***"), ("token", "token"), ("a=token=x", "a=token=x"), ("pin=", "pin="),
        ("[a]=1&token=x", "[a]=1&token=*"),
        (#"d={"pin":1,"a":"b"}&e=f"#, #"d={"pin":*,"a":"b"}&e=f"#),
        (
            "d=%7B%22pin%22%3A%22ab%22%2C+%22a%22%3A1%7D&b=c",
            "d=%7B%22pin%22%3A%22*****%2C+%22a%22%3A1%7D&b=c"
        ),
        ("d=%5B%7B%22otp%22:12,%22n%22:3%7D%5D", "d=%5B%7B%22otp%22:**,%22n%22:3%7D%5D"),
        ("d=100%&token=x", "d=100%&token=*"), ("d=%7B%2&token=x", "d=%7B%2&token=*"),
        ("[token]=x", "[token]=*"), (" {b=1&pin=2", " {b=1&pin=*"),
    ])
    func `pairs of a form (O-06)`(text: String, expected: String) {
        #expect(shown(text, "application/x-www-form-urlencoded") == expected)
    }

    @Test func `parts of a form (O-06)`() {
        func body(_ secret: String) -> String {
            "--B\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nalice\r\n"
                + "--B\r\nContent-Disposition: form-data; name=\"private-key\"; filename=\"k\"\r\nContent-Type: text/plain\r\n\r\n"
                + secret + "\r\n--B\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\nend\r\n--B--\r\n"
        }
        let key = "-----BEGIN KEY-----\r\n--abc\r\n-----END KEY-----"
        let hidden = shown(body(key), "multipart/form-data; boundary=\"B\"")
        // Dashes may be the beginning of a delimiter, and are shown.
        #expect(hidden == body("--*****************\r\n--***\r\n--***************"))
    }

    @Test func `parts with members of their own (O-06)`() {
        func body(_ json: String, _ form: String) -> String {
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: application/json\r\n\r\n"
                + json + "\r\n--B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n" + json
                + "\r\n--B\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n" + form
                + "\r\n--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nx\r\n--C--"
                + "\r\n--B\r\n\r\n{\"token\":\"cut\r\n--B--\r\n"
        }
        let hidden = shown(body("{\"pin\":12}", "x=1&sid=abc"), "multipart/form-data; boundary=B")
        let expected = body("{\"pin\":**}", "x=1&sid=***").replacing("\"cut", with: "\"***")
        #expect(hidden == expected)
    }

    @Test func `nothing grows without bound`() {
        let long = String(repeating: "x", count: 10_000)
        #expect(shown("{\"token\":\"\(long)\"}", "application/json").contains("x") == false)
        #expect(shown("\(long)=token", "application/x-www-form-urlencoded") == "\(long)=token")
    }
}
