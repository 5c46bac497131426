import Codecs
import HTTPClient
import HTTPCore

extension HeadDecision.Facts {
    /// True for a download that does not begin at the first byte.
    var isResumption: Bool { resumeOffset > 0 && kind == .get }

    /// Whether the body is another sequence of bytes than the one that is there a part of, and cannot be decoded from its
    /// middle on.
    fileprivate func isCoded(_ head: ResponseHead) -> Bool {
        decodes && [200, 206].contains(head.status)
            && head.all("Content-Encoding").contains { !ContentDecoder.codings($0).isEmpty }
    }
}

// Answers that hold a part of a resource, or should (RFC 9110 §14, §15.3.7, §15.5.17).
extension HeadDecision {
    /// Decides about the answer to a request for a part, and about a part that nobody asked for; nil = its bytes are the
    /// wanted ones.
    static func part(_ head: ResponseHead, _ framing: BodyFraming, _ facts: Facts) -> HeadDecision? {
        if let rule = facts.resume, facts.kind == .get { return goOn(rule, head, framing, facts) }
        if facts.isResumption { return resume(head, framing, facts) }
        guard head.status == 206, facts.kind == .get || facts.kind == .post else { return nil }
        guard let range = facts.range else {
            return facts.asksForPart
                ? nil : refused("it sent a part (206) although the whole was asked for")
        }
        return problem(of: head, framing, askedFor: range).map(refused)
    }

    /// Why a part is not what `range` asks for; nil = it is, or only its own text can tell.
    private static func problem(
        of head: ResponseHead, _ framing: BodyFraming, askedFor range: String
    ) -> String? {
        guard let sent = ContentRange(of: head) else {
            // Each part of several has a head of its own.
            if head.first("Content-Type")?.lowercased().hasPrefix("multipart/") ?? false { return nil }
            if ContentRange.countsBytes(in: head) {
                return "the place of the part that it sent makes no sense"
            }
            if let length = ContentRange.length(of: range), framing == .length(length) { return nil }
            return "bytes \(range) were asked for, and it does not say which ones it sent"
        }
        // Several that are close to each other may come as one.
        let wanted = range.split(separator: ",").map {
            ContentRange.places(String($0.drop { $0 == " " }), total: sent.total)
        }
        let known = wanted.compactMap(\.self)
        guard let end = known.map(\.upperBound).max(), known.count == wanted.count else { return nil }
        guard !known.contains(where: { $0.lowerBound == sent.first }) || sent.last > end else { return nil }
        return "bytes \(range) were asked for, and it sent \(sent.first) to \(sent.last)"
    }

    /// Decides about the answer to a request for the rest of a body whose beginning is held.
    private static func goOn(
        _ rule: ResumeRule, _ head: ResponseHead, _ framing: BodyFraming, _ facts: Facts
    ) -> HeadDecision {
        var verdict = rule.judge(head, framing)
        if facts.isCoded(head) { verdict = head.status == 200 ? .startOver : .askAgain }
        switch verdict {
        case .goOn: return .deliver(.behind)
        case .skip(let count): return .deliver(.dropping(count))
        case .complete: return .discard(then: .end(.complete))
        case .startOver where facts.mayStartOver: return .deliver(.anew)
        case .askAgain where facts.mayStartOver: return .discard(then: .askForWhole)
        case .startOver, .askAgain:
            return .stop(
                TransferFailure(
                    .partialFile,
                    "the file has changed since its first \(rule.count) bytes came, which were passed on already"
                ))
        case .foreign: return notResumed("it answered \(head.status) to a request from byte \(rule.count)")
        }
    }

    /// Decides about the answer to a request that begins at `resumeOffset`; nil = the answer begins there, too.
    private static func resume(
        _ head: ResponseHead, _ framing: BodyFraming, _ facts: Facts
    ) -> HeadDecision? {
        let offset = facts.resumeOffset
        if facts.isCoded(head) {
            return notResumed("it sent a coded body, of which the \(offset) bytes that are there are no part")
        }
        switch head.status {
        case 206:
            guard head.first("Content-Range") != nil else {
                return notResumed("the part that it sent does not say where it begins")
            }
            let sent = ContentRange(of: head)
            guard sent != nil || !ContentRange.countsBytes(in: head) else {
                return notResumed("the place of the part that it sent makes no sense")
            }
            guard sent?.first == offset else {
                return notResumed("the part that it sent does not begin at byte \(offset)")
            }
            return nil
        case 416:
            guard let whole = ContentRange.wholeLength(in: head), whole != offset else {
                return .discard(then: .end(.complete))
            }
            return notResumed("its file has \(whole) bytes, and \(offset) are there already")
        case 200 where framing == .length(offset) && head.first("Content-Range") == nil:
            return .discard(then: .end(.complete))
        default:
            // To append any other answer would spoil the file.
            return notResumed("it answered \(head.status) to a request from byte \(offset)")
        }
    }

    private static func notResumed(_ reason: String) -> HeadDecision {
        refused("the server does not resume: \(reason)")
    }

    private static func refused(_ reason: String) -> HeadDecision {
        .stop(TransferFailure(.rangeRefused, reason))
    }
}
