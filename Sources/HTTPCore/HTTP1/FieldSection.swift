/// Reads the lines of one head or trailer section, one by one, into a list of ranges.
///
/// The same rules for both (RFC 9112 §5, §7.1.2): lines end with CRLF or LF, no CR or NUL inside, a token directly before the
/// colon, continuation lines belong to the field before. Offsets count from the block's first byte, so it makes
/// no difference whether the block lies in the caller's input or in a buffer.
struct FieldSection {
    private(set) var ranges: [FieldRange] = []
    /// Which names may be among them.
    private(set) var names = FieldNames()
    let maxFields: Int
    /// Lines that begin with a blank before the first field are skipped, as RFC 9112 §2.2 allows; else they are refused.
    let skipsLeadingFolds: Bool
    /// There was such a line.
    private(set) var hasSkippedLine = false

    init(maxFields: Int, skipsLeadingFolds: Bool) {
        self.maxFields = maxFields
        self.skipsLeadingFolds = skipsLeadingFolds
    }

    /// Removes the line end and refuses NUL and bare CR. `lineFeed` is the offset of the LF that ends the line;
    /// the result is the offset just after the line's last byte.
    static func contentEnd(
        of block: UnsafeRawBufferPointer, from start: Int, lineFeed: Int, isStatusLine: Bool = false
    ) throws(HTTPError) -> Int {
        let end = lineFeed > start && block[lineFeed - 1] == ASCII.cr ? lineFeed - 1 : lineFeed
        let fault: HTTPError.LineFault
        if ASCII.index(of: 0, in: block, from: start, to: end) != nil {
            fault = .nul
        } else if ASCII.index(of: ASCII.cr, in: block, from: start, to: end) != nil {
            fault = .bareCR
        } else {
            return end
        }
        let line = block[start..<end]
        let name = line.prefix(while: ASCII.isTokenByte)
        if isStatusLine { throw .malformedLine(line: "the status line", fault) }
        let isNamed = !name.isEmpty && name.endIndex < end && block[name.endIndex] == ASCII.colon
        throw .malformedLine(
            line: isNamed ? "header field \(ASCII.excerpt(name))" : "header line '\(ASCII.excerpt(line))'",
            fault)
    }

    /// Takes the line `block[start..<end]`, its line end already removed.
    ///
    /// - Returns: true if it is the empty line that ends the section.
    mutating func take(_ block: UnsafeRawBufferPointer, from start: Int, to end: Int) throws(HTTPError)
        -> Bool
    {
        guard start < end, let base = block.baseAddress else { return true }
        if ASCII.isBlank(block[start]) {
            try continueField(block, from: start, to: end)
            return false
        }
        let colon = ASCII.tokenEnd(in: base, from: start, to: end)
        guard colon > start, colon < end, block[colon] == ASCII.colon else {
            throw Self.nameError(block, from: start, to: end, stop: colon)
        }
        guard ranges.count < maxFields else { throw .tooManyFields(limit: maxFields) }
        // Ten or so fields are usual; growing by doubling from one would allocate four times.
        if ranges.isEmpty { ranges.reserveCapacity(min(16, maxFields)) }
        let value = Self.trimmed(block, from: colon + 1, to: end)
        names.insert(length: colon - start, initial: block[start])
        ranges.append(
            FieldRange(
                nameStart: UInt32(truncatingIfNeeded: start), nameEnd: UInt32(truncatingIfNeeded: colon),
                valueStart: UInt32(truncatingIfNeeded: value.lowerBound),
                valueEnd: UInt32(truncatingIfNeeded: value.upperBound)))
        return false
    }

    /// obs-fold (RFC 9112 §5.2): the range of the value grows over the line end.
    private mutating func continueField(
        _ block: UnsafeRawBufferPointer, from start: Int, to end: Int
    ) throws(HTTPError) {
        guard var field = ranges.popLast() else {
            if skipsLeadingFolds {
                hasSkippedLine = true
                return
            }
            throw .malformedLine(line: ASCII.excerpt(block[start..<end]), .foldWithoutField)
        }
        let value = Self.trimmed(block, from: start, to: end)
        if !value.isEmpty {
            if field.value.isEmpty { field.valueStart = UInt32(value.lowerBound) }
            field.valueEnd = UInt32(value.upperBound)
        }
        ranges.append(field)
    }

    private static func nameError(
        _ block: UnsafeRawBufferPointer, from start: Int, to end: Int, stop: Int
    ) -> HTTPError {
        let line = ASCII.excerpt(block[start..<end])
        guard let colon = ASCII.index(of: ASCII.colon, in: block, from: stop, to: end) else {
            return .malformedLine(line: line, .noColon)
        }
        if colon == start { return .malformedLine(line: line, .emptyName) }
        if block[stop..<colon].allSatisfy(ASCII.isBlank) {
            return .malformedLine(line: ASCII.excerpt(block[start..<stop]), .spaceBeforeColon)
        }
        return .malformedLine(line: line, .badNameByte(block[stop]))
    }

    /// The range without surrounding OWS; an empty range lies at `to`.
    private static func trimmed(_ block: UnsafeRawBufferPointer, from: Int, to: Int) -> Range<Int> {
        var (start, end) = (from, to)
        while start < end, ASCII.isBlank(block[start]) { start += 1 }
        while end > start, ASCII.isBlank(block[end - 1]) { end -= 1 }
        return start..<end
    }
}
