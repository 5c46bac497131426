import HTTPClient
import HTTPCore

/// What becomes of an answer: judged once, when its head has come. Pure.
enum HeadDecision {
    /// It is the answer: its body goes to the output.
    case deliver(BodyStart)
    /// Its body is dropped; then this follows.
    case discard(then: Next)
    /// The attempt fails at once, and the connection is closed.
    case stop(TransferFailure)

    /// Where a delivered body begins.
    enum BodyStart: Equatable {
        /// At its first byte, or where the options say.
        case first
        /// After the bytes that are held.
        case behind
        /// At its first byte, although so many bytes are held: they are dropped as they come again.
        case dropping(Int64)
        /// At its first byte: the bytes that are held are of another body, and are forgotten.
        case anew
    }

    /// What follows an answer whose body is not wanted.
    enum Next {
        /// The request that a redirect asks for.
        case follow(RedirectPolicy.Next)
        /// The same request, with credentials.
        case repeatWithLogin
        /// The same request, without `Expect: 100-continue`.
        case repeatWithoutExpect
        /// The same request for the whole body, not for its rest.
        case askForWhole
        /// Another attempt, after this pause.
        case retry(after: Duration)
        /// The end, with success.
        case end(Ending)
        /// The end, with this failure.
        case fail(TransferFailure)
    }

    /// Why a body is not wanted although all is well.
    enum Ending {
        /// The condition of `-z` does not hold.
        case unmodified
        /// The body whose rest was asked for is complete already.
        case complete
        /// Only the head was asked for.
        case headOnly
    }

    /// What a decision depends on beside the answer.
    struct Facts {
        // Of the request.
        var url: HTTPURL
        var kind: RedirectPolicy.RequestKind
        /// The value of Range without its unit, as `5-9`; nil = the whole is asked for.
        var range: String?
        /// The user's own fields ask for a part: any will do where `range` does not say which.
        var asksForPart = false
        /// The request has `Expect: 100-continue`, and can be sent again from its beginning.
        var mayDropExpect = false
        var login = LoginVerdict.satisfied
        /// The proxy was told a user and password.
        var sentProxyLogin = false
        // Of the attempt.
        var followed = 0
        /// The byte at which the download goes on; 0 = it begins at the first.
        var resumeOffset: Int64 = 0
        /// What is known of the bytes that an earlier attempt or run left; nil = nothing, and the rest is taken as it comes.
        var resume: ResumeRule?
        /// The bytes that are held can be forgotten.
        var mayStartOver = true
        /// Whether the status asks for another attempt.
        var retry = RetryPolicy.Decision.stop
        // Of the plan.
        var redirects: RedirectPolicy?
        /// Content codings are undone, from the first byte of a body on only.
        var decodes = false
        var fail = FailMode.off
        var timeCondition: TimeCondition?
        var maxFileSize: Int64?

        /// Those that the rules for every client need. Made only for the few answers that something may follow: held in
        /// here, they would be copied for each.
        var followUp: FollowUp.Facts {
            FollowUp.Facts(
                url: url, kind: kind, followed: followed, redirects: redirects, login: login,
                mayDropExpect: mayDropExpect)
        }
    }

