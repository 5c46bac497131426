/// How the content of a part is written: a `Content-Transfer-Encoding` (RFC 2045 §6).
package enum PartEncoding: String, Hashable, Sendable, CaseIterable {
    /// As it is.
    case binary
    /// As it is; says that lines are short.
    case eightBit = "8bit"
    /// As it is; a byte beyond ASCII is an error.
    case sevenBit = "7bit"
    /// In lines of 76 characters.
    case base64
    /// Printable ASCII as it is, in lines of at most 76 characters.
    case quotedPrintable = "quoted-printable"

    /// How many bytes `count` bytes become; nil when that depends on what they are.
    package func length(of count: Int64) -> Int64? {
        switch self {
        case .binary, .eightBit, .sevenBit: return count
        case .base64:
            guard count > 0 else { return 0 }
            let characters = 4 * (1 + (count - 1) / 3)
            return characters + 2 * ((characters - 1) / Int64(PartEncoder.lineLength))
        case .quotedPrintable: return count == 0 ? 0 : nil
        }
    }
}

/// Content that its encoding cannot carry.
package struct PartEncodingError: Error, Equatable, CustomStringConvertible {
    /// Where the byte stands in the content.
    package let offset: Int64

    /// One sentence.
    package var description: String { "byte \(offset) of the content is not ASCII, as encoder 7bit demands" }
}

/// Encodes the content of one part piece by piece. Holds back a few bytes at most; time is linear.
package struct PartEncoder: Sendable {
    static let lineLength = 76

    private let encoding: PartEncoding
    /// Input whose encoding depends on the bytes after it.
    private var held: [UInt8] = []
    /// Characters in the line that is being written.
    private var column = 0
    private var consumed: Int64 = 0

    /// For the content of one part.
    package init(_ encoding: PartEncoding) {
        self.encoding = encoding
    }

    /// Appends what `input`, the next bytes of the content, becomes.
    /// - Throws: `PartEncodingError`, after which the part cannot be completed.
    package mutating func encode(
        _ input: some Collection<UInt8>, into output: inout [UInt8]
    ) throws(PartEncodingError) {
        switch encoding {
        case .binary, .eightBit:
            output.append(contentsOf: input)
        case .sevenBit:
            if let index = input.firstIndex(where: { $0 >= 0x80 }) {
                throw PartEncodingError(
                    offset: consumed + Int64(input.distance(from: input.startIndex, to: index)))
            }
            output.append(contentsOf: input)
        case .base64:
            held.append(contentsOf: input)
            let whole = held.count / 3 * 3
            appendBase64(held[..<whole], to: &output)
            held.removeFirst(whole)
        case .quotedPrintable:
            held.append(contentsOf: input)
            appendQuotedPrintable(isAtEnd: false, to: &output)
        }
        consumed += Int64(input.count)
    }

    /// Appends what was held back; the content is complete.
    package mutating func finish(into output: inout [UInt8]) {
        switch encoding {
        case .binary, .eightBit, .sevenBit: break
        case .base64: appendBase64(held[...], to: &output)
        case .quotedPrintable: appendQuotedPrintable(isAtEnd: true, to: &output)
        }
        held = []
    }

    private mutating func appendBase64(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        for character in Base64.encode(bytes).utf8 {
            if column == Self.lineLength {
                output += [ASCII.cr, ASCII.lf]
                column = 0
            }
            output.append(character)
            column += 1
        }
    }

    // MARK: Quoted-printable (RFC 2045 §6.7)

    private enum LineEnd {
        case here
        case notHere
        case unknown
    }

    /// Whether the content's line, or the content, ends at `index` of the held bytes.
    private func lineEnd(at index: Int, isAtEnd: Bool) -> LineEnd {
        if index >= held.count { return isAtEnd ? .here : .unknown }
        guard held[index] == ASCII.cr else { return .notHere }
        guard index + 1 < held.count else { return isAtEnd ? .notHere : .unknown }
        return held[index + 1] == ASCII.lf ? .here : .notHere
    }

    private mutating func appendQuotedPrintable(isAtEnd: Bool, to output: inout [UInt8]) {
        var index = 0
        defer { held.removeFirst(index) }
        while index < held.count {
            let byte = held[index]
            var isEscaped = false
            switch byte {
            case ASCII.equals: isEscaped = true
            case 0x21...0x7E: break
            case ASCII.space, ASCII.tab:
                // A blank at the end of a line would be lost on the way.
                switch lineEnd(at: index + 1, isAtEnd: isAtEnd) {
                case .unknown: return
                case .here: isEscaped = true
                case .notHere: break
                }
            case ASCII.cr:
                switch lineEnd(at: index, isAtEnd: isAtEnd) {
                case .unknown: return
                case .here:
                    output += [ASCII.cr, ASCII.lf]
                    column = 0
                    index += 2
                    continue
                case .notHere: isEscaped = true
                }
            default: isEscaped = true
            }
            let width = isEscaped ? 3 : 1
            var breaks = column + width > Self.lineLength
            if column + width == Self.lineLength {
                // The last column is for the `=` of a soft line break, unless the line ends here anyway.
                switch lineEnd(at: index + 1, isAtEnd: isAtEnd) {
                case .unknown: return
                case .here: break
                case .notHere: breaks = true
                }
            }
            if breaks {
                output += [ASCII.equals, ASCII.cr, ASCII.lf]
                column = 0
            }
            if isEscaped {
                output.append(ASCII.equals)
                output += Array(PercentCoding.hexDigits(byte).utf8)
            } else {
                output.append(byte)
            }
            column += width
            index += 1
        }
    }
}
