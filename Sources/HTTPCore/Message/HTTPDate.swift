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
            if byte == Octet.space || byte == Octet.tab || byte == Octet.comma {
                rest = rest.dropFirst()
            } else if byte == 0x28, parts.time != nil {
                // A comment, such as the `(EST)` of JavaScript's dates, ends the date.
                break
            } else if Octet.isDigit(byte) {
                guard parts.takeNumber(&rest) else { return nil }
            } else if Octet.isLetter(byte) {
                let word = rest.prefix(while: Octet.isLetter)
                rest = rest.dropFirst(word.count)
                if parts.month == nil, let month = month(named: word, wholeOrShort: true) {
                    parts.month = month
                } else if let offset = zoneOffset(named: word) {
                    guard zone == nil else { return nil }
                    // `GMT+0200`: the number that follows counts.
                    if let sign = rest.first, sign == 0x2B || sign == 0x2D { continue }
                    zone = offset
                } else if !isWeekday(word) {
                    return nil
                }
            } else if byte == 0x2B || byte == 0x2D {
                rest = rest.dropFirst()
                // A sign before four digits is a zone only after the time; elsewhere dashes join day, month and year.
                let digits = rest.prefix(while: Octet.isDigit)
                if parts.time != nil, parts.year != nil, zone == nil {
                    guard digits.count == 4 else { return nil }
                    let number = decimal(digits)
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

    /// Reads a cookie's `Expires` by the algorithm of RFC 6265 §5.1.1, which finds the parts wherever they stand
    /// and ignores zones and unknown words.
    ///
    /// - Returns: nil where the algorithm fails, a day that does not exist and a year before 1601 included.
    public static func parseCookieDate(_ text: String) -> Int64? {
        var parts = DateParts()
        for token in text.utf8.split(whereSeparator: isCookieDelimiter) {
            if parts.time == nil, let time = cookieTime(token) {
                parts.time = time
            } else if parts.day == nil, let day = leadingNumber(token, digits: 1...2) {
                parts.day = day
            } else if parts.month == nil, token.count >= 3,
                let month = month(named: token.prefix(3), wholeOrShort: false)
            {
                parts.month = month
            } else if parts.year == nil, let year = leadingNumber(token, digits: 2...4) {
                // The RFC widens 0...99 whatever the number of digits.
                parts.year = year < 100 ? (year < 70 ? year + 2000 : year + 1900) : year
            }
        }
        guard let year = parts.year, year >= 1601, let time = parts.time, time.second <= 59 else {
            return nil
        }
        return parts.seconds()
    }

    /// The IMF-fixdate of an instant given in seconds since 1970, `Sun, 06 Nov 1994 08:49:37 GMT`. The year is written with
    /// as many digits as it needs, at least four.
    public static func format(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = civil(fromDays: days)
        let weekday = weekdays[Int((days + 4).flooredDivision(by: 7).remainder)].prefix(3)
        return
            "\(weekday), \(padded(date.day, 2)) \(months[Int(date.month) - 1].prefix(3)) \(padded(date.year, 4)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2)) GMT"
    }

    /// The basic format of ISO 8601 of an instant given in seconds since 1970, `19941106T084937Z`.
    public static func formatBasic(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = civil(fromDays: days)
        return
            "\(padded(date.year, 4))\(padded(date.month, 2))\(padded(date.day, 2))T"
            + "\(padded(second / 3600, 2))\(padded(second / 60 % 60, 2))\(padded(second % 60, 2))Z"
    }
}

extension HTTPDate {
    /// Reads `20301231 23:59:59`, UTC, as files of HSTS hosts have it; nil for anything else.
    static func parseCompact(_ text: some Collection<UInt8>) -> Int64? {
        let bytes = Array(text)
        let blanks = [8: UInt8(ascii: " "), 11: Octet.colon, 14: Octet.colon]
        guard bytes.count == 17,
            bytes.enumerated().allSatisfy({ blanks[$0.offset] == $0.element || Octet.isDigit($0.element) }),
            blanks.allSatisfy({ bytes[$0.key] == $0.value })
        else { return nil }
        var parts = DateParts()
        parts.year = decimal(bytes[0..<4])
        parts.month = decimal(bytes[4..<6])
        parts.day = decimal(bytes[6..<8])
        parts.time = (decimal(bytes[9..<11]), decimal(bytes[12..<14]), decimal(bytes[15..<17]))
        guard let month = parts.month, (1...12).contains(month) else { return nil }
        return parts.seconds()
    }

    /// The form that `parseCompact` reads, for years of four digits.
    static func formatCompact(_ seconds: Int64) -> String {
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = civil(fromDays: days)
        return "\(padded(date.year, 4))\(padded(date.month, 2))\(padded(date.day, 2)) "
            + "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }
}

/// The parts of a date as they are found; each may be set once.
private struct DateParts {
    var day: Int64?
    var month: Int64?
    var year: Int64?
    var time: (hour: Int64, minute: Int64, second: Int64)?

    /// Takes `08:49`, `08:49:37`, a day or a year off the front of `rest`.
    /// False if there is no place left for such a number.
    mutating func takeNumber(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let digits = rest.prefix(while: Octet.isDigit)
        let after = rest.dropFirst(digits.count)
        if after.first == Octet.colon, digits.count <= 2 {
            guard time == nil, let minute = Self.colonNumber(after) else { return false }
            let second = Self.colonNumber(minute.rest)
            rest = second?.rest ?? minute.rest
            time = (decimal(digits), minute.number, second?.number ?? 0)
            return true
        }
        rest = after
        switch digits.count {
        case 1...2 where day == nil: day = decimal(digits)
        case 2 where year == nil:
            let number = decimal(digits)
            year = number < 70 ? number + 2000 : number + 1900
        case 4 where year == nil: year = decimal(digits)
        default: return false
        }
        return true
    }

    /// `:` and one or two digits.
    private static func colonNumber(
        _ bytes: ArraySlice<UInt8>
    ) -> (number: Int64, rest: ArraySlice<UInt8>)? {
        guard bytes.first == Octet.colon else { return nil }
        let digits = bytes.dropFirst().prefix(while: Octet.isDigit)
        return (1...2).contains(digits.count) ? (decimal(digits), bytes.dropFirst(1 + digits.count)) : nil
    }

    /// The instant, with the zone left to the caller; nil if a part is missing or out of its range.
    func seconds() -> Int64? {
        guard let day, let month, let year, let time else { return nil }
        // 60 is a leap second: the next minute's first.
        guard day >= 1, day <= daysInMonth(month, year), time.hour <= 23, time.minute <= 59, time.second <= 60
        else { return nil }
        return days(year: year, month: month, day: day) * 86_400 + time.hour * 3600 + time.minute * 60
            + time.second
    }
}

private let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November",
    "December",
]
private let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
private let zones: [(name: String, hours: Int64)] = [
    ("GMT", 0), ("UTC", 0), ("UT", 0), ("Z", 0), ("WET", 0), ("BST", 1), ("CET", 1), ("CEST", 2), ("EET", 2),
    ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7),
]

