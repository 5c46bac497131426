import HTTPClient
import HTTPCore

/// What becomes of an answer: judged once, when its head has come. Pure.
enum HeadDecision {
    /// It is the answer: its body goes to the output.
    case deliver
    /// Its body is read and forgotten; then this follows.
    case discard(then: Next)
    /// The transfer fails there and then.
    case stop(TransferFailure)

    /// What follows an answer whose body is not wanted.
    enum Next {
        /// The request that a redirect asks for.
        case follow(RedirectPolicy.Next)
        /// The same request, which says who asks.
        case repeatWithLogin
        /// The same request, which does not ask for leave to send its body.
        case repeatWithoutExpect
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
        var hasRange = false
        /// The request asked for leave to send its body, and can be sent again from its beginning.
        var mayDropExpect = false
        var login = LoginVerdict.satisfied
        // Of the attempt.
        var followed = 0
        /// The byte at which the download goes on; 0 = it is no resumption.
        var resumeOffset: Int64 = 0
        /// The pause after which the answer is asked for again if its status says so; nil = it is not.
        var retryPause: Duration?
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
        let followUp = FollowUp(after: head, facts.followUp, check: checkRedirect)
        switch followUp {
        case .repeatWithLogin: return .discard(then: .repeatWithLogin)
        case .repeatWithoutExpect: return .discard(then: .repeatWithoutExpect)
        case .fail(.login(let error)): return .stop(TransferFailure(error))
        case .none, .follow, .fail: break
        }
        if let pause = facts.retryPause { return .discard(then: .retry(after: pause)) }
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
        if facts.resumeOffset > 0, facts.kind == .get, let decision = resume(head, framing, facts) {
            return decision
        }
        if case .length(let length) = framing, let limit = facts.maxFileSize, length > limit {
            return .stop(
                TransferFailure(
                    .fileTooLarge,
                    "the server announces \(length) bytes, more than --max-filesize \(limit)"))
        }
        return .deliver
    }

    /// The failure that a status of 400 and above is with `-f` and `--fail-with-body`.
    static func failure(_ head: ResponseHead, _ facts: Facts) -> TransferFailure? {
        guard isFailure(head.status, facts.fail, resumeOffset: facts.resumeOffset) else { return nil }
        return TransferFailure(
            .httpError, "the server answered \(head.status)\(head.reason.isEmpty ? "" : " \(head.reason)")",
            outcome: .status(head.status))
    }

    static func isFailure(_ status: Int, _ mode: FailMode, resumeOffset: Int64) -> Bool {
        guard mode != .off, status >= 400 else { return false }
        // Asked for the rest of a file that is whole already.
        return !(status == 416 && resumeOffset > 0)
    }

    /// True for a body that `-z` does not want, from a server that did not look at the condition. A part of a resource is
    /// always wanted: the condition was about the whole.
    private static func isUnmodified(_ head: ResponseHead, _ facts: Facts) -> Bool {
        guard let condition = facts.timeCondition, !facts.hasRange,
            facts.kind == .get || facts.kind == .post, (200..<300).contains(head.status),
            let changed = head.first("Last-Modified").flatMap({ HTTPDate.parse($0) })
        else { return false }
        return !condition.isMet(byTime: changed)
    }

    /// A download that was asked for from the middle: does the answer begin there? nil = it does.
    private static func resume(
        _ head: ResponseHead, _ framing: BodyFraming, _ facts: Facts
    ) -> HeadDecision? {
        switch head.status {
        case 206:
            guard let problem = problem(ofPart: head, from: facts.resumeOffset) else { return nil }
            return .stop(
                TransferFailure(
                    .rangeRefused, "the server does not resume: the part that it sent \(problem)"))
        case 416: return .discard(then: .end(.complete))
        case 200 where framing == .length(facts.resumeOffset): return .discard(then: .end(.complete))
        default:
            // Anything else behind what is there already would spoil the file.
            return .stop(
                TransferFailure(
                    .rangeRefused,
                    "the server does not resume: it answered \(head.status) to a request from byte \(facts.resumeOffset)"
                ))
        }
    }

    /// What is wrong with a part that should begin at `offset`, by its `Content-Range: bytes 5-9/10` (RFC 9110 §14.4).
    /// One that does not say where it begins may be any: the file is not worth the guess. Servers also write `bytes=5-9/10`
    /// and `5-9/10`.
    private static func problem(ofPart head: ResponseHead, from offset: Int64) -> String? {
        guard let value = head.first("Content-Range") else { return "does not say where it begins" }
        let unit = value.prefix { $0.isLetter }
        let first = value[unit.endIndex...].drop { " =:".contains($0) }.prefix { $0.isASCII && $0.isNumber }
        guard ["", "bytes"].contains(unit.lowercased()), Int64(first) == offset else {
            return "does not begin at byte \(offset)"
        }
        return nil
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
            case .retry: .retried
            case .end(.unmodified): .unmodified
            case .end(.complete), .end(.headOnly): .unwanted
            case .fail: .refused
            }
        }
    }
}
