/// Reads the dates of `Expires` as leniently as RFC 6265 §5.1.1 asks: the parts in any order, most separators.
public enum CookieDate {
    /// Seconds since 1970 for a date such as `Wed, 09 Jun 2021 10:18:14 GMT`; nil when it is none.
    /// Always UTC, whatever zone the text names.
    public static func parse(_ text: String) -> Int64? {
        parse(text.utf8)
    }

    static func parse(_ bytes: some Collection<UInt8>) -> Int64? {
        var time: (hour: Int, minute: Int, second: Int)?
        var day: Int?
        var month: Int?
        var year: Int?
        for token in bytes.split(whereSeparator: isDelimiter) {
            if time == nil, let found = readTime(token) {
                time = found
            } else if day == nil, let found = readNumber(token, digits: 1...2) {
                day = found
            } else if month == nil, let found = readMonth(token) {
                month = found
            } else if year == nil, let found = readNumber(token, digits: 2...4) {
                year = found
            }
        }
        guard let time, let day, let month, var year else { return nil }
        if (70...99).contains(year) { year += 1900 }
        if (0...69).contains(year) { year += 2000 }
        guard year >= 1601, time.hour <= 23, time.minute <= 59, time.second <= 59, day >= 1,
            day <= daysInMonth(month, year)
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        return days * 86_400 + Int64(time.hour * 3600 + time.minute * 60 + time.second)
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// `hh:mm:ss`, each of one or two digits; what follows a non-digit is ignored.
    private static func readTime(_ token: some Collection<UInt8>) -> (hour: Int, minute: Int, second: Int)? {
        let fields = token.split(
            separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].count <= 2, fields[1].count <= 2,
            let hour = readNumber(fields[0], digits: 1...2),
            let minute = readNumber(fields[1], digits: 1...2),
            fields[0].allSatisfy(URLByte.isDigit), fields[1].allSatisfy(URLByte.isDigit),
            let second = readNumber(fields[2], digits: 1...2)
        else { return nil }
        return (hour, minute, second)
    }

    /// A number of so many digits at the start of the token, with no further digit after it.
    private static func readNumber(_ token: some Collection<UInt8>, digits: ClosedRange<Int>) -> Int? {
        let number = token.prefix(digits.upperBound + 1).prefix(while: URLByte.isDigit)
        guard digits.contains(number.count) else { return nil }
        return number.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// 1...12 from the first three letters.
    private static func readMonth(_ token: some Collection<UInt8>) -> Int? {
        let names = "janfebmaraprmayjunjulaugsepoctnovdec".utf8
        let name = token.prefix(3).map(URLByte.lowercased)
        guard name.count == 3 else { return nil }
        for month in 0..<12 where names.dropFirst(month * 3).prefix(3).elementsEqual(name) {
            return month + 1
        }
        return nil
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counts from March, so that the leap day is a year's last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthsFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthsFromMarch + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear
        return Int64(days - 719_468)
    }
}