/// The number of a month, from its first three letters or (with `wholeOrShort`) nothing but these or its whole name.
private func month(named word: some Collection<UInt8>, wholeOrShort: Bool) -> Int64? {
    months.firstIndex {
        Octet.equalIgnoringCase(word, $0.utf8.prefix(3))
            || wholeOrShort && Octet.equalIgnoringCase(word, $0.utf8)
    }.map { Int64($0) + 1 }
}

private func isWeekday(_ word: some Collection<UInt8>) -> Bool {
    weekdays.contains {
        Octet.equalIgnoringCase(word, $0.utf8.prefix(3)) || Octet.equalIgnoringCase(word, $0.utf8)
    }
}

/// Seconds east of Greenwich.
private func zoneOffset(named word: some Collection<UInt8>) -> Int64? {
    zones.first { Octet.equalIgnoringCase(word, $0.name.utf8) }.map { $0.hours * 3600 }
}

/// RFC 6265 §5.1.1 `delimiter`.
private func isCookieDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
}

/// RFC 6265 §5.1.1 `time`: three numbers of one or two digits between colons; what follows a non-digit is ignored.
private func cookieTime(_ token: Substring.UTF8View) -> (hour: Int64, minute: Int64, second: Int64)? {
    var numbers: [Int64] = []
    var rest = token
    while true {
        let digits = rest.prefix(while: Octet.isDigit)
        guard (1...2).contains(digits.count) else { return nil }
        numbers.append(decimal(digits))
        rest = rest.dropFirst(digits.count)
        if numbers.count == 3 { return (numbers[0], numbers[1], numbers[2]) }
        guard rest.first == Octet.colon else { return nil }
        rest = rest.dropFirst()
    }
}

/// The number at the front of a token, if it has a permitted number of digits; what follows a non-digit is ignored.
private func leadingNumber(_ token: Substring.UTF8View, digits range: ClosedRange<Int>) -> Int64? {
    let digits = token.prefix(while: Octet.isDigit)
    return range.contains(digits.count) ? decimal(digits) : nil
}

/// The value of a few digits; the callers have bounded their number.
private func decimal(_ digits: some Collection<UInt8>) -> Int64 {
    digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

private func daysInMonth(_ month: Int64, _ year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// Days from 1970-01-01. Years are counted from March, so that the leap day comes last, in eras of 400 years.
private func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The inverse of `days(year:month:day:)`.
private func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
}

extension Int64 {
    /// Quotient and remainder with a remainder that is never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
