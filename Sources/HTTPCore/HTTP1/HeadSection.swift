/// Splits a block into lines and reads them: a status line first (but for trailers), then fields, to the empty line.
///
/// Remembers how far it has read, so that it may be given a growing block again and again in linear time.
struct HeadSection {
    private(set) var line: StatusLine?
    private var section: FieldSection
    private let isTrailer: Bool
    /// A line has ended with LF alone.
    private(set) var hasBareLineFeed = false
    private var lineStart = 0
    private var scanned = 0

    init(limits: ResponseParser.Limits, isTrailer: Bool = false) {
        section = FieldSection(maxFields: limits.fields, skipsLeadingFolds: !isTrailer)
        self.isTrailer = isTrailer
    }

    var ranges: [FieldRange] { section.ranges }
    var names: FieldNames { section.names }
    /// A line with a blank at its front came before the first field.
    var hasSkippedLine: Bool { section.hasSkippedLine }

    /// Reads on in a block whose front has not changed since the last call.
    ///
    /// - Returns: the offset after the empty line, or nil if the block ends before it.
    mutating func takeLines(_ block: UnsafeRawBufferPointer) throws(HTTPError) -> Int? {
        while true {
            let start = lineStart
            let end: Int
            let isStatusLine = line == nil && !isTrailer
            // Bytes that were scanned are not scanned again: a line may come byte by byte.
            if scanned == start, let plainEnd = ASCII.plainLineEnd(in: block, from: start) {
                end = plainEnd
                scanned = block[plainEnd] == ASCII.lf ? plainEnd + 1 : plainEnd + 2
            } else if let lineFeed = ASCII.index(of: ASCII.lf, in: block, from: scanned, to: block.count) {
                end = try FieldSection.contentEnd(
                    of: block, from: start, lineFeed: lineFeed, isStatusLine: isStatusLine)
                scanned = lineFeed + 1
            } else {
                scanned = block.count
                return nil
            }
            hasBareLineFeed = hasBareLineFeed || scanned == end + 1
            lineStart = scanned
            if isStatusLine {
                line = try StatusLine(block, to: end)
            } else if try section.take(block, from: start, to: end) {
                return scanned
            }
        }
    }

    /// The same, of an array.
    mutating func takeLines(_ block: [UInt8]) throws(HTTPError) -> Int? {
        try block.withUnsafeBufferPointer { (bytes) throws(HTTPError) in
            try takeLines(UnsafeRawBufferPointer(bytes))
        }
    }
}

/// Collects one head or trailer section from pieces of input.
///
/// A section that lies whole in one piece is read where it lies and copied once. Otherwise the pieces go to a stash, line by
/// line, so that no byte after the section is ever taken.
struct SectionReader {
    private var stash: [UInt8]
    private var section: HeadSection
    private let limit: Int
    private let tooLarge: HTTPError

    /// A reader whose section begins with the bytes `start`, which have been taken off the input already, and may have
    /// `limit` bytes; `tooLarge` is thrown beyond that.
    init(_ section: HeadSection, start: [UInt8] = [], limit: Int, tooLarge: HTTPError) {
        self.section = section
        stash = start
        self.limit = limit
        self.tooLarge = tooLarge
    }

    /// The number of bytes held so far.
    var count: Int { stash.count }

    /// The section that was refused, as far as it has come: what is held, and the front of `rest` up to the empty line.
    func refused(with rest: some Sequence<UInt8>) -> [UInt8] {
        let bytes = (stash + rest.prefix(Self.mostRefusedBytes)).prefix(Self.mostRefusedBytes)
        var lineEnds = 0
        let end = bytes.firstIndex { byte in
            if byte == ASCII.lf { lineEnds += 1 } else if byte != ASCII.cr { lineEnds = 0 }
            return lineEnds == 2
        }
        return Array(end.map { bytes[...$0] } ?? bytes)
    }

    private static let mostRefusedBytes = 16 * 1024

    /// A block of fields as it was read, and what was found in it.
    struct Block {
        let raw: [UInt8]
        let section: HeadSection
    }

    /// Reads on from `offset`.
    ///
    /// - Returns: nil once all input is used up.
    mutating func read(
        _ input: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(HTTPError) -> Block? {
        if stash.isEmpty {
            // One byte past the limit tells that the section is too large; what comes after it is not even looked at.
            let block = UnsafeRawBufferPointer(rebasing: input[offset...].prefix(limit + 1))
            let end = try section.takeLines(block)
            guard end ?? block.count <= limit else { throw tooLarge }
            offset += end ?? block.count
            if let end {
                return Block(raw: Array(UnsafeRawBufferPointer(rebasing: block[..<end])), section: section)
            }
            stash.append(contentsOf: block)
            return nil
        }
        while offset < input.count {
            let lineFeed = ASCII.index(of: ASCII.lf, in: input, from: offset, to: input.count)
            let stop = lineFeed.map { $0 + 1 } ?? input.count
            guard stash.count + stop - offset <= limit else { throw tooLarge }
            stash.append(contentsOf: input[offset..<stop])
            offset = stop
            if try section.takeLines(stash) != nil {
                defer { stash = [] }
                return Block(raw: stash, section: section)
            }
        }
        return nil
    }
}
