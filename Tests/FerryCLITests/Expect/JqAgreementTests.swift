import HTTPCore
import TestSupport
import Testing

@testable import FerryCLI

/// Two hundred bodies, paths and comparisons: an expectation holds where `jq -e` says true. jq is asked each time.
@Suite struct JqAgreementTests {
    private static let bodies = [
        #"{"status":"up","version":"v1.25.3","count":42,"ok":true,"off":false,"none":null,"items":[1,2,3]}"#,
        #"{"items":[{"name":"a","n":1},{"name":"b","n":2.50},{"name":"ä€","n":-3}],"odd name":{"x-y":[]},"status":"down"}"#,
        #"[{"items":[]},"text",-1.5e3,[[1],[2,[3]]],{"a":{"b":{"c":"deep"}}},null,true]"#,
        #""just \u0074ext""#,
        #"{"status":{"code":200,"list":["a","b"]},"items":{"x":1,"y":2},"count":"42","version":"1.25.3\n"}"#,
    ]

    /// For each body: paths with comparisons.
    private static let expressions = [
        ".status == up", ".status", ".status != up", ".status ^= u", ".status | type == string",
        ".version ~ ^v?1\\.\\d+",
        ".version $= .3", ".version !~ 2", ".version *= .25.", ".count == 42", ".count == \"42\"",
        ".count > 41.9",
        ".count <= 4.2e1", ".count < zzz", ".ok", ".off", ".none", ".none == null", ".missing == null",
        ".missing",
        ".missing.deeper[3] == null", ".items | length == 3", ".items | length > 1", ".items[0] == 1",
        ".items[-1] >= 3",
        ".items[9] == null", ".items[] == 2", ".items[] == 9", ".items == [1,2.0,3]", ".items != [1]",
        ".items < {}",
        ".items[].name == b", ".items[].n == 2.5", ".items[].n < -2", ".items[1].name ~ ^b$",
        ".items[].name | length == 2",
        ".\"odd name\".\"x-y\" == []", ".[\"odd name\"] | length == 1", ". | type == object", ".[1] == text",
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        let body: String
        let expression: String
        var testDescription: String { "\(expression) in \(body)" }
    }

    static let cases = bodies.flatMap { body in expressions.map { Case(body: body, expression: $0) } }

    /// The same in jq's language.
    private static func filter(_ expression: String) throws -> String {
        let (path, end) = try pathAndEnd(expression)
        guard end < expression.utf8.count else { return "any(\(path); .)" }
        let comparison = try Comparison(Array(expression.utf8), from: end, ofJSON: true)
        let written = String(decoding: comparison.written, as: UTF8.self)
        let text = jsonString(String(decoding: comparison.text, as: UTF8.self))
        let test =
            switch comparison.op {
            case .like: "test(\(text))"
            case .notLike: "(test(\(text)) | not)"
            case .begins: "startswith(\(text))"
            case .ends: "endswith(\(text))"
            case .holds: "(if type == \"string\" then contains(\(text)) else error(\"no text\") end)"
            default: ". \(comparison.op.rawValue) \(comparison.json == nil ? text : written)"
            }
        return "any(\(path); \(test))"
    }

    private static func pathAndEnd(_ expression: String) throws -> (String, Int) {
        let expectation = try Expectation.json(expression)
        guard case .json(let path, let comparison) = expectation.kind else { return ("", 0) }
        var end = path.text.utf8.count
        let bytes = Array(expression.utf8)
        while end < bytes.count, bytes[end] == 0x20 { end += 1 }
        return (path.text, comparison == nil ? bytes.count : end)
    }

    @Test func `verdicts on JSON agree with jq's in two hundred cases (E-02)`() throws {
        #expect(Self.cases.count == 200)
        var holding = 0
        for test in Self.cases {
            let jq = try runProcess(
                "jq", ["-e", try Self.filter(test.expression)], stdin: Array(test.body.utf8))
            try #require(jq.exitStatus != 2 && jq.exitStatus != 3, "\(test): \(jq)")
            var seen = Observations()
            seen.body = .bytes(Array(test.body.utf8))
            let failure = try Expectation.json(test.expression).judge(seen)
            #expect((failure == nil) == (jq.exitStatus == 0), "\(test): \(failure?.seen ?? "holds"), \(jq)")
            if failure == nil { holding += 1 }
        }
        // Neither all nor none of them do.
        #expect((40...160).contains(holding), "\(holding)")
    }
}
