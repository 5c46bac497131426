import Testing

@testable import FerryCLI

/// How expectations are read: bad ones are usage errors that name the place.
@Suite struct ExpectationTests {
    @Test(arguments: [
        (
            "--expect-status", "200,",
            "'200,' is wrong at character 5: a status such as 204 or a class such as 3xx belongs there"
        ),
        (
            "--expect-status", "2xx,!9",
            "'2xx,!9' is wrong at character 5: a status such as 204 or a class such as 3xx belongs there"
        ),
        ("--expect-header", "", "needs a value that is not empty"),
        (
            "--expect-header", "!A == b",
            "'!A == b' is wrong at character 4: nothing belongs behind a name that must not be there"
        ),
        (
            "--expect-header", "A =",
            "'A =' is wrong at character 3: one of != !~ $= *= < <= == > >= ^= ~ belongs there"
        ),
        ("--expect-header", ": x", "': x' is wrong at character 1: the name of a header field belongs there"),
        (
            "--expect-body", "==",
            "'==' is wrong at character 3: a value belongs behind ==; an empty text is \"\""
        ),
        ("--expect-body", "~ ä(", "'~ ä(' is wrong at character 4: a parenthesis is not closed"),
        (
            "--expect-json", ".a == \"b",
            "'.a == \"b' is wrong at character 9: the value is no JSON: it ends too early"
        ),
        ("--expect-json", "a == 1", "'a == 1' is wrong at character 1: a path begins with a dot"),
        (
            "--expect-json", ".a == {\"b\":}",
            "'.a == {\"b\":}' is wrong at character 12: the value is no JSON: '}' cannot stand there"
        ),
        (
            "--expect-json", ".a b",
            "'.a b' is wrong at character 4: one of != !~ $= *= < <= == > >= ^= ~ belongs there"
        ),
        (
            "--expect-json",
            ".a == " + String(repeating: "[", count: 101) + String(repeating: "]", count: 101),
            "is wrong at character 7: the value nests more than 100 deep"
        ),
        ("--expect-size", "~ 5", "'~ 5' is wrong at character 1: a size has no text to compare"),
        ("--expect-size", "> many", "'> many' is wrong at character 3: a number of bytes belongs there"),
        (
            "--expect-time", "soon",
            "'soon' is not a time (seconds such as 10 or 2.5, or with a unit: 500ms, 30s, 2m, 1h)"
        ),
        ("--expect-cert-days", "-1", "'-1' is not a whole number (0 to 1000000)"),
        ("--expect-redirects", "x", "'x' is not a whole number (0 to 1000000)"),
        (
            "--expect-reuse", "101",
            "'101' is wrong at character 1: a whole number from 0 to 100 belongs there"
        ),
    ])
    func `a bad expectation is a usage error that names the place (E-01)`(
        option: String, value: String, problem: String
    ) throws {
        let error = try #require(throws: UsageError.self) { try operation([option, value]) }
        #expect("\(error)".hasSuffix(problem), "\(error)")
        #expect(error.status == .usage)
    }

    @Test func `each belongs to its operation`() throws {
        let settings = try parse(
            ["--expect-status", "200", "u", "--next", "--expect-json", ".a", "--expect-time", "1", "v"])
        #expect(settings.operations.map(\.expectations.count) == [1, 2])
        #expect(settings.operations[1].expectations.map(\.readsBody) == [true, false])
    }

    @Test(arguments: [
        ("200", [200], [201, 404]), ("2xx,!204", [200, 299], [204, 300]), ("!5XX", [200, 404], [500, 503]),
        ("200, 3xx ,404", [200, 301, 404], [201, 400]),
    ])
    func `a list of statuses`(list: String, inside: [Int], outside: [Int]) throws {
        let list = try StatusList(list)
        #expect(inside.allSatisfy(list.contains) && !outside.contains(where: list.contains))
    }

    @Test func `what a secret has to be is not shown`() throws {
        #expect(
            try Expectation.json(".user.token == abc").text == "--expect-json '.user.token == [redacted]'")
        #expect(
            try Expectation.header("Set-Cookie *= abc").text == "--expect-header 'Set-Cookie *= [redacted]'")
        #expect(try Expectation.json(".tok == abc").text == "--expect-json '.tok == abc'")
    }
}
