/// Counts durations in so many places that each is told with an error of less than one percent, in memory that does not
/// grow with their number: 128 places between one power of two and the next, as HdrHistogram has it. Pure.
struct Histogram: Equatable {
    /// Durations below this, in microseconds, are told exactly.
    private static let exact = 128
    private static let shift = 7
    /// Longer ones, some 12 days, are counted as this.
    private static let most = 1 << 40

    /// By place; as long as the longest so far needs.
    private var counts: [Int] = []
    private(set) var count = 0
    private(set) var max = 0
    private(set) var min = Int.max
    private var sum = 0.0

    /// Counts a duration in microseconds.
    mutating func record(_ microseconds: Int) {
        let value = Swift.max(0, Swift.min(microseconds, Self.most))
        let place = Self.place(of: value)
        if place >= counts.count {
            counts += [Int](repeating: 0, count: place + 1 - counts.count)
        }
        counts[place] += 1
        count += 1
        sum += Double(value)
        max = Swift.max(max, value)
        min = Swift.min(min, value)
    }

    /// What both have counted.
    func merged(with other: Histogram) -> Histogram {
        guard other.count > 0 else { return self }
        let (more, fewer) = counts.count < other.counts.count ? (other, self) : (self, other)
        var sums = more
        for (place, number) in fewer.counts.enumerated() { sums.counts[place] += number }
        sums.count += fewer.count
        sums.sum += fewer.sum
        sums.max = Swift.max(sums.max, fewer.max)
        sums.min = Swift.min(sums.min, fewer.min)
        return sums
    }

    /// The mean in microseconds; 0 without any.
    var mean: Double { count == 0 ? 0 : sum / Double(count) }

    /// The least duration that `fraction` of all do not exceed; 0 without any.
    func quantile(_ fraction: Double) -> Int {
        guard count > 0 else { return 0 }
        let rank = Swift.max(1, Swift.min(count, Int((fraction * Double(count)).rounded(.up))))
        var seen = 0
        for (place, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return Swift.max(min, Swift.min(max, Self.middle(of: place))) }
        }
        return max
    }

    /// Places 0 to 127 are exact; behind them each power of two has 128.
    private static func place(of value: Int) -> Int {
        guard value >= exact else { return value }
        let power = Int.bitWidth - 1 - value.leadingZeroBitCount - shift
        return (power << shift) + (value >> power)
    }

    private static func middle(of place: Int) -> Int {
        guard place >= 2 * exact else { return place }
        let power = (place >> shift) - 1
        return ((place - (power << shift)) << power) + (1 << power) / 2
    }
}
