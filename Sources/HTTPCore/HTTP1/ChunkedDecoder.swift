/// Finds the data in a chunked body (RFC 9112 §7.1) up to the last chunk's size line; trailers are read elsewhere.
///
/// Holds no bytes: a size is summed up as its digits come. A line may end with LF alone, and `hasBareLineFeed` tells.
/// The RFC allows that for the status line and fields only (§2.2). Two parsers that disagree about where a chunk's
/// line ends can mix up the responses of a connection, so no second response may follow such a body.
struct ChunkedDecoder {
    /// One step of the decoder.
    enum Step: Equatable {
        /// All input is used up.
        case needsMore
        /// A range of the input that is body.
        case data(Range<Int>)
        /// The size line of the last chunk has ended; the trailer section begins at the offset.
        case lastChunk
    }

    private enum State {
        /// Before the first digit → size.
        case sizeStart
        /// After a digit → size, blank, extension, sizeLineFeed, data.
        case size
        /// After whitespace behind the size, which old servers pad with → blank, extension, sizeLineFeed, data.
        case blank
        /// After a semicolon → extension, sizeLineFeed, data.
        case chunkExtension
        /// After the CR of a size line → data, or the end.
        case sizeLineFeed
        /// In the data → dataReturn.
        case data
        /// After the data → dataLineFeed, sizeStart.
        case dataReturn
        /// After the CR behind the data → sizeStart.
        case dataLineFeed
    }

    private var state = State.sizeStart
    private var size: UInt64 = 0
    private var digits = 0
    private var lineBytes = 0
    /// A line has ended with LF alone.
    private(set) var hasBareLineFeed = false
    private let lineLimit: Int

    init(lineLimit: Int) { self.lineLimit = lineLimit }

    mutating func next(_ input: UnsafeRawBufferPointer, _ offset: inout Int) throws(HTTPError) -> Step {
        while offset < input.count {
            if state == .data {
                let start = offset
                // `size` counts down what is left; it fits Int64, hence Int.
                offset += min(Int(size), input.count - offset)
                size -= UInt64(offset - start)
                if size == 0 { state = .dataReturn }
                return .data(start..<offset)
            }
            let byte = input[offset]
            if try take(byte) {
                offset += 1
                return .lastChunk
            }
            offset += 1
        }
        return .needsMore
    }

    /// Takes one byte outside the data; true at the end of the last chunk's size line.
    private mutating func take(_ byte: UInt8) throws(HTTPError) -> Bool {
        switch state {
        case .data: break
        case .dataReturn:
            switch byte {
            case ASCII.cr: state = .dataLineFeed
            case ASCII.lf:
                hasBareLineFeed = true
                state = .sizeStart
            default: throw .malformedChunk(.noLineEndAfterData(byte))
            }
        case .dataLineFeed:
            guard byte == ASCII.lf else { throw .malformedChunk(.noLineEndAfterData(byte)) }
            state = .sizeStart
        case .sizeStart, .size:
            try countLineByte()
            guard let digit = ASCII.hexValue(byte) else {
                guard state == .size else { throw .malformedChunk(.badSizeByte(byte)) }
                return try endSize(byte)
            }
            digits += 1
            size = size << 4 | UInt64(digit)
            guard digits <= 16, size <= Int64.max else { throw .malformedChunk(.sizeTooLarge) }
            state = .size
        case .blank:
            try countLineByte()
            return try endSize(byte)
        case .chunkExtension:
            try countLineByte()
            switch byte {
            case ASCII.cr: state = .sizeLineFeed
            case ASCII.lf: return endSizeLine(bareLineFeed: true)
            case 0: throw .malformedChunk(.nul)
            default: break
            }
        case .sizeLineFeed:
            guard byte == ASCII.lf else { throw .malformedChunk(.bareCR) }
            return endSizeLine()
        }
        return false
    }

    /// Takes the first byte behind a size; true at the end of the last chunk's size line.
    private mutating func endSize(_ byte: UInt8) throws(HTTPError) -> Bool {
        switch byte {
        case ASCII.cr: state = .sizeLineFeed
        case ASCII.semicolon: state = .chunkExtension
        case ASCII.space, ASCII.tab: state = .blank
        case ASCII.lf: return endSizeLine(bareLineFeed: true)
        default: throw .malformedChunk(.badSizeByte(byte))
        }
        return false
    }

    private mutating func endSizeLine(bareLineFeed: Bool = false) -> Bool {
        if bareLineFeed { hasBareLineFeed = true }
        (lineBytes, digits) = (0, 0)
        state = .data
        return size == 0
    }

    private mutating func countLineByte() throws(HTTPError) {
        lineBytes += 1
        guard lineBytes <= lineLimit else { throw .malformedChunk(.lineTooLong(limit: lineLimit)) }
    }
}
