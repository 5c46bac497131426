internal import Glibc

/// A line of a config file that names a URL or an output in printable ASCII, about which there is nothing to be said: the
/// kind of which there may be a million. `ConfigFile.parse` takes it for the same option and the same value.
package enum PlainLine: Equatable {
    /// Blank, or a comment.
    case nothing
    /// `url`, with the place of its value in the line.
    case url(Range<Int>)
    /// `output`, with the place of its value in the line.
    case output(Range<Int>)
    case remoteName

    /// nil for every line that is not plain, whatever it is.
    ///
    /// - Parameter line: without its line feed.
    init?(_ line: UnsafeRawBufferPointer) {
        var end = line.count
        while end > 0, line[end - 1] == space || line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard Self.isPrintable(line, end) else { return nil }
        if end > 8, Self.hasUsualStart(line) {
            guard let value = Self.value(line, 6..<end), line[value.lowerBound] != UInt8(ascii: "@") else {
                return nil
            }
            self = .url(value)
            return
        }
        var position = 0
        while position < end, line[position] == space { position += 1 }
        guard position < end, line[position] != UInt8(ascii: "#") else {
            self = .nothing
            return
        }
        let isDashed = line[position] == UInt8(ascii: "-")
        let name = position
        while position < end, !Self.isSeparator(line[position], isDashed) { position += 1 }
        let option = Self.option(line, name..<position)
        while position < end, Self.isSeparator(line[position], isDashed) { position += 1 }
        switch option {
        case nil: return nil
        case .remoteName:
            guard position == end else { return nil }
            self = .remoteName
        case .url:
            guard let value = Self.value(line, position..<end), line[value.lowerBound] != UInt8(ascii: "@")
            else { return nil }
            self = .url(value)
        case .output:
            guard let value = Self.value(line, position..<end), line[value.lowerBound] != UInt8(ascii: "-")
            else { return nil }
            self = .output(value)
        }
    }

    /// Whether a line of eight bytes or more begins with `url = "`, as most of a million do.
    private static func hasUsualStart(_ line: UnsafeRawBufferPointer) -> Bool {
        // Its seven bytes as a number, the first one lowest.
        let usual: UInt64 = 0x22_20_3D_20_6C_72_75
        let word = UInt64(littleEndian: line.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        return word & 0x00FF_FFFF_FFFF_FFFF == usual
    }

    private enum Option {
        case url, output, remoteName
    }

    private static func option(_ line: UnsafeRawBufferPointer, _ name: Range<Int>) -> Option? {
        func matches(_ text: StaticString) -> Bool {
            guard name.count == text.utf8CodeUnitCount, let base = line.baseAddress else { return false }
            return memcmp(base + name.lowerBound, text.utf8Start, name.count) == 0
        }
        switch name.count {
        case 2: return matches("-o") ? .output : matches("-O") ? .remoteName : nil
        case 3: return matches("url") ? .url : nil
        case 5: return matches("--url") ? .url : nil
        case 6: return matches("output") ? .output : nil
        case 8: return matches("--output") ? .output : nil
        case 11: return matches("remote-name") ? .remoteName : nil
        case 13: return matches("--remote-name") ? .remoteName : nil
        default: return nil
        }
    }

    /// The value that fills `rest`, without its quotes; nil when there is none, or an escape, or more than the value.
    private static func value(_ line: UnsafeRawBufferPointer, _ rest: Range<Int>) -> Range<Int>? {
        func holds(_ byte: UInt8, _ part: Range<Int>) -> Bool {
            guard let base = line.baseAddress else { return false }
            return memchr(base + part.lowerBound, Int32(byte), part.count) != nil
        }
        let quote = UInt8(ascii: "\"")
        guard let first = rest.first.map({ line[$0] }) else { return nil }
        guard first == quote else {
            return first == UInt8(ascii: "'") || holds(space, rest) ? nil : rest
        }
        guard rest.count > 2, line[rest.upperBound - 1] == quote else { return nil }
        let value = rest.lowerBound + 1..<rest.upperBound - 1
        return holds(quote, value) ? nil : value
    }

    /// Whether all bytes before `end` are 0x20 to 0x7F and none is a backslash. Eight at a time: a byte has its top bit, or
    /// borrows one when 0x20 is taken away, or 1 once it is compared with a backslash.
    private static func isPrintable(_ line: UnsafeRawBufferPointer, _ end: Int) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var odd: UInt64 = 0
        func look(_ word: UInt64) {
            odd |= word | (word &- ones &* 0x20) | ((word ^ ones &* 0x5C) &- ones)
        }
        var position = 0
        while position + 8 <= end {
            look(line.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        if position < end, end >= 8 {
            // Some of them twice.
            look(line.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self))
        } else {
            for byte in line[position..<end] { look(UInt64(byte) | (ones << 8) &* 0x20) }
        }
        return odd & (ones &* 0x80) == 0
    }

    private static func isSeparator(_ byte: UInt8, _ isDashed: Bool) -> Bool {
        byte == space || !isDashed && (byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":"))
    }
}

private let space = UInt8(ascii: " ")
