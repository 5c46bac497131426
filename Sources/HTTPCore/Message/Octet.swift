#if canImport(Glibc)
    internal import Glibc
#endif

/// Bytes of the HTTP/1 grammar by name, and the byte tests and searches that the parsers of this module share.
/// Everything here works on ASCII only: no locale, no Unicode case mapping.
enum Octet {
    static let tab: UInt8 = 0x09
    static let lf: UInt8 = 0x0A
    static let cr: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let comma: UInt8 = 0x2C
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C

    /// One bit per ASCII `tchar` (RFC 9110 §5.6.2): bytes 0...63, then 64...127. As numbers, for a value that has to be
    /// computed is asked for with a call.
    private static let tokenBits: (low: UInt64, high: UInt64) = (0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)

    static func isTokenByte(_ byte: UInt8) -> Bool {
        // Letters first: nearly every byte of a field name is one, and the test needs no table.
        if (byte | 0x20) &- 0x61 < 26 { return true }
        if byte >= 128 { return false }
        return byte < 64
            ? tokenBits.low >> UInt64(byte) & 1 == 1 : tokenBits.high >> UInt64(byte - 64) & 1 == 1
    }

    /// Where the token that begins at `start` ends, at `end` the latest.
    static func tokenEnd(in base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while true {
            // Eight bytes at once, for as long as they are letters and hyphens, as in nearly every field name.
            while index + 8 <= end {
                let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let other = bytesThatAreNoLetterOrHyphen(word)
                guard other == 0 else {
                    index += other.trailingZeroBitCount >> 3
                    break
                }
                index += 8
            }
            guard index < end, isTokenByte(base.load(fromByteOffset: index, as: UInt8.self)) else {
                return index
            }
            index += 1
        }
    }

    /// The highest bit of each byte of `word` that is neither an ASCII letter nor a hyphen.
    private static func bytesThatAreNoLetterOrHyphen(_ word: UInt64) -> UInt64 {
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let lowercased = (word | 0x2020_2020_2020_2020) & low
        // Sums of seven bits each, which carry into the eighth and no further.
        let fromA = lowercased &+ 0x1f1f_1f1f_1f1f_1f1f
        let afterZ = lowercased &+ 0x0505_0505_0505_0505
        let hyphen = word ^ 0x2d2d_2d2d_2d2d_2d2d
        let noHyphen = ((hyphen & low) &+ low) | hyphen
        return (~(fromA & ~afterZ & ~word) & noHyphen) & ~low
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// SP or HTAB: RFC 9110's OWS.
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// OWS or the line ends inside a folded field value.
    static func isBlankOrLineEnd(_ byte: UInt8) -> Bool { isBlank(byte) || byte == cr || byte == lf }

    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Compares without regard to ASCII case and without allocating.
    static func equalIgnoringCase(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
    }

    /// The same for bytes in memory and the text of a program, at a few instructions a byte.
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: String.UTF8View) -> Bool {
        let isEqual = right.withContiguousStorageIfAvailable { right in
            guard left.count == right.count else { return false }
            for index in 0..<left.count where left[index] != right[index] {
                guard lowercased(left[index]) == lowercased(right[index]) else { return false }
            }
            return true
        }
        return isEqual
            ?? (left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) })
    }

    static func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
        equalIgnoringCase(left.utf8, right.utf8)
    }

    /// Where the content of the line that begins at `start` ends, if it ends in LF or CRLF and nothing below SO comes
    /// before that: no NUL, no bare CR, no tab. nil leaves the line to a closer look; it may also be incomplete.
    static func plainLineEnd(in block: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = block.baseAddress else { return nil }
        let count = block.count
        var index = start
        // Eight bytes at once: the lowest bit that is left stands in the first byte below 0x0E (higher ones may err).
        while index + 8 <= count {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let low = (word &- 0x0e0e_0e0e_0e0e_0e0e) & ~word & 0x8080_8080_8080_8080
            if low != 0 {
                index += low.trailingZeroBitCount >> 3
                break
            }
            index += 8
        }
        while index < count, block[index] >= 0x0E { index += 1 }
        guard index < count else { return nil }
        if block[index] == lf { return index }
        return block[index] == cr && index + 1 < count && block[index + 1] == lf ? index : nil
    }

    /// Whether `HTTP/` stands at `offset`.
    static func beginsWithHTTP(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        bytes.count - offset >= 5 && bytes[offset] == 0x48 && bytes[offset + 1] == 0x54
            && bytes[offset + 2] == 0x54 && bytes[offset + 3] == 0x50 && bytes[offset + 4] == 0x2F
    }

    /// As `equalIgnoringCase` for a name of the program's own.
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
        guard left.count == right.utf8CodeUnitCount else { return false }
        for index in 0..<left.count where left[index] != right.utf8Start[index] {
            guard lowercased(left[index]) == lowercased(right.utf8Start[index]) else { return false }
        }
        return true
    }

    /// Whether `bytes` begins with `prefix`, byte for byte.
    static func begins(_ bytes: UnsafeBufferPointer<UInt8>, with prefix: [UInt8]) -> Bool {
        guard bytes.count >= prefix.count, let base = bytes.baseAddress else { return prefix.isEmpty }
        return prefix.withUnsafeBufferPointer { prefix in
            prefix.baseAddress.map { memcmp(base, $0, prefix.count) == 0 } ?? true
        }
    }

    /// The index of `byte` in `bytes[from..<to]`.
    static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from: Int, to: Int) -> Int? {
        guard from < to, let base = bytes.baseAddress, let hit = memchr(base + from, Int32(byte), to - from)
        else { return nil }
        return UnsafeRawPointer(hit) - base
    }

    /// Text of bytes from a peer: UTF-8 where they are valid UTF-8, else ISO-8859-1, so that nothing is lost.
    static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = ""
        for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        return text
    }

    /// A short printable form of bytes for an error sentence: at most 60 bytes, control and non-ASCII bytes escaped.
    static func excerpt(_ bytes: some Collection<UInt8>) -> String {
        var text = ""
        for byte in bytes.prefix(60) {
            if byte >= 0x20, byte < 0x7F {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += escaped(byte)
            }
        }
        return bytes.count > 60 ? text + "..." : text
    }

    /// Two lower-case digits for each byte.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `\x` and two hexadecimal digits.
    static func escaped(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
    }
}

extension BidirectionalCollection<UInt8> where SubSequence == Self {
    /// Without surrounding SP and HTAB.
    func trimmingBlanks() -> Self {
        var rest = drop(while: Octet.isBlank)
        while let last = rest.last, Octet.isBlank(last) { rest.removeLast() }
        return rest
    }
}
