import HTTPCore

/// The beginning of a body that is held, and what the answer to a request for the rest means. Pure.
///
/// Bytes of two versions never get into one body: an answer that is not provably the rest of the same bytes begins it anew.
struct ResumeRule: Equatable {
    /// How many bytes are held, from the first on, as they came over the wire: codings are not undone.
    var count: Int64
    /// The validator that the rest must have; nil = the server sends none.
    var validator: StrongValidator?
    /// The length of the whole; nil = not known.
    var total: Int64?

    enum Verdict: Equatable {
        /// The body is the rest.
        case goOn
        /// The body is the whole of the same bytes, and so many of them are held.
        case skip(Int64)
        /// The body is the whole of other bytes.
        case startOver
        /// The body cannot be used: the whole has to be asked for.
        case askAgain
        /// There is no rest.
        case complete
        /// The answer is about something else.
        case foreign
    }

    func judge(_ head: ResponseHead, _ framing: BodyFraming) -> Verdict {
        switch head.status {
        case 206:
            guard let part = ContentRange(of: head), part.first == count, isSame(head), agrees(part.total),
                agrees(atLeast: part.last)
            else { return .askAgain }
            if case .length(let length) = framing, length != part.last - part.first + 1 { return .askAgain }
            return .goOn
        case 200:
            guard isSame(head) else { return .startOver }
            guard case .length(let length) = framing else { return .skip(count) }
            return agrees(length) && length >= count ? .skip(count) : .startOver
        case 416:
            // With If-Range it means that the bytes are the same.
            return validator != nil && ContentRange.wholeLength(in: head) == count && agrees(count)
                ? .complete : .askAgain
        default:
            return .foreign
        }
    }

    private func isSame(_ head: ResponseHead) -> Bool { validator?.matches(head) ?? false }

    private func agrees(_ other: Int64?) -> Bool {
        guard let total, let other else { return true }
        return total == other
    }

    private func agrees(atLeast last: Int64) -> Bool { total.map { last < $0 } ?? true }
}
