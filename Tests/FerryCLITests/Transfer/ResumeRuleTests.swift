import HTTPCore
import Testing

@testable import FerryCLI

/// What answers to a request for the rest of a body mean, one by one.
@Suite struct ResumeRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var head: String
        var framing = BodyFraming.length(6)
        var total: Int64? = 10
        var verdict: ResumeRule.Verdict
        var testDescription: String { head.replacing("\r\n", with: " | ") }
    }

    private static let tag = "\r\nETag: \"a\""

    static let cases: [Case] = [
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10" + tag, verdict: .goOn),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/*" + tag, verdict: .goOn),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10" + tag, framing: .chunked, verdict: .goOn),
        Case(
            head: "206 P\r\nContent-Range: bytes 4-6/10" + tag, framing: .length(3), verdict: .goOn),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10" + tag, total: nil, verdict: .goOn),
        // Another place, another validator, none, another length: never.
        Case(head: "206 P\r\nContent-Range: bytes 3-8/10" + tag, verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 0-9/10" + tag, verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10\r\nETag: \"b\"", verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10\r\nETag: W/\"a\"", verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10", verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/11" + tag, verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-10/*" + tag, framing: .length(7), verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: bytes 4-9/10" + tag, framing: .length(5), verdict: .askAgain),
        Case(head: "206 P" + tag, verdict: .askAgain),
        Case(head: "206 P\r\nContent-Range: pages 4-9/10" + tag, verdict: .askAgain),
        // The whole.
        Case(head: "200 OK" + tag, framing: .length(10), verdict: .skip(4)),
        Case(head: "200 OK" + tag, framing: .chunked, verdict: .skip(4)),
        Case(head: "200 OK" + tag, framing: .length(11), verdict: .startOver),
        Case(head: "200 OK" + tag, framing: .length(3), total: nil, verdict: .startOver),
        Case(head: "200 OK\r\nETag: \"b\"", framing: .length(10), verdict: .startOver),
        Case(head: "200 OK", framing: .length(10), verdict: .startOver),
        // The end.
        Case(head: "416 R\r\nContent-Range: bytes */4", total: 4, verdict: .complete),
        Case(head: "416 R\r\nContent-Range: bytes */4", total: nil, verdict: .complete),
        Case(head: "416 R\r\nContent-Range: bytes */4", total: 10, verdict: .askAgain),
        Case(head: "416 R\r\nContent-Range: bytes */9", total: nil, verdict: .askAgain),
        Case(head: "416 R", total: nil, verdict: .askAgain),
        // Something else.
        Case(head: "404 Not Found" + tag, verdict: .foreign), Case(head: "204 No" + tag, verdict: .foreign),
        Case(head: "302 Found" + tag, verdict: .foreign), Case(head: "503 Busy" + tag, verdict: .foreign),
    ]

    @Test(arguments: cases) func `answers are judged (R-03)`(_ row: Case) throws {
        let rule = ResumeRule(count: 4, validator: .entityTag("\"a\""), total: row.total)
        let head = try ResponseHead(parsing: "HTTP/1.1 \(row.head)\r\n\r\n")
        #expect(rule.judge(head, row.framing) == row.verdict)
    }

    @Test(arguments: cases) func `without a validator nothing is gone on with (R-03)`(_ row: Case) throws {
        let rule = ResumeRule(count: 4, validator: nil, total: row.total)
        let verdict = rule.judge(
            try ResponseHead(parsing: "HTTP/1.1 \(row.head)\r\n\r\n"), row.framing)
        #expect(verdict == .askAgain || verdict == .startOver || verdict == .foreign)
    }
}
