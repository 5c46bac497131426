/// Reads the dates of `Expires` as leniently as RFC 6265 §5.1.1 asks: the parts in any order, most separators.
public enum CookieDate {
    /// Seconds since 1970 for a date such as `Wed, 09 Jun 2021 10:18:14 GMT`; nil when it is none.
    /// Always UTC, whatever zone the text names.
    public static func parse(_ text: String) -> Int64? {
        parse(text.utf8)
    }

    static func parse(_ bytes: some Collection<UInt8>) -> Int64? {
        var parts = DateParts()
        for token in bytes.split(whereSeparator: isDelimiter) {
            if parts.time == nil, let found = readTime(token) {
                parts.time = found
            } else if parts.day == nil, let found = leadingNumber(token, digits: 1...2) {
                parts.day = found
            } else if parts.month == nil, let found = DateParts.month(short: token.prefix(3)) {
                parts.month = found
            } else if parts.year == nil, let found = leadingNumber(token, digits: 2...4) {
                // The RFC widens 0...99 whatever the number of digits.
                parts.year = found < 70 ? found + 2000 : found < 100 ? found + 1900 : found
            }
        }
        guard let year = parts.year, year >= 1601, let time = parts.time, time.second <= 59 else {
            return nil
        }
        return parts.seconds()
    }

    /// The RFC's `delimiter`.
    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// The RFC's `time`: three numbers of one or two digits between colons. What follows a non-digit is ignored.
    private static func readTime(
        _ token: some Collection<UInt8>
    ) -> (hour: Int64, minute: Int64, second: Int64)? {
        var numbers: [Int64] = []
        var rest = token[...]
        while true {
            guard let number = leadingNumber(rest, digits: 1...2) else { return nil }
            numbers.append(number)
            if numbers.count == 3 { return (numbers[0], numbers[1], numbers[2]) }
            rest = rest.drop(while: ASCII.isDigit)
            guard rest.first == ASCII.colon else { return nil }
            rest = rest.dropFirst()
        }
    }

    /// The number at the front of a token, if it has a permitted number of digits.
    private static func leadingNumber(
        _ token: some Collection<UInt8>, digits range: ClosedRange<Int>
    ) -> Int64? {
        let digits = token.prefix(while: ASCII.isDigit)
        return range.contains(digits.count) ? DateParts.decimal(digits) : nil
    }
}
