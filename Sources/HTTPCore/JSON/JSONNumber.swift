/// A number as its digits say, of whatever size: compared by value, and never rounded.
package struct JSONNumber: Sendable {
    private var isNegative = false
    /// Without zeros at either end; empty for zero.
    private var digits: [UInt8] = []
    /// The point stands behind so many of the digits.
    private var point = 0

    /// Reads the text of a JSON number. An exponent beyond 10^15 counts as 10^15.
    package init(_ text: some Sequence<UInt8>) {
        var exponent = 0
        var isExponentNegative = false
        var part = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): if part < 2 { isNegative = true } else { isExponentNegative = true }
            case UInt8(ascii: "."): part = 1
            case UInt8(ascii: "e"), UInt8(ascii: "E"): part = 2
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if part == 2 {
                    exponent = min(exponent * 10 + Int(byte - 0x30), 1_000_000_000_000_000)
                } else {
                    if part == 0 { point += 1 }
                    digits.append(byte)
                }
            default: break
            }
        }
        point += isExponentNegative ? -exponent : exponent
        let zeros = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.last == 0x30 { digits.removeLast() }
        if digits.isEmpty { (isNegative, point) = (false, 0) }
    }

    /// Reads a decimal number that may begin with zeros; nil for any other text.
    package init?(decimal text: some Collection<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        let size = text.dropFirst(isNegative ? 1 : 0)
        let plain = size.drop { $0 == 0x30 }
        let digits = plain.first.map(ASCII.isDigit) ?? false ? Array(plain) : [0x30] + plain
        guard size.first.map(ASCII.isDigit) ?? false, (try? JSONValue(digits))?.raw.count == digits.count
        else {
            return nil
        }
        self.init((isNegative ? [UInt8(ascii: "-")] : []) + digits)
    }

    /// Less than zero when `one` is the smaller number, more than zero when `other` is, zero when they are equal.
    package static func compare(_ one: JSONNumber, _ other: JSONNumber) -> Int {
        if one.isNegative != other.isNegative { return one.isNegative ? -1 : 1 }
        return one.isNegative ? -compareSizes(one, other) : compareSizes(one, other)
    }

    private static func compareSizes(_ one: JSONNumber, _ other: JSONNumber) -> Int {
        if one.digits.isEmpty || other.digits.isEmpty {
            return (one.digits.isEmpty ? 0 : 1) - (other.digits.isEmpty ? 0 : 1)
        }
        if one.point != other.point { return one.point < other.point ? -1 : 1 }
        for (left, right) in zip(one.digits, other.digits) where left != right {
            return left < right ? -1 : 1
        }
        return one.digits.count - other.digits.count
    }
}
