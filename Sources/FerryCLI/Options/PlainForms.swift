internal import Glibc

/// How the last plain lines of a config file began. Long files are written by programs, each line like one before it: what
/// begins alike needs only its value looked at.
struct PlainForms {
    private var url: PlainForm?
    private var output: PlainForm?

    /// What a line says.
    enum Reading: Equatable {
        /// It is blank, or a comment.
        case nothing
        case plain(ConfigLine.Plain)
        /// It is not plain.
        case other
    }

    /// Reads the line that is the part of `bytes` up to its line feed.
    mutating func read(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Reading {
        if let value = url?.value(in: bytes, line) { return .plain(.url(value)) }
        if let value = output?.value(in: bytes, line) { return .plain(.output(value)) }
        guard let parts = ConfigLine(bytes, line) else { return .nothing }
        guard let plain = parts.plain(in: bytes) else { return .other }
        switch plain {
        case .url(let value):
            url = PlainForm(line, value, isQuoted: parts.quotation == .double, reserved: "@")
        case .output(let value):
            output = PlainForm(line, value, isQuoted: parts.quotation == .double, reserved: "-")
        case .remoteName: break
        }
        return .plain(plain)
    }
}

/// How a line begins, up to its value.
private struct PlainForm {
    private let opening: Range<Int>
    private let isQuoted: Bool
    /// What a plain value does not begin with.
    private let reserved: UInt8

    init(_ line: Range<Int>, _ value: Range<Int>, isQuoted: Bool, reserved: Unicode.Scalar) {
        opening = line.lowerBound..<value.lowerBound
        self.isQuoted = isQuoted
        self.reserved = UInt8(ascii: reserved)
    }

    /// The value of a line that begins like this one and has nothing but letters, digits and marks between there and its
    /// end, or its closing quote; nil for any other.
    func value(in bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Range<Int>? {
        let first = line.lowerBound + opening.count
        let end = line.upperBound - (isQuoted ? 1 : 0)
        guard let base = bytes.baseAddress, first < end,
            memcmp(base + line.lowerBound, base + opening.lowerBound, opening.count) == 0,
            !isQuoted || bytes[end] == UInt8(ascii: "\""),
            bytes[first] != reserved, isQuoted || !Self.isSpecial(bytes[first])
        else { return nil }
        let value = first..<end
        return Self.isClean(base.assumingMemoryBound(to: UInt8.self) + first, count: value.count)
            ? value : nil
    }

    /// What a value without quotes does not begin with.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "'")
    }

    /// Whether all bytes are visible ASCII that neither quotes nor escapes.
    private static func isClean(_ value: UnsafePointer<UInt8>, count: Int) -> Bool {
        // A pointer, and no way out: only so does the compiler look at many bytes side by side, in a fifth of the time.
        var odd: UInt8 = 0
        for index in 0..<count {
            let byte = value[index]
            // Beyond ASCII wraps around, too.
            odd |=
                (byte &- 0x21 >= 0x5F ? 1 : 0)
                | (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
        }
        return odd == 0
    }
}
