import HTTPClient
import HTTPCore

/// The body of an answer on its way to the output: where it begins, how far it is, and what a later attempt needs to go
/// on with it.
struct HopBody {
    /// The place of its first byte in the resource.
    var start: Int64 = 0
    /// The bytes before it came in earlier attempts.
    var countsStart = false
    /// How many bytes came, codings not undone.
    var received: Int64 = 0
    /// How many of its first bytes are held already.
    private var held: Int64 = 0
    /// How many of those have still to come and to be dropped.
    private(set) var toDrop: Int64 = 0
    /// Its length; nil = not known.
    var expected: Int64?
    /// It is hashed.
    var isChecked = false
    /// The part of the resource that it is; nil = the whole, or several parts.
    var part: ContentRange?
    /// What a later attempt needs to go on with it; nil = none can.
    var rule: ResumeRule?
    /// Undoes its codings; nil = they stay.
    var decoder: ResponseDecoder?

    /// The place in the resource of the first byte that is not held.
    var firstMissing: Int64 { start + held }

    /// The first `count` bytes are held: they are dropped as they come again.
    mutating func drop(first count: Int64) { (held, toDrop) = (count, count) }

    /// Counts bytes that came.
    /// - Returns: how many of them are to be dropped.
    mutating func take(_ count: Int) -> Int {
        received += Int64(count)
        let dropped = min(toDrop, Int64(count))
        toDrop -= dropped
        return Int(dropped)
    }

    /// How many bytes came in all attempts.
    var counted: Int64 { countsStart ? start.addingSaturated(received) : received }

    /// How far it is.
    var figures: BodyFigures { BodyFigures(start: start, received: received, expected: expected) }

    /// What is here of it, for a later attempt; nil = none could go on with it.
    var progress: HeldBody? {
        guard var rule else { return nil }
        rule.count = start + max(received, held)
        return HeldBody(rule: rule, decoder: decoder)
    }

    /// Throws if the whole that came, of which `rule` says what was held before, cannot be of the same bytes: its length is
    /// only known now that it has ended.
    func check(wholeBehind rule: ResumeRule) throws(TransferFailure) {
        guard held > 0, received < rule.count || received != rule.total ?? received else { return }
        var failure = TransferFailure(
            .partialFile,
            "the file has changed since its first \(rule.count) bytes came: it has \(received) bytes now",
            outcome: .partial)
        failure.spoilsBytes = true
        throw failure
    }

    /// Throws if `part` is not complete: if it has not as many bytes as it says, or ends before what was asked for and the
    /// file end. `range`: what was asked for; nil = not known. `total`: the length of the file, if the part does not say it.
    func check(_ part: ContentRange, range: String?, total: Int64?) throws(TransferFailure) {
        let length = part.last - part.first + 1
        guard received == length else {
            throw TransferFailure(
                .partialFile,
                "the part of bytes \(part.first) to \(part.last) came with \(received) of \(length) bytes",
                outcome: received < length ? .partial : .otherError)
        }
        guard let range, let total = part.total ?? total,
            let wanted = ContentRange.places(range, total: total), part.last < wanted.upperBound
        else { return }
        throw TransferFailure(
            .partialFile,
            "the server sent bytes \(part.first) to \(part.last) only of a file of \(total) bytes",
            outcome: .partial)
    }
}

/// How far a body is, in bytes.
struct BodyFigures {
    /// Bytes of the resource before the body's first.
    var start: Int64
    var received: Int64
    /// nil = not known.
    var expected: Int64?
}
