import Testing

@testable import FerryCLI

/// Where secrets stand in what is shown of a command.
@Suite struct SecretPlacesTests {
    /// What is hidden of `text`, as `name=value`.
    private func hidden(_ text: String, _ places: [SecretPlace]) -> [String] {
        let bytes = Array(text.utf8)
        return places.map { "\($0.name)=\(String(decoding: bytes[$0.range], as: UTF8.self))" }
    }

    @Test(arguments: [
        ("http://h/p?a=b", []), ("http://u:p@h/", ["PASSWORD=p"]), ("http://key@h/", ["LOGIN=key"]),
        ("http://u:p@h/?token=t&x=y", ["PASSWORD=p", "token=t"]), ("/?key=k#f", ["key=k"]),
        ("http://h/p:q@r", []), ("u:p@h/", ["PASSWORD=p"]), ("//key:@h/", ["LOGIN=key"]),
        ("h/?token=a b", ["token=a b"]), ("http://u:p@h/?u=http://v:q@h", ["PASSWORD=p", "PASSWORD=q"]),
    ]) func `in URLs`(url: String, secrets: [String]) {
        #expect(hidden(url, SecretPlaces.inURL(Array(url.utf8))) == secrets)
    }

    @Test(arguments: [
        ("Authorization", "Bearer t", ["Authorization=t"]), ("authorization", "t", ["authorization=t"]),
        ("Authorization", "t ", ["Authorization=t "]), ("Authorization", "k=t, b", ["Authorization=k=t, b"]),
        ("X-Api-Key", "k", ["X-Api-Key=k"]), ("Accept", "*/*", []),
        ("Cookie", "a=1; b=2; c", ["a=1", "b=2", "COOKIE=c"]), ("Referer", "http://u:p@h/", ["PASSWORD=p"]),
        ("referer", "u:p@h/", ["PASSWORD=p"]), ("X-From", "a:b@c", []),
        ("Link", "<//u:p@h>, <http://v:q@h>", ["PASSWORD=p", "PASSWORD=q"]),
    ]) func `in fields`(name: String, value: String, secrets: [String]) {
        #expect(hidden(value, SecretPlaces.inField(name, Array(value.utf8))) == secrets)
    }

    @Test(arguments: [
        ("u:p", ["PASSWORD=p"]), ("key:", ["LOGIN=key"]), ("u", []), ("u:p:q", ["PASSWORD=p:q"]),
    ]) func `in logins`(login: String, secrets: [String]) {
        #expect(hidden(login, SecretPlaces.inLogin(Array(login.utf8))) == secrets)
    }

    @Test func `in bodies`() {
        let json = #"{"a":1,"password":"p","token":"t"}"#
        #expect(
            hidden(json, SecretPlaces.inBody(Array(json.utf8), type: "application/json")).map {
                $0.filter { $0 != "\"" }
            } == ["password=p", "token=t"])
        let form = "a=1&password=p&b=2"
        let type = "application/x-www-form-urlencoded"
        #expect(hidden(form, SecretPlaces.inBody(Array(form.utf8), type: type)) == ["password=p"])
        #expect(hidden("a=1", SecretPlaces.inBody(Array("a=1".utf8), type: type)).isEmpty)
        #expect(
            hidden(json, SecretPlaces.inBody(Array(json.utf8), type: type)) == ["password=p", "token=t"])
        #expect(hidden(json, SecretPlaces.inBody(Array(json.utf8), type: nil)).count == 2)
    }
}
