import Glibc

/// A moment of the calendar, as seconds since 1970 and the microseconds within that second.
struct WallTime: Equatable {
    var seconds: Int
    var microseconds: Int

    static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: time.tv_sec, microseconds: time.tv_nsec / 1000)
    }

    /// The whole seconds since 1970 at this moment, as dates in headers and files count them.
    static var second: Int64 { Int64(now().seconds) }

    /// `HH:MM:SS.uuuuuu` in the zone of this machine.
    var localClock: String {
        var moment = time_t(seconds)
        var parts = tm()
        localtime_r(&moment, &parts)
        return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2, with: "0") }
            .joined(separator: ":") + "." + padded(microseconds, 6, with: "0")
    }

    /// The moment in UTC after strftime(3)'s format in the C locale, with `%f` for the six digits of microseconds.
    func formattedUTC(_ format: String) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        // strftime knows neither %f nor that the zone is UTC, and %s would be counted in the local one.
        var known = ""
        var rest = format[...]
        while let percent = rest.firstIndex(of: "%") {
            known += rest[..<percent]
            let directive = rest[percent...].prefix(2)
            rest = rest[directive.endIndex...]
            switch directive {
            case "%f": known += padded(microseconds, 6, with: "0")
            case "%s": known += String(seconds)
            case "%z": known += "+0000"
            case "%Z": known += "UTC"
            default: known += directive
            }
        }
        known += rest
        guard !known.isEmpty else { return "" }
        var buffer = [CChar](repeating: 0, count: 1024 + known.utf8.count * 4)
        let count = strftime(&buffer, buffer.count, known, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The number in at least `width` places, filled up on the left.
func padded(_ number: Int, _ width: Int, with fill: Character = " ") -> String {
    padded(String(number), width, with: fill)
}

/// The text in at least `width` places, filled up on the left.
func padded(_ text: String, _ width: Int, with fill: Character = " ") -> String {
    let missing = width - text.utf8.count
    return missing > 0 ? String(repeating: fill, count: missing) + text : text
}
