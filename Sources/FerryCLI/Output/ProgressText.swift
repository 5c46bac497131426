/// Numbers in the narrow columns of the progress meters.
enum ProgressText {
    private static let units = Array("kMGTPE")

    /// Six places: plain below 100000, then such as `97.65k` and `195.3k`.
    static func size6(_ bytes: Int64) -> String {
        let bytes = max(0, bytes)
        guard bytes >= 100_000 else { return padded(Int(bytes), 6) }
        let (whole, rest, unit) = scaled(bytes, below: 1000)
        if whole < 100 { return padded("\(whole).\(padded(Int(rest * 100 / 1024), 2, with: "0"))\(unit)", 6) }
        return padded("\(whole).\(rest * 10 / 1024)\(unit)", 6)
    }

    /// Five places: plain below 100000, then such as `9999k` and `12.3M`.
    static func size5(_ bytes: Int64) -> String {
        let bytes = max(0, bytes)
        guard bytes >= 100_000 else { return padded(Int(bytes), 5) }
        let (whole, rest, unit) = scaled(bytes, below: 10_000)
        if whole < 100 { return padded("\(whole).\(rest * 10 / 1024)\(unit)", 5) }
        return padded("\(whole)\(unit)", 5)
    }

    /// Seven places: `  MM:SS`, `H:MM:SS`, `HHh MMm`, `DDd HHh`, days; blank for zero, which means unknown.
    static func time7(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { padded(number, 2, with: "0") }
        guard seconds > 0 else { return "       " }
        let (minutes, second) = seconds.quotientAndRemainder(dividingBy: 60)
        let (hours, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        let (days, hour) = hours.quotientAndRemainder(dividingBy: 24)
        if hours == 0 { return "  \(two(minute)):\(two(second))" }
        if hours < 10 { return "\(hours):\(two(minute)):\(two(second))" }
        if hours < 100 { return "\(hours)h \(two(minute))m" }
        if days < 100 { return "\(two(days))d \(two(hour))h" }
        return padded("\(min(days, 999_999))d", 7)
    }

    /// Seconds with three decimals.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = Int(duration / .milliseconds(1))
        return "\(milliseconds / 1000).\(padded(milliseconds % 1000, 3, with: "0"))"
    }

    /// From 0 to 100; 0 when `total` is not positive.
    static func percent(_ done: Int64, of total: Int64) -> Int {
        guard total > 0 else { return 0 }
        return Int(min(100, Double(max(0, done)) * 100 / Double(total)))
    }

    /// The largest unit in which the number is below `limit` but not 0 units of the next one down.
    private static func scaled(_ bytes: Int64, below limit: Int64) -> (
        whole: Int64, rest: Int64, unit: Character
    ) {
        var value = bytes
        for unit in units {
            let (whole, rest) = value.quotientAndRemainder(dividingBy: 1024)
            if whole < limit { return (whole, rest, unit) }
            value = whole
        }
        return (value, 0, "E")
    }
}

/// How fast bytes came during the last five seconds.
struct SpeedWindow {
    private static let length = Duration.seconds(5)

    private var samples: [(time: ContinuousClock.Instant, bytes: Int64)] = []

    /// Nothing was noted yet.
    var isEmpty: Bool { samples.isEmpty }

    /// Notes the total so far and gives the speed in bytes a second.
    mutating func speed(total: Int64, now: ContinuousClock.Instant) -> Int64 {
        samples.append((now, total))
        // The oldest sample that is kept is the last one outside the window, or the first of all.
        while samples.count > 2, now - samples[1].time >= Self.length { samples.removeFirst() }
        let seconds = (now - samples[0].time) / .seconds(1)
        guard seconds > 0 else { return 0 }
        return Int64(min(Double(max(0, total - samples[0].bytes)) / seconds, 9e18))
    }
}

extension FixedWidthInteger {
    /// The sum, or the nearest number that there is: a peer may announce a length next to the largest.
    func addingSaturated(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
