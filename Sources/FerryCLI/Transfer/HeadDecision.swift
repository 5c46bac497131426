import HTTPClient
import HTTPCore

/// What becomes of an answer: judged once, when its head has come. Pure.
enum HeadDecision {
    /// It is the answer: its body goes to the output.
    case deliver(BodyStart)
    /// Its body is read and forgotten; then this follows.
    case discard(then: Next)
    /// The transfer fails there and then.
    case stop(TransferFailure)

    /// Where a body begins that is delivered.
    enum BodyStart: Equatable {
        /// With its first byte, or where the options say.
        case first
        /// Behind what is had of it.
        case behind
        /// With its first byte, though so many are had: those are dropped.
        case dropping(Int64)
        /// With its first byte, as it is another body than what was had.
        case anew
    }

    /// What follows an answer whose body is not wanted.
    enum Next {
        /// The request that a redirect asks for.
        case follow(RedirectPolicy.Next)
        /// The same request, which says who asks.
        case repeatWithLogin
        /// The same request, which does not ask for leave to send its body.
        case repeatWithoutExpect
        /// The same request, for the whole body.
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
        /// What `-C` asked the rest of is complete already.
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
        /// The user's own fields ask for a part.
        var asksForPart = false
        /// The request asked for leave to send its body, and can be sent again from its beginning.
        var mayDropExpect = false
        var login = LoginVerdict.satisfied
        // Of the attempt.
        var followed = 0
        /// The byte at which the download goes on; 0 = it is no resumption.
        var resumeOffset: Int64 = 0
        /// What is had of the body after an earlier attempt or run; nil = the rest of a file is asked for as it is.
        var resume: ResumeRule?
        /// What is had of it can be forgotten.
        var mayStartOver = true
        /// Whether the answer is asked for again for its status.
        var retry = RetryPolicy.Decision.stop
        // Of the plan.
        var redirects: RedirectPolicy?
        var fail = FailMode.off
        var timeCondition: TimeCondition?
        var maxFileSize: Int64?

        /// Those that the rules of every client ask for.
        var followUp: FollowUp.Facts {
            var facts = FollowUp.Facts(url: url, kind: kind)
            facts.followed = followed
            facts.redirects = redirects
            facts.login = login
            facts.mayDropExpect = mayDropExpect
            return facts
        }
    }

    /// Asks the rules that hold for every client first, and adds those of the tool's options. A retry goes before a
    /// redirect, and after what the request itself has to settle. `checkRedirect` throws for a URL that may not be gone to.
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
        if let limit = facts.maxFileSize, let length = announcedLength(head, framing), length > limit {
            let count = length == .max ? "2^63 bytes or more" : "\(length) bytes"
            return .stop(
                TransferFailure(
                    .fileTooLarge, "the server announces \(count), more than --max-filesize \(limit)"))
        }
        return .deliver(start)
    }

    /// A length that no number holds is no framing, and says enough all the same.
    private static func announcedLength(_ head: ResponseHead, _ framing: BodyFraming) -> Int64? {
        switch framing {
        case .length(let length): length
        case .untilClose where !head.contains("Transfer-Encoding") && head.contentLength == .max: .max
        case .untilClose, .chunked, .none: nil
        }
    }

    /// The failure that a status of 400 and above is with `-f` and `--fail-with-body`.
    static func failure(_ head: ResponseHead, _ facts: Facts) -> TransferFailure? {
        guard isFailure(head.status, facts) else { return nil }
        return TransferFailure(.httpError, answered(head), outcome: .status(head.status))
    }

    /// The status as failures and notices tell it.
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
        // Asked for the rest of a file that is whole already.
        return !(status == 416 && facts.isResumption)
    }

    /// True for a body that `-z` does not want, from a server that did not look at the condition. A part of a resource is
    /// always wanted: the condition was about the whole.
    private static func isUnmodified(_ head: ResponseHead, _ facts: Facts) -> Bool {
        guard let condition = facts.timeCondition, facts.range == nil,
            facts.kind == .get || facts.kind == .post, (200..<300).contains(head.status),
            let changed = head.first("Last-Modified").flatMap({ HTTPDate.parse($0) })
        else { return false }
        return !condition.isMet(byTime: changed)
    }
}

extension HeadDecision {
    /// How the events call it.
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