    /// Asks the rules for every client first, and adds those of the tool's options. A retry comes before a redirect, and
    /// after a login or a refused `Expect`. `checkRedirect` throws for a URL that must not be requested.
    static func decide(
        _ head: ResponseHead, _ framing: BodyFraming, _ facts: Facts, checkRedirect: (HTTPURL) throws -> Void
    ) -> HeadDecision {
        let followUp =
            FollowUp.isPossible(after: head, facts.login)
            ? FollowUp(after: head, facts.followUp, check: checkRedirect) : .none
        switch followUp {
        case .repeatWithLogin: return .discard(then: .repeatWithLogin)
        case .repeatWithoutExpect: return .discard(then: .repeatWithoutExpect)
        case .fail(.login(let error)): return .stop(TransferFailure(error))
        case .none, .follow, .fail: break
        }
        switch facts.retry {
        case .retry(let pause): return .discard(then: .retry(after: pause))
        case .refuse(let asked): return .discard(then: .fail(refusal(of: asked, head)))
        case .stop, .windowEnds: break
        }
        switch followUp {
        case .follow(let next): return .discard(then: .follow(next))
        case .fail(let error): return .discard(then: .fail(TransferFailure(error)))
        case .none, .repeatWithLogin, .repeatWithoutExpect: break
        }
        if facts.fail == .withoutBody, let failure = failure(head, facts) {
            return .discard(then: .fail(failure))
        }
        if isUnmodified(head, facts) { return .discard(then: .end(.unmodified)) }
        // --head with a method of the user's: the answer has a body, and it may be a stream without end.
        if facts.kind == .head, framing != .none, framing != .length(0) {
            return .discard(then: .end(.headOnly))
        }
        var start = BodyStart.first
        if let decision = part(head, framing, facts) {
            guard case .deliver(let found) = decision else { return decision }
            start = found
        }
        let held = start == .behind ? facts.resume?.count ?? 0 : 0
        if let limit = facts.maxFileSize,
            let length = announcedLength(head, framing)?.addingSaturated(held), length > limit
        {
            let count = length == .max ? "2^63 bytes or more" : "\(length) bytes"
            return .stop(
                TransferFailure(
                    .fileTooLarge, "the server announces \(count), more than --max-filesize \(limit)"))
        }
        return .deliver(start)
    }

    /// The length of the body, if it is known. One that no `Int64` holds cannot frame the body, but it is too long for sure.
    private static func announcedLength(_ head: ResponseHead, _ framing: BodyFraming) -> Int64? {
        switch framing {
        case .length(let length): length
        case .untilClose where !head.contains("Transfer-Encoding") && head.contentLength == .max: .max
        case .untilClose, .chunked, .none: nil
        }
    }

    /// The failure that `-f` and `--fail-with-body` make of a status of 400 and above; nil = it is none.
    static func failure(_ head: ResponseHead, _ facts: Facts) -> TransferFailure? {
        guard isFailure(head.status, facts) else { return nil }
        let advice = head.status == 407 ? proxyLoginAdvice(afterLogin: facts.sentProxyLogin) : ""
        return TransferFailure(.httpError, answered(head) + advice, outcome: .status(head.status))
    }

    /// What a proxy means that answers 407.
    static func proxyLoginAdvice(afterLogin: Bool) -> String {
        afterLogin ? " (the proxy refused the login)" : " (the proxy wants a login: --proxy-user)"
    }

    /// The status as failures and notices name it.
    static func answered(_ head: ResponseHead) -> String {
        "the server answered \(head.status)\(head.reason.isEmpty ? "" : " \(head.reason)")"
    }

    private static func refusal(of asked: Duration, _ head: ResponseHead) -> TransferFailure {
        TransferFailure(
            .httpError,
            "\(answered(head)) and asks to be left alone for \(asked.components.seconds) s, "
                + "longer than --retry-after-max allows", outcome: .status(head.status))
    }

    static func isFailure(_ status: Int, _ facts: Facts) -> Bool {
        guard facts.fail != .off, status >= 400 else { return false }
        // The rest of a file was asked for that is complete already.
        return !(status == 416 && facts.isResumption)
    }

    /// True for a body that `-z` does not want, from a server that ignored the condition. A part is always wanted: the
    /// condition is about the whole.
    private static func isUnmodified(_ head: ResponseHead, _ facts: Facts) -> Bool {
        guard let condition = facts.timeCondition, facts.range == nil,
            facts.kind == .get || facts.kind == .post, (200..<300).contains(head.status),
            let changed = head.first("Last-Modified").flatMap({ HTTPDate.parse($0) })
        else { return false }
        return !condition.isMet(byTime: changed)
    }
}

extension HeadDecision {
    /// Its name in the events.
    var fate: TransferEvent.Fate {
        switch self {
        case .deliver: .delivered
        case .stop: .refused
        case .discard(let next):
            switch next {
            case .follow: .followed
            case .repeatWithLogin: .repeatedWithLogin
            case .repeatWithoutExpect: .repeatedWithoutExpect
            case .retry, .askForWhole: .retried
            case .end(.unmodified): .unmodified
            case .end(.complete), .end(.headOnly): .unwanted
            case .fail: .refused
            }
        }
    }
}
