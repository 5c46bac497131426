/// The parts of a date as they are found in a text, and the instant that they name.
///
/// Pure arithmetic on the proleptic Gregorian calendar: no time zone database, no locale, no clock.
struct DateParts {
    var day: Int64?
    /// 1...12.
    var month: Int64?
    var year: Int64?
    var time: (hour: Int64, minute: Int64, second: Int64)?

    /// Seconds since 1970 with the zone left to the caller; nil if a part is missing or out of its range.
    func seconds() -> Int64? {
        guard let day, let month, let year, let time, (1...12).contains(month) else { return nil }
        // 60 is a leap second: the next minute's first.
        guard day >= 1, day <= Self.daysInMonth(month, year), time.hour <= 23, time.minute <= 59,
            time.second <= 60
        else { return nil }
        return Self.days(year: year, month: month, day: day) * 86_400 + time.hour * 3600 + time.minute * 60
            + time.second
    }

    // MARK: Words and numbers

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]

    static let weekdayNames = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// The number of the month that `word` names with three letters.
    static func month(short word: some Collection<UInt8>) -> Int64? {
        monthNames.firstIndex { ASCII.equalIgnoringCase(word, $0.utf8.prefix(3)) }.map { Int64($0) + 1 }
    }

    /// The number of the month that `word` names, whole or with three letters.
    static func month(named word: some Collection<UInt8>) -> Int64? {
        month(short: word)
            ?? monthNames.firstIndex { ASCII.equalIgnoringCase(word, $0.utf8) }.map { Int64($0) + 1 }
    }

    /// Whether `word` names a day of the week, whole or with three letters.
    static func isWeekday(_ word: some Collection<UInt8>) -> Bool {
        weekdayNames.contains {
            ASCII.equalIgnoringCase(word, $0.utf8.prefix(3)) || ASCII.equalIgnoringCase(word, $0.utf8)
        }
    }

    /// The value of a few digits; the caller bounds their number.
    static func decimal(_ digits: some Collection<UInt8>) -> Int64 {
        digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    // MARK: The calendar

    static func daysInMonth(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01. Years are counted from March, so that the leap day comes last, in eras of 400 years.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `days(year:month:day:)`.
    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1
        )
    }
}

extension Int64 {
    /// Quotient and remainder with a remainder that is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
