/// Dates of HTTP fields and cookies, as seconds since 1970-01-01T00:00:00Z (leap seconds not counted).
///
/// Pure arithmetic on the proleptic Gregorian calendar: no time zone database, no locale, no clock.
public enum HTTPDate {
    /// Reads the three formats of RFC 9110 §5.6.7 (IMF-fixdate, RFC 850, asctime) and, because servers and people
    /// write them, the same words in another order, without a weekday or without seconds, with dashes,
    /// with a comment at the end, or with a zone such as `UTC`, `Z`, `EST` or `+0200`. No zone means GMT. A two-digit year is 1970...2069.
    ///
    /// - Returns: nil for anything else: unknown words, a field that is missing or there twice, a day that does not exist.
    public static func parse(_ text: String) -> Int64? {
        var parts = DateParts()
        var zone: Int64?
        var rest = Array(text.utf8)[...]
        // Longer than any date: not worth looking at.
        guard rest.count <= 64 else { return nil }
        while let byte = rest.first {
            if byte == ASCII.space || byte == ASCII.tab || byte == ASCII.comma {
                rest = rest.dropFirst()
            } else if byte == 0x28, parts.time != nil {
                // A comment, such as the `(EST)` of JavaScript's dates, ends the date.
                break
            } else if ASCII.isDigit(byte) {
                guard parts.takeNumber(&rest) else { return nil }
            } else if ASCII.isLetter(byte) {
                let word = rest.prefix(while: ASCII.isLetter)
                rest = rest.dropFirst(word.count)
                if parts.month == nil, let month = DateParts.month(named: word) {
                    parts.month = month
                } else if let offset = zoneOffset(named: word) {
                    guard zone == nil else { return nil }
                    // `GMT+0200`: the number that follows counts.
                    if let sign = rest.first, sign == 0x2B || sign == 0x2D { continue }
                    zone = offset
                } else if !DateParts.isWeekday(word) {
                    return nil
                }
            } else if byte == 0x2B || byte == 0x2D {
                rest = rest.dropFirst()
                // A sign before four digits is a zone only after the time; elsewhere dashes join day, month and year.
                let digits = rest.prefix(while: ASCII.isDigit)
                if parts.time != nil, parts.year != nil, zone == nil {
                    guard digits.count == 4 else { return nil }
                    let number = DateParts.decimal(digits)
                    guard number % 100 < 60, number / 100 < 24 else { return nil }
                    zone = (number / 100 * 3600 + number % 100 * 60) * (byte == 0x2B ? 1 : -1)
                    rest = rest.dropFirst(4)
                } else if byte == 0x2B {
                    return nil
                }
            } else {
                return nil
            }
        }
        return parts.seconds().map { $0 - (zone ?? 0) }
    }

    /// The IMF-fixdate of an instant given in seconds since 1970, `Sun, 06 Nov 1994 08:49:37 GMT`. The year is written with
    /// as many digits as it needs, at least four.
    public static func format(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = DateParts.civil(fromDays: days)
        let weekday = DateParts.weekdayNames[Int((days + 4).flooredDivision(by: 7).remainder)].prefix(3)
        return
            "\(weekday), \(padded(date.day, 2)) \(DateParts.monthNames[Int(date.month) - 1].prefix(3)) \(padded(date.year, 4)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)) GMT"
    }

    /// The basic format of ISO 8601 of an instant given in seconds since 1970, `19941106T084937Z`.
    public static func formatBasic(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = DateParts.civil(fromDays: days)
        return
            "\(padded(date.year, 4))\(padded(date.month, 2))\(padded(date.day, 2))T"
            + "\(padded(second / 3600, 2))\(padded(second / 60 % 60, 2))\(padded(second % 60, 2))Z"
    }
}

extension HTTPDate {
    /// Reads `20301231 23:59:59`, UTC, as files of HSTS hosts have it; nil for anything else.
    static func parseCompact(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        let blanks = [8: UInt8(ascii: " "), 11: ASCII.colon, 14: ASCII.colon]
        guard bytes.count == 17,
            bytes.enumerated().allSatisfy({ blanks[$0.offset] == $0.element || ASCII.isDigit($0.element) }),
            blanks.allSatisfy({ bytes[$0.key] == $0.value })
        else { return nil }
        var parts = DateParts()
        parts.year = DateParts.decimal(bytes[0..<4])
        parts.month = DateParts.decimal(bytes[4..<6])
        parts.day = DateParts.decimal(bytes[6..<8])
        parts.time = (
            DateParts.decimal(bytes[9..<11]), DateParts.decimal(bytes[12..<14]),
            DateParts.decimal(bytes[15..<17])
        )
        guard let month = parts.month, (1...12).contains(month) else { return nil }
        return parts.seconds()
    }

    /// The form that `parseCompact` reads, for years of four digits.
    static func formatCompact(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = DateParts.civil(fromDays: days)
        return "\(padded(date.year, 4))\(padded(date.month, 2))\(padded(date.day, 2)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }
}

extension DateParts {
    /// Takes `08:49`, `08:49:37`, a day or a year off the front of `rest`.
    /// False if there is no place left for such a number.
    fileprivate mutating func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let digits = rest.prefix(while: ASCII.isDigit)
        let after = rest.dropFirst(digits.count)
        if after.first == ASCII.colon, digits.count <= 2 {
            guard time == nil, let minute = Self.colonNumber(after) else { return false }
            let second = Self.colonNumber(minute.rest)
            rest = second?.rest ?? minute.rest
            time = (DateParts.decimal(digits), minute.number, second?.number ?? 0)
            return true
        }
        rest = after
        switch digits.count {
        case 1...2 where day == nil: day = DateParts.decimal(digits)
        case 2 where year == nil:
            let number = DateParts.decimal(digits)
            year = number < 70 ? number + 2000 : number + 1900
        case 4 where year == nil: year = DateParts.decimal(digits)
        default: return false
        }
        return true
    }

    /// `:` and one or two digits.
    private static func colonNumber(
        _ bytes: ArraySlice<UInt8>
    ) -> (number: Int64, rest: ArraySlice<UInt8>)? {
        guard bytes.first == ASCII.colon else { return nil }
        let digits = bytes.dropFirst().prefix(while: ASCII.isDigit)
        return (1...2).contains(digits.count)
            ? (DateParts.decimal(digits), bytes.dropFirst(1 + digits.count)) : nil
    }
}

private let zones: [(name: String, hours: Int64)] = [
    ("GMT", 0), ("UTC", 0), ("UT", 0), ("Z", 0), ("WET", 0), ("BST", 1), ("CET", 1), ("CEST", 2), ("EET", 2),
    ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7),
]

/// Seconds east of Greenwich.
private func zoneOffset(named word: some Collection<UInt8>) -> Int64? {
    zones.first { ASCII.equalIgnoringCase(word, $0.name.utf8) }.map { $0.hours * 3600 }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
