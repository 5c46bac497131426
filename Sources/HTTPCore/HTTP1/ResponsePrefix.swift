/// What comes before `HTTP/`: a few empty lines that some servers leave after the last body (RFC 9112 §2.2 asks
/// servers to skip them, too), and the five bytes themselves. Tells as soon as it can that a stream is not HTTP/1.
struct ResponsePrefix {
    enum Outcome {
        /// All input is used up and may still become a status line.
        case needsMore
        /// `HTTP/` is there; the head begins with `headStart` and goes on at the offset.
        case http
        /// It is something else, which begins with `bytes` and goes on at the offset.
        case notHTTP
    }

    private static let mark = Array("HTTP/".utf8)
    /// Each of them two bytes at most.
    private static let maxEmptyLines = 4

    /// The bytes of earlier pieces of input; never more than 13.
    private(set) var bytes: [UInt8] = []
    private var emptyLines = 0
    private var matched = 0
    private var isAfterReturn = false

    /// Whether nothing has come but empty lines.
    var isEmptyLines: Bool { matched == 0 }

    /// The part of the mark that is no longer in the input.
    var headStart: [UInt8] { matched == 0 ? [] : Array(Self.mark.prefix(matched)) }

    /// Reads from `offset`, which is left where the head or, if it is not HTTP, this piece's share of the body begins.
    mutating func read(_ input: UnsafeRawBufferPointer, _ offset: inout Int) -> Outcome {
        // Nearly always the mark is whole and the first thing there is.
        if matched == 0, !isAfterReturn, ASCII.beginsWithHTTP(input, at: offset) { return .http }
        let start = offset
        let matchedBefore = matched
        var index = offset
        while index < input.count {
            guard take(input[index]) else { return .notHTTP }
            index += 1
            guard matched == Self.mark.count else { continue }
            if matchedBefore == 0 {
                // The whole mark lies in this piece: the head can be read in place.
                offset = index - matched
                matched = 0
            } else {
                offset = index
            }
            return .http
        }
        bytes.append(contentsOf: input[start...])
        offset = input.count
        return .needsMore
    }

    /// False if the stream cannot be HTTP/1 with this byte.
    private mutating func take(_ byte: UInt8) -> Bool {
        if !isAfterReturn, byte == Self.mark[matched] {
            matched += 1
            return true
        }
        guard matched == 0 else { return false }
        switch byte {
        case ASCII.cr where !isAfterReturn && emptyLines < Self.maxEmptyLines: isAfterReturn = true
        case ASCII.lf where emptyLines < Self.maxEmptyLines:
            isAfterReturn = false
            emptyLines += 1
        default: return false
        }
        return true
    }
}
