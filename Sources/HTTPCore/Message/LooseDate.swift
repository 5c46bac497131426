/// Dates as people type them: the words and numbers of a date in any order.
package enum LooseDate {
    /// Reads what curl's date options read: `12 Dec 2020 10:00`, `Sat, 12 Dec 2020 10:00:00 GMT`, `Dec 12 2020`, `20201212`,
    /// `12 Dec 20 10:00 +0100`; beyond that ISO 8601's `2020-12-12` and `2020-12-12T10:00:00Z`. Without a time it is
    /// midnight, without a zone GMT.
    ///
    /// - Returns: seconds since 1970; nil for an unknown word, a part that is missing or there twice, or a day that does not
    ///   exist.
    package static func parse(_ text: String) -> Int64? {
        var scanner = Scanner(Array(text.utf8))
        guard text.utf8.count <= 128, scanner.read() else { return nil }
        scanner.parts.time = scanner.parts.time ?? (0, 0, 0)
        return scanner.parts.seconds().map { $0 - (scanner.zone ?? 0) }
    }

    /// Minutes east of Greenwich.
    fileprivate static let zones: [String: Int64] = [
        "gmt": 0, "ut": 0, "utc": 0, "wet": 0, "bst": 60, "wat": -60, "ast": -240, "adt": -180, "est": -300,
        "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
        "yst": -540, "ydt": -480, "hst": -600, "hdt": -540, "cat": -600, "ahst": -600, "nt": -660,
        "idlw": -720, "cet": 60, "met": 60, "mewt": 60, "mest": 120, "cest": 120, "mesz": 120, "fwt": 60,
        "fst": 120, "eet": 120, "wast": 420, "wadt": 480, "cct": 480, "jst": 540, "east": 600, "eadt": 660,
        "gst": 600, "nzt": 720, "nzst": 720, "nzdt": 780, "idle": 720,
    ]
}

private struct Scanner {
    private let bytes: [UInt8]
    private var index = 0
    private var hasWeekday = false
    var parts = DateParts()
    /// Seconds east of Greenwich.
    private(set) var zone: Int64?
    /// A number that may be either is a day first.
    private var expectsDay = true

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// False when a part makes no sense.
    mutating func read() -> Bool {
        var count = 0
        while true {
            while index < bytes.count, !ASCII.isLetter(bytes[index]), !ASCII.isDigit(bytes[index]) {
                index += 1
            }
            guard index < bytes.count else { return true }
            count += 1
            guard count <= 6, ASCII.isLetter(bytes[index]) ? readWord() : readNumber() else { return false }
        }
    }

    private mutating func readWord() -> Bool {
        let start = index
        while index < bytes.count, ASCII.isLetter(bytes[index]) { index += 1 }
        let word = String(decoding: bytes[start..<index].map(ASCII.lowercased), as: UTF8.self)
        if !hasWeekday, DateParts.isWeekday(word.utf8) {
            hasWeekday = true
            return true
        }
        if parts.month == nil, let found = DateParts.month(short: word.utf8) {
            parts.month = found
            return true
        }
        // Between date and time, in ISO 8601.
        if word == "t", parts.time == nil, parts.day != nil, index < bytes.count, ASCII.isDigit(bytes[index])
        {
            return readNumber()
        }
        guard zone == nil, let minutes = LooseDate.zones[word] ?? Self.militaryZone(word) else {
            return false
        }
        zone = minutes * 60
        return true
    }

    /// A to M without J lie in the east, N to Y in the west, Z is Greenwich.
    private static func militaryZone(_ word: String) -> Int64? {
        guard word.utf8.count == 1, let letter = word.utf8.first else { return nil }
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "i"): return Int64(letter - UInt8(ascii: "a") + 1) * 60
        case UInt8(ascii: "k")...UInt8(ascii: "m"): return Int64(letter - UInt8(ascii: "k") + 10) * 60
        case UInt8(ascii: "n")...UInt8(ascii: "y"): return -Int64(letter - UInt8(ascii: "n") + 1) * 60
        case UInt8(ascii: "z"): return 0
        default: return nil
        }
    }

    private mutating func readNumber() -> Bool {
        let start = index
        while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
        let digits = bytes[start..<index]
        guard digits.count <= 8 else { return false }
        let value = DateParts.decimal(digits)
        let isSigned = start > 0 && (bytes[start - 1] == 0x2B || bytes[start - 1] == 0x2D)
        if isSigned, parts.time != nil || parts.year != nil, zone == nil, value <= 1400 {
            let seconds: Int64 = bytes[start - 1] == 0x2B ? 60 : -60
            if digits.count == 4 {
                zone = (value / 100 * 60 + value % 100) * seconds
                return true
            }
            // `+02:00`.
            if parts.time != nil, digits.count == 2, index + 3 <= bytes.count, bytes[index] == ASCII.colon,
                ASCII.isDigit(bytes[index + 1]), ASCII.isDigit(bytes[index + 2])
            {
                let minutes = DateParts.decimal(bytes[(index + 1)...(index + 2)])
                zone = (value * 60 + minutes) * seconds
                index += 3
                return true
            }
        }
        if digits.count <= 2, index < bytes.count, bytes[index] == ASCII.colon {
            return readTime(from: start)
        }
        if digits.count == 8 {
            guard parts.year == nil, parts.month == nil, parts.day == nil else { return false }
            (parts.year, parts.month, parts.day) = (value / 10_000, value % 10_000 / 100, value % 100)
            return (1...12).contains(value % 10_000 / 100)
        }
        if digits.count == 4, readISODate(year: value) { return true }
        if expectsDay, parts.day == nil {
            expectsDay = false
            if (1...31).contains(value) {
                parts.day = value
                return true
            }
        }
        guard parts.year == nil, digits.count <= 4 else { return false }
        parts.year = value < 100 ? value + (value > 70 ? 1900 : 2000) : value
        expectsDay = parts.day == nil
        return true
    }

    /// `10:20` or `10:20:30`.
    private mutating func readTime(from start: Int) -> Bool {
        guard parts.time == nil else { return false }
        var numbers = [DateParts.decimal(bytes[start..<index])]
        while numbers.count < 3, index + 1 < bytes.count, bytes[index] == ASCII.colon,
            ASCII.isDigit(bytes[index + 1])
        {
            index += 1
            let digits = bytes[index...].prefix(2).prefix(while: ASCII.isDigit)
            index += digits.count
            numbers.append(DateParts.decimal(digits))
        }
        guard numbers.count >= 2 else { return false }
        parts.time = (numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0)
        // Fractions of a second say nothing here.
        if numbers.count == 3, index < bytes.count, bytes[index] == 0x2E {
            index += 1 + bytes[(index + 1)...].prefix(while: ASCII.isDigit).count
        }
        return true
    }

    /// The rest of `2020-12-31`, after the year.
    private mutating func readISODate(year: Int64) -> Bool {
        guard parts.year == nil, parts.month == nil, parts.day == nil, index + 6 <= bytes.count,
            bytes[index] == 0x2D, bytes[index + 3] == 0x2D
        else { return false }
        let digits = [1, 2, 4, 5].map { bytes[index + $0] }
        guard digits.allSatisfy(ASCII.isDigit) else { return false }
        let month = DateParts.decimal(digits[..<2])
        guard (1...12).contains(month) else { return false }
        (parts.year, parts.month, parts.day) = (year, month, DateParts.decimal(digits[2...]))
        index += 6
        return true
    }
}
