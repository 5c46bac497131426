import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

/// What becomes of answers, without a socket: redirects, logins, 417, retries, -f, -z, -C and their order.
@Suite struct HeadDecisionTests {
    typealias Facts = HeadDecision.Facts

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var head: String
        var framing = BodyFraming.length(3)
        var facts: @Sendable (inout Facts) -> Void = { _ in }
        var decision: String
        var testDescription: String { name }
    }

    static func facts(_ change: (inout Facts) -> Void = { _ in }) throws -> Facts {
        var facts = Facts(url: try HTTPURL.parse("http://a.test/x"), kind: .get)
        change(&facts)
        return facts
    }

    static func text(_ decision: HeadDecision) -> String {
        switch decision {
        case .deliver(.first): "deliver"
        case .deliver(let start): "deliver \(start)"
        case .discard(.askForWhole): "ask for the whole"
        case .stop(let failure): "stop \(failure.status.rawValue): \(failure.text)"
        case .discard(.follow(let next)):
            "follow \(next.kind) \(next.url)\(next.crossesOrigin ? " elsewhere" : "")"
        case .discard(.repeatWithLogin): "repeat with login"
        case .discard(.repeatWithoutExpect): "repeat without Expect"
        case .discard(.retry(let pause)): "retry after \(pause)"
        case .discard(.end(let ending)): "end: \(ending)"
        case .discard(.fail(let failure)): "fail \(failure.status.rawValue): \(failure.text)"
        }
    }

    static func decide(_ head: String, _ framing: BodyFraming, _ facts: Facts) throws -> String {
        let head = try ResponseHead(parsing: "HTTP/1.1 \(head)\r\n\r\n")
        return text(
            HeadDecision.decide(head, framing, facts) { url in
                if url.scheme == .https {
                    throw TransferFailure(.unsupportedProtocol, "a redirect leads to https")
                }
            })
    }

    @Test(arguments: Self.cases) func `the answer to a head`(_ row: Case) throws {
        #expect(try Self.decide(row.head, row.framing, try Self.facts(row.facts)) == row.decision)
    }

    private static let goesOn: @Sendable (inout Facts) -> Void = {
        $0.resumeOffset = 5
        $0.resume = ResumeRule(count: 5, validator: .entityTag("\"a\""), total: 8)
    }

    private static let old = "\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT"
    private static let changedSince1999 = TimeCondition(
        kind: .ifModifiedSince, seconds: 915_148_800)

    private static let decodesRest: @Sendable (inout Facts) -> Void = {
        $0.resumeOffset = 5
        $0.decodes = true
    }

    static let cases: [Case] = [
        Case(name: "nothing asked, nothing special", head: "200 OK", decision: "deliver"),
        Case(name: "an error without -f", head: "404 Not Found", decision: "deliver"),

        // The rest of a body of which a part is had.
        Case(
            name: "the rest (R-03)", head: "206 P\r\nContent-Range: bytes 5-7/8\r\nETag: \"a\"",
            facts: goesOn,
            decision: "deliver behind"),
        Case(
            name: "the whole of it (R-04)", head: "200 OK\r\nETag: \"a\"", framing: .length(8), facts: goesOn,
            decision: "deliver dropping(5)"),
        Case(
            name: "the whole of another (R-03)", head: "200 OK", framing: .length(8), facts: goesOn,
            decision: "deliver anew"),
        Case(
            name: "a part of another (R-03)", head: "206 P\r\nContent-Range: bytes 5-7/8", facts: goesOn,
            decision: "ask for the whole"),
        Case(
            name: "a part of another, and bytes were passed on (R-04)",
            head: "206 P\r\nContent-Range: bytes 5-7/8",
            facts: {
                goesOn(&$0)
                $0.mayStartOver = false
            },
            decision:
                "stop 18: the file has changed since its first 5 bytes came, which were passed on already"),
        Case(
            name: "it was all there (R-03)", head: "416 R\r\nContent-Range: bytes */5",
            facts: {
                goesOn(&$0)
                $0.resume?.total = nil
                $0.fail = .withoutBody
            }, decision: "end: complete"),
        Case(
            name: "something else", head: "404 Not Found", facts: goesOn,
            decision: "stop 33: the server does not resume: it answered 404 to a request from byte 5"),

        // Redirects.
        Case(
            name: "a redirect without -L", head: "302 Found\r\nLocation: /y", decision: "deliver"),
        Case(
            name: "a redirect", head: "302 Found\r\nLocation: /y", facts: { $0.redirects = RedirectPolicy() },
            decision: "follow get http://a.test/y"),
        Case(
            name: "a redirect to another host", head: "307 T\r\nLocation: http://b.test/",
            facts: {
                $0.redirects = RedirectPolicy()
                $0.kind = .put
            }, decision: "follow put http://b.test/ elsewhere"),
        Case(
            name: "a POST becomes a GET", head: "303 See Other\r\nLocation: /y",
            facts: {
                $0.redirects = RedirectPolicy()
                $0.kind = .post
            }, decision: "follow get http://a.test/y"),
        Case(
            name: "one redirect too many", head: "302 Found\r\nLocation: /y",
            facts: {
                $0.redirects = RedirectPolicy(limit: 2)
                $0.followed = 2
            }, decision: "fail 47: more than 2 redirects (--max-redirs)"),
        Case(
            name: "a place that may not be gone to", head: "302 Found\r\nLocation: https://a.test/",
            facts: { $0.redirects = RedirectPolicy() }, decision: "fail 1: a redirect leads to https"),
        Case(
            name: "a redirect without a place", head: "302 Found", facts: { $0.redirects = RedirectPolicy() },
            decision: "deliver"),
        Case(
            name: "a redirect goes before -f", head: "302 Found\r\nLocation: /y",
            facts: {
                $0.redirects = RedirectPolicy()
                $0.fail = .withoutBody
            }, decision: "follow get http://a.test/y"),

        // Logins.
        Case(
            name: "a login is asked for", head: "401 Unauthorized",
            facts: {
                $0.login = .askedAgain
                $0.fail = .withoutBody
            }, decision: "repeat with login"),
        Case(
            name: "a login goes before a retry", head: "401 Unauthorized",
            facts: {
                $0.login = .askedAgain
                $0.retry = .retry(after: .seconds(1))
            }, decision: "repeat with login"),
        Case(
            name: "a probe that nobody asks about", head: "302 Found\r\nLocation: /y",
            facts: {
                $0.login = .askedAgain
                $0.redirects = RedirectPolicy()
            }, decision: "repeat with login"),

        // 417.
        Case(
            name: "leave is refused", head: "417 Expectation Failed",
            facts: {
                $0.kind = .put
                $0.mayDropExpect = true
            }, decision: "repeat without Expect"),
        Case(
            name: "leave is refused and the body cannot be read again", head: "417 Expectation Failed",
            facts: { $0.kind = .put }, decision: "deliver"),
        Case(
            name: "the same with -f", head: "417 Expectation Failed",
            facts: {
                $0.kind = .put
                $0.fail = .withoutBody
            }, decision: "fail 22: the server answered 417 Expectation Failed"),
        Case(
            name: "417 goes before a retry", head: "417 Expectation Failed",
            facts: {
                $0.mayDropExpect = true
                $0.retry = .retry(after: .seconds(1))
            }, decision: "repeat without Expect"),

        // Retries and -f.
        Case(
            name: "much later (R-08)", head: "503 Busy", facts: { $0.retry = .refuse(asked: .seconds(600)) },
            decision:
                "fail 22: the server answered 503 Busy and asks to be left alone for 600 s, longer than --retry-after-max allows"
        ),
        Case(
            name: "too late", head: "503 Busy", facts: { $0.retry = .windowEnds(pause: .seconds(9)) },
            decision: "deliver"),
        Case(
            name: "later", head: "503 Busy", facts: { $0.retry = .retry(after: .seconds(2)) },
            decision: "retry after 2.0 seconds"),
        Case(
            name: "a retry goes before -f", head: "503 Busy",
            facts: {
                $0.retry = .retry(after: .seconds(2))
                $0.fail = .withoutBody
            }, decision: "retry after 2.0 seconds"),
        Case(
            name: "-f", head: "404 Not Found", facts: { $0.fail = .withoutBody },
            decision: "fail 22: the server answered 404 Not Found"),
        Case(
            name: "-f, no reason given", head: "500", facts: { $0.fail = .withoutBody },
            decision: "fail 22: the server answered 500"),
        Case(
            name: "--fail-with-body", head: "404 Not Found", facts: { $0.fail = .withBody },
            decision: "deliver"),

        // -z.
        Case(
            name: "an old file", head: "200 OK" + old, facts: { $0.timeCondition = changedSince1999 },
            decision: "end: unmodified"),
        Case(
            name: "an old file to a POST", head: "200 OK" + old,
            facts: {
                $0.timeCondition = changedSince1999
                $0.kind = .post
            }, decision: "end: unmodified"),
        Case(
            name: "an old file to an upload", head: "200 OK" + old,
            facts: {
                $0.timeCondition = changedSince1999
                $0.kind = .put
            }, decision: "deliver"),
        Case(
            name: "a part of an old file", head: "206 P\r\nContent-Range: bytes 0-1/9" + old,
            facts: {
                $0.timeCondition = changedSince1999
                $0.range = "0-99"
            }, decision: "deliver"),
        Case(
            name: "an error page is no file", head: "404 Not Found" + old,
            facts: { $0.timeCondition = changedSince1999 }, decision: "deliver"),
        Case(
            name: "a file without an age", head: "200 OK", facts: { $0.timeCondition = changedSince1999 },
            decision: "deliver"),

        // -I with a method of the user's.
        Case(
            name: "a body where only a head is wanted", head: "200 OK", framing: .untilClose,
            facts: { $0.kind = .head }, decision: "end: headOnly"),
        Case(name: "a head", head: "200 OK", framing: .none, facts: { $0.kind = .head }, decision: "deliver"),
        Case(
            name: "an empty body is none", head: "200 OK", framing: .length(0), facts: { $0.kind = .head },
            decision: "deliver"),

        // -C.
        Case(
            name: "the rest", head: "206 Partial\r\nContent-Range: bytes 5-7/8",
            facts: { $0.resumeOffset = 5 }, decision: "deliver"),
        Case(
            name: "another place", head: "206 Partial\r\nContent-Range: bytes 4-6/8",
            facts: { $0.resumeOffset = 5 },
            decision: "stop 33: the server does not resume: the part that it sent does not begin at byte 5"),
        Case(
            name: "no place", head: "206 Partial", facts: { $0.resumeOffset = 5 },
            decision:
                "stop 33: the server does not resume: the part that it sent does not say where it begins"),
        Case(
            name: "an impossible place", head: "206 Partial\r\nContent-Range: bytes 5-2/8",
            facts: { $0.resumeOffset = 5 },
            decision:
                "stop 33: the server does not resume: the place of the part that it sent makes no sense"),
        Case(
            name: "nothing is left", head: "416 No\r\nContent-Range: bytes */5",
            facts: {
                $0.resumeOffset = 5
                $0.fail = .withoutBody
            }, decision: "end: complete"),
        Case(
            name: "nothing is left of a shorter file", head: "416 No\r\nContent-Range: bytes */4",
            facts: { $0.resumeOffset = 5 },
            decision: "stop 33: the server does not resume: its file has 4 bytes, and 5 are there already"),
        Case(
            name: "416 to an upload", head: "416 No",
            facts: {
                $0.resumeOffset = 5
                $0.kind = .put
                $0.fail = .withoutBody
            }, decision: "fail 22: the server answered 416 No"),
        Case(
            name: "all of it, which says that it is a part",
            head: "200 OK\r\nContent-Range: bytes 0-4/9", framing: .length(5),
            facts: { $0.resumeOffset = 5 },
            decision: "stop 33: the server does not resume: it answered 200 to a request from byte 5"),

        // Parts that nobody asked for.
        Case(
            name: "a part of what was asked for whole", head: "206 Partial\r\nContent-Range: bytes 5-9/10",
            decision: "stop 33: it sent a part (206) although the whole was asked for"),
        Case(
            name: "a part that the user's own field asks for",
            head: "206 Partial\r\nContent-Range: bytes 5-9/10", facts: { $0.asksForPart = true },
            decision: "deliver"),
        Case(
            name: "the part that was asked for", head: "206 Partial\r\nContent-Range: bytes 5-9/10",
            facts: { $0.range = "5-9" }, decision: "deliver"),
        Case(
            name: "less than was asked for", head: "206 Partial\r\nContent-Range: bytes 5-7/10",
            facts: { $0.range = "5-9" }, decision: "deliver"),
        Case(
            name: "another part", head: "206 Partial\r\nContent-Range: bytes 50-59/100",
            facts: { $0.range = "5-9" },
            decision: "stop 33: bytes 5-9 were asked for, and it sent 50 to 59"),
        Case(
            name: "more than was asked for", head: "206 Partial\r\nContent-Range: bytes 5-10/100",
            facts: { $0.range = "5-9" },
            decision: "stop 33: bytes 5-9 were asked for, and it sent 5 to 10"),
        Case(
            name: "the end", head: "206 Partial\r\nContent-Range: bytes 95-99/100",
            facts: { $0.range = "-5" }, decision: "deliver"),
        Case(
            name: "not the end", head: "206 Partial\r\nContent-Range: bytes 0-4/100",
            facts: { $0.range = "-5" },
            decision: "stop 33: bytes -5 were asked for, and it sent 0 to 4"),
        Case(
            name: "the end, longer than the file", head: "206 Partial\r\nContent-Range: bytes 0-4/5",
            facts: { $0.range = "-9" }, decision: "deliver"),
        Case(
            name: "several parts", head: "206 Partial\r\nContent-Type: multipart/byteranges; boundary=x",
            facts: { $0.range = "0-1,5-9" }, decision: "deliver"),
        Case(
            name: "one of several parts", head: "206 Partial\r\nContent-Range: bytes 5-9/10",
            facts: { $0.range = "0-1, 5-9" }, decision: "deliver"),
        Case(
            name: "several parts as one", head: "206 Partial\r\nContent-Range: bytes 0-9/10",
            facts: { $0.range = "0-1,5-9" }, decision: "deliver"),
        Case(
            name: "none of several parts", head: "206 Partial\r\nContent-Range: bytes 2-4/10",
            facts: { $0.range = "0-1,5-9" },
            decision: "stop 33: bytes 0-1,5-9 were asked for, and it sent 2 to 4"),
        Case(
            name: "a part without a place, but its length", head: "206 Partial", framing: .length(5),
            facts: { $0.range = "5-9" }, decision: "deliver"),
        Case(
            name: "the end without a place, but its length", head: "206 Partial", framing: .length(9),
            facts: { $0.range = "-9" }, decision: "deliver"),
        Case(
            name: "an impossible part", head: "206 Partial\r\nContent-Range: bytes 9-5/10",
            facts: { $0.range = "5-9" },
            decision: "stop 33: the place of the part that it sent makes no sense"),

        // The parser lets no other 101 pass.
        Case(name: "another protocol that was asked for", head: "101 Switching", decision: "deliver"),
        Case(
            name: "all of it", head: "200 OK", facts: { $0.resumeOffset = 5 },
            decision: "stop 33: the server does not resume: it answered 200 to a request from byte 5"),
        Case(
            name: "all of it, of the length that is there", head: "200 OK", framing: .length(5),
            facts: { $0.resumeOffset = 5 }, decision: "end: complete"),
        Case(
            name: "a part of a coded body",
            head: "206 P\r\nContent-Range: bytes 5-9/10\r\nContent-Encoding: gzip",
            facts: decodesRest,
            decision:
                "stop 33: the server does not resume: it sent a coded body, of which the 5 bytes that are there are no part"
        ),
        Case(
            name: "a coded body of the length that is there", head: "200 OK\r\nContent-Encoding: br",
            framing: .length(5), facts: decodesRest,
            decision:
                "stop 33: the server does not resume: it sent a coded body, of which the 5 bytes that are there are no part"
        ),
        Case(
            name: "a part in no coding",
            head: "206 P\r\nContent-Range: bytes 5-9/10\r\nContent-Encoding: identity, none",
            facts: decodesRest, decision: "deliver"),
        Case(
            name: "a coded part behind what is held",
            head: "206 P\r\nETag: \"a\"\r\nContent-Range: bytes 5-7/8\r\nContent-Encoding: gzip",
            facts: {
                goesOn(&$0)
                $0.decodes = true
            }, decision: "ask for the whole"),
        Case(
            name: "an error page behind a file", head: "404 Not Found",
            facts: { $0.resumeOffset = 5 },
            decision: "stop 33: the server does not resume: it answered 404 to a request from byte 5"),
        Case(
            name: "an upload that goes on is no download", head: "200 OK",
            facts: {
                $0.resumeOffset = 5
                $0.kind = .put
            }, decision: "deliver"),
        Case(
            name: "a redirect of a resumption", head: "302 Found\r\nLocation: /y",
            facts: {
                $0.resumeOffset = 5
                $0.redirects = RedirectPolicy()
            }, decision: "follow get http://a.test/y"),
        Case(
            name: "a retry of a resumption", head: "503 Busy",
            facts: {
                $0.resumeOffset = 5
                $0.retry = .retry(after: .seconds(1))
            }, decision: "retry after 1.0 seconds"),

        // --max-filesize.
        Case(
            name: "too large", head: "200 OK", framing: .length(11), facts: { $0.maxFileSize = 10 },
            decision: "stop 63: the server announces 11 bytes, more than --max-filesize 10"),
        Case(
            name: "just small enough", head: "200 OK", framing: .length(10),
            facts: { $0.maxFileSize = 10 }, decision: "deliver"),
    ]

    /// Every combination of what may come together: one rule decides, and it is the first that holds.
    @Test func `rules hold in their order`() throws {
        let policies: [RedirectPolicy?] = [nil, RedirectPolicy()]
        let logins = [LoginVerdict.satisfied, .askedAgain]
        var count = 0
        for status in ["200 OK", "302 Found\r\nLocation: /y", "401 No", "404 No", "417 No", "503 No"] {
            for login in logins {
                for policy in policies {
                    for mayDropExpect in [false, true] {
                        for retry in [RetryPolicy.Decision.stop, .retry(after: .seconds(1))] {
                            for fail in [FailMode.off, .withBody, .withoutBody] {
                                for condition in [TimeCondition?.none, Self.changedSince1999] {
                                    for offset in [Int64(0), 5] {
                                        let facts = try Self.facts {
                                            $0.login = login
                                            $0.redirects = policy
                                            $0.mayDropExpect = mayDropExpect
                                            $0.retry = retry
                                            $0.fail = fail
                                            $0.timeCondition = condition
                                            $0.resumeOffset = offset
                                        }
                                        let decision = try Self.decide(
                                            status + Self.old, .length(3), facts)
                                        #expect(decision.hasPrefix(expected(status, facts)), "\(facts)")
                                        count += 1
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        #expect(count == 1152)
    }

    /// The same, said as a list of rules.
    private func expected(_ status: String, _ facts: Facts) -> String {
        let code = Int(status.prefix(3)) ?? 0
        if case .askedAgain = facts.login { return "repeat with login" }
        if code == 417, facts.mayDropExpect { return "repeat without" }
        if facts.retry != .stop { return "retry" }
        if code == 302, facts.redirects != nil { return "follow" }
        if code >= 400, facts.fail == .withoutBody { return "fail 22" }
        if code == 200, facts.timeCondition != nil { return "end: unmodified" }
        if facts.resumeOffset > 0 { return "stop 33" }
        return "deliver"
    }
}
