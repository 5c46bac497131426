#if canImport(Glibc)
    internal import Glibc
#endif

/// Searches in the bytes of a head, eight bytes at a time where that is possible.
extension ASCII {
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

    /// Where the content of the line from `start` ends, if LF or CRLF ends it and it has no byte below 0x0E (NUL,
    /// bare CR, tab). nil = the line needs a closer look, or is incomplete.
    static func plainLineEnd(in block: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = block.baseAddress else { return nil }
        let count = block.count
        var index = start
        // Eight bytes at once: the lowest bit that is left stands in the first byte below 0x0E (higher bits may be
        // wrong).
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

    /// The highest bit of each byte that stands behind a backslash in a JSON string (RFC 8259 §7); above the lowest such
    /// bit there may be false ones.
    @inlinable
    @inline(__always)
    package static func escapedInJSON(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        return (control | isQuote | isBackslash) & 0x8080_8080_8080_8080
    }

    /// Whether `HTTP/` stands at `offset`.
    static func beginsWithHTTP(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        bytes.count - offset >= 5 && bytes[offset] == 0x48 && bytes[offset + 1] == 0x54
            && bytes[offset + 2] == 0x54 && bytes[offset + 3] == 0x50 && bytes[offset + 4] == 0x2F
    }

    /// Whether both are the same bytes.
    static func areSame(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard let start = left.baseAddress, let other = right.baseAddress else { return true }
        return memcmp(start, other, left.count) == 0
    }

    /// Whether `bytes` begins with `prefix`, byte for byte.
    static func begins(_ bytes: UnsafeBufferPointer<UInt8>, with prefix: [UInt8]) -> Bool {
        guard bytes.count >= prefix.count, let base = bytes.baseAddress else { return prefix.isEmpty }
        return prefix.withUnsafeBufferPointer { prefix in
            prefix.baseAddress.map { memcmp(base, $0, prefix.count) == 0 } ?? true
        }
    }

    /// The index of `byte` in `bytes[from..<to]`.
    package static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from: Int, to: Int) -> Int? {
        guard from < to, let base = bytes.baseAddress, let hit = memchr(base + from, Int32(byte), to - from)
        else { return nil }
        return UnsafeRawPointer(hit) - base
    }
}
