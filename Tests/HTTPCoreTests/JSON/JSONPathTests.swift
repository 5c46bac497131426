import Testing

@testable import HTTPCore

@Suite struct JSONPathTests {
    private static let body = #"""
        {"a":{"b":[1,{"c":"x"},null]},"odd name":2,"list":[3,4],"same":1,"same":2,"t":true,"s":"äö","n":-2.50}
        """#

    private func find(_ path: String) throws -> [String] {
        let (path, end) = try JSONPath.parse(Array(path.utf8))
        try #require(end == path.text.utf8.count)
        var found: [String] = []
        try path.evaluate(try JSONValue(Array(Self.body.utf8))) { value in
            found.append(String(decoding: value.raw, as: UTF8.self))
            return true
        }
        return found
    }

    @Test(arguments: [
        (".a.b[0]", ["1"]), (".a.b[1].c", [#""x""#]), (".a.b[-1]", ["null"]), (".a.b[-4]", ["null"]),
        (".a.b[9]", ["null"]), (".a.b[2].x.y", ["null"]), (".missing.x[3]", ["null"]),
        (#"."odd name""#, ["2"]), (#".["odd name"]"#, ["2"]), (#".a["b"][0]"#, ["1"]),
        (".list[]", ["3", "4"]),
        (".a[][0]", ["1"]), (".list | length", ["2"]), (".a|length", ["1"]), (".s | length", ["2"]),
        (".n | length", ["2.50"]), (".missing | length", ["0"]), (".list | type", [#""array""#]),
        (".t | type", [#""boolean""#]), (".list[] | type", [#""number""#, #""number""#]),
        (".s | type | length", ["6"]), (".a.[\"b\"].[0]", ["1"]),
    ])
    func `a path finds what jq's does (E-02)`(path: String, values: [String]) throws {
        #expect(try find(path) == values)
    }

    @Test(arguments: [
        (".list.x", "an array has no member \"x\""), (".a[0]", "an object has no element [0]"),
        (".t.x", "a boolean has no member \"x\""), (".t | length", "a boolean has no length"),
        (".t[]", "a boolean has no elements"), (".missing[]", "null has no elements"),
        (".same", "the member \"same\" is there twice"), (". | length", "the member \"same\" is there twice"),
    ])
    func `where there is no way on, it says why`(path: String, problem: String) {
        let error = #expect(throws: JSONPath.Failure.self) { try find(path) }
        #expect(error.map { "\($0)" } == problem)
    }

    @Test(arguments: [
        ("", 0), ("a", 0), (".a-b", 2), (".a..b", 3), (".a.", 3), (".0", 1), (".[x]", 2), (".[1", 3),
        (".[1.5]", 3),
        (".[99999999999999999999]", 2), (".\"a", 1), (".a | size", 5), (".a |", 4), (".a | lengthy", 5),
        (".ä", 1),
        (".\"\\q\"", 3),
    ])
    func `a path that cannot be read says where`(path: String, position: Int) {
        let error = #expect(throws: JSONPath.ParseError.self) { try JSONPath.parse(Array(path.utf8)) }
        #expect(error?.position == position)
    }

    @Test func `a path of very many steps is refused`() {
        #expect(throws: JSONPath.ParseError.self) {
            try JSONPath.parse(Array(String(repeating: ".a", count: 100_000).utf8))
        }
    }

    @Test func `what follows a path is left`() throws {
        let (path, end) = try JSONPath.parse(Array(".a[0]  == 3".utf8))
        #expect(path.text == ".a[0]" && end == 7)
        #expect(try JSONPath.parse(Array(".a==3".utf8)).end == 2)
    }
}
