/// Bytes by name and the classes of bytes that HTTP's grammars are made of.
///
/// Everything here knows ASCII only: no locale, no Unicode case mapping. A byte beyond ASCII is in no class.
package enum ASCII {
    package static let tab: UInt8 = 0x09
    package static let lf: UInt8 = 0x0A
    package static let cr: UInt8 = 0x0D
    package static let space: UInt8 = 0x20
    package static let quote: UInt8 = 0x22
    package static let comma: UInt8 = 0x2C
    package static let colon: UInt8 = 0x3A
    package static let semicolon: UInt8 = 0x3B
    package static let equals: UInt8 = 0x3D
    package static let backslash: UInt8 = 0x5C

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// SP or HTAB: RFC 9110's OWS.
    package static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// OWS or the line ends inside a folded field value.
    static func isBlankOrLineEnd(_ byte: UInt8) -> Bool { isBlank(byte) || byte == cr || byte == lf }

    /// C0 controls and DEL: never allowed in a URL, a cookie or anything made from them.
    package static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    /// RFC 3986 §2.3.
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isLetter(byte) || isDigit(byte)
        }
    }

    /// One bit per ASCII `tchar` (RFC 9110 §5.6.2): bytes 0...63, then 64...127. Written as numbers, because reading a static
    /// value that has to be computed costs a call.
    private static let tokenBits: (low: UInt64, high: UInt64) = (0x03ff_6cfa_0000_0000, 0x57ff_ffff_c7ff_fffe)

    /// RFC 9110 §5.6.2 `tchar`.
    package static func isTokenByte(_ byte: UInt8) -> Bool {
        // Letters first: nearly every byte of a field name is one, and the test needs no table.
        if isLetter(byte) { return true }
        if byte >= 128 { return false }
        return byte < 64
            ? tokenBits.low >> UInt64(byte) & 1 == 1 : tokenBits.high >> UInt64(byte - 64) & 1 == 1
    }

    /// The value of a hexadecimal digit, or nil.
    package static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    package static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// ASCII-only lower case, as host names and attribute names are compared.
    package static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map(lowercased), as: UTF8.self)
    }

    /// Compares without regard to ASCII case and without allocating.
    package static func equalIgnoringCase(
        _ left: some Collection<UInt8>, _ right: some Collection<UInt8>
    ) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowercased($0) == lowercased($1) }
    }

    package static func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
        equalIgnoringCase(left.utf8, right.utf8)
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

    /// The same for a name that is written in the program.
    static func equalIgnoringCase(_ left: UnsafeBufferPointer<UInt8>, _ right: StaticString) -> Bool {
        guard left.count == right.utf8CodeUnitCount else { return false }
        for index in 0..<left.count where left[index] != right.utf8Start[index] {
            guard lowercased(left[index]) == lowercased(right.utf8Start[index]) else { return false }
        }
        return true
    }
}

extension BidirectionalCollection<UInt8> {
    /// Without surrounding SP and HTAB.
    package func trimmingBlanks() -> SubSequence {
        var rest = self[...].drop(while: ASCII.isBlank)
        while let last = rest.last, ASCII.isBlank(last) { rest.removeLast() }
        return rest
    }
}
