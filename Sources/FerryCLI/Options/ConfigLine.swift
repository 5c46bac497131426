internal import Glibc

/// A line of a config file that holds an option, taken apart: where its name and value stand in the bytes.
struct ConfigLine {
    /// The option as written, its dashes included; empty when the line does not begin with one.
    let name: Range<Int>
    /// What is between the quotes, or up to the next blank; nil when the line has no value.
    private(set) var value: Range<Int>?
    private(set) var quotation = Quotation.none
    /// The value holds backslashes that stand for something.
    private(set) var hasEscapes = false
    /// Behind the value stands something that is no comment.
    private(set) var isFollowed = false

    enum Quotation {
        case none
        /// A quote that does not quote here.
        case single
        case double
        /// The second one is missing.
        case unclosed
    }

    /// nil for blank and comment lines; `line` is the part of `bytes` up to its line feed.
    init?(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) {
        var end = line.upperBound
        while end > line.lowerBound, Self.isSpace(bytes[end - 1]) { end -= 1 }
        var position = line.lowerBound
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
        guard position < end, bytes[position] != UInt8(ascii: "#") else { return nil }
        let isDashed = bytes[position] == UInt8(ascii: "-")
        let start = position
        while position < end, !Self.isSeparator(bytes[position], isDashed) { position += 1 }
        name = start..<position
        while position < end, Self.isSeparator(bytes[position], isDashed) { position += 1 }
        guard position < end else { return }
        if bytes[position] == UInt8(ascii: "\"") {
            quotation = .double
            position += 1
            let first = position
            position = bytes.firstIndex(of: UInt8(ascii: "\""), in: first..<end)
            if bytes.firstIndex(of: UInt8(ascii: "\\"), in: first..<position) < position {
                hasEscapes = true
                position = Self.endOfEscaped(bytes, first..<end)
            }
            guard position < end else {
                quotation = .unclosed
                return
            }
            value = first..<position
            position += 1
        } else {
            if bytes[position] == UInt8(ascii: "'") { quotation = .single }
            let first = position
            while position < end, !Self.isSpace(bytes[position]) { position += 1 }
            value = first..<position
        }
        while position < end, Self.isSpace(bytes[position]) { position += 1 }
        isFollowed = position < end && bytes[position] != UInt8(ascii: "#")
    }

    /// Where the quote is that ends a value with escapes; the end of `rest` or behind it when there is none.
    private static func endOfEscaped(_ bytes: UnsafeRawBufferPointer, _ rest: Range<Int>) -> Int {
        var position = rest.lowerBound
        while position < rest.upperBound, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return position
    }

    /// As C has it.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }

    private static func isSeparator(_ byte: UInt8, _ isDashed: Bool) -> Bool {
        isSpace(byte) || !isDashed && (byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":"))
    }
}

extension ConfigLine {
    /// What a plain line says: one that names a URL or an output in ASCII, and about which there is nothing to be said.
    enum Plain: Equatable {
        case url(Range<Int>)
        case output(Range<Int>)
        case remoteName
    }

    /// nil for a line that is not plain, whatever it is.
    func plain(in bytes: UnsafeRawBufferPointer) -> Plain? {
        guard !isFollowed, !hasEscapes, quotation == .none || quotation == .double else { return nil }
        switch option(in: bytes) {
        case nil: return nil
        case .remoteName: return value == nil ? .remoteName : nil
        case .url:
            guard let value, let first = first(of: value, bytes), first != UInt8(ascii: "@") else {
                return nil
            }
            return .url(value)
        case .output:
            guard let value, let first = first(of: value, bytes), first != UInt8(ascii: "-") else {
                return nil
            }
            return .output(value)
        }
    }

    private enum Option {
        case url, output, remoteName
    }

    private func option(in bytes: UnsafeRawBufferPointer) -> Option? {
        if isNamed("url", bytes) || isNamed("--url", bytes) { return .url }
        if isNamed("output", bytes) || isNamed("-o", bytes) || isNamed("--output", bytes) { return .output }
        if isNamed("-O", bytes) || isNamed("remote-name", bytes) || isNamed("--remote-name", bytes) {
            return .remoteName
        }
        return nil
    }

    private func isNamed(_ text: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard name.count == text.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
        return memcmp(base + name.lowerBound, text.utf8Start, name.count) == 0
    }

    /// The first byte of a value that is ASCII without NUL; nil for an empty one, and for others.
    private func first(of value: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> UInt8? {
        var all: UInt8 = 0
        var holdsNUL = false
        for byte in UnsafeRawBufferPointer(rebasing: bytes[value]) {
            all |= byte
            holdsNUL = holdsNUL || byte == 0
        }
        return value.isEmpty || all >= 0x80 || holdsNUL ? nil : bytes[value.lowerBound]
    }
}

extension [UInt8] {
    /// Where the line that begins at `position` ends: at its line feed, or at the end of all.
    func endOfLine(from position: Int) -> Int {
        span.withUnsafeBytes { $0.endOfLine(from: position) }
    }
}

extension UnsafeRawBufferPointer {
    /// Where the line that begins at `position` ends: at its line feed, or at the end of all.
    func endOfLine(from position: Int) -> Int {
        position < count ? firstIndex(of: 0x0A, in: position..<count) : count
    }

    /// Where `byte` first stands in `range`; its end when it is not there.
    fileprivate func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int {
        guard let base = baseAddress, let found = memchr(base + range.lowerBound, CInt(byte), range.count)
        else { return range.upperBound }
        return UnsafeRawPointer(found) - base
    }
}
