/// How many more requests a server will take, and when it begins to count anew: the `RateLimit` field, or the older
/// pair of fields.
public struct RateLimit: Hashable, Sendable {
    /// How many more requests.
    public var remaining: Int
    /// The time until the count begins anew.
    public var reset: Duration

    /// A limit of these values.
    public init(remaining: Int, reset: Duration) {
        self.remaining = remaining
        self.reset = reset
    }

    /// Reads the fields of an answer; of several limits the one that leaves the least counts.
    /// - Parameters:
    ///   - head: the answer.
    ///   - now: the present in seconds since 1970, for fields that name an instant.
    /// - Returns: nil without such fields, or when they make no sense.
    public static func read(_ head: ResponseHead, now: Int64) -> RateLimit? {
        var limits: [RateLimit] = []
        for value in head.all("RateLimit") { limits += list(value) }
        for prefix in ["RateLimit", "X-RateLimit"] {
            guard let remaining = head.first("\(prefix)-Remaining").flatMap({ number($0[...]) }),
                let reset = head.first("\(prefix)-Reset").flatMap({ number($0[...]) })
            else { continue }
            limits.append(RateLimit(remaining: Int(clamping: remaining), reset: duration(reset, now)))
        }
        return limits.filter { $0.reset > .zero }.min {
            ($0.remaining, $1.reset) < ($1.remaining, $0.reset)
        }
    }

    /// `"default";r=50;t=30`, several of them with commas between, or as it was: `limit=100, remaining=50, reset=5`.
    private static func list(_ value: String) -> [RateLimit] {
        var limits: [RateLimit] = []
        var loose = Parameters()
        for member in value.split(separator: ",") {
            var own = Parameters()
            for part in member.split(separator: ";") {
                own.note(part)
                loose.note(part)
            }
            if let limit = own.limit { limits.append(limit) }
        }
        if limits.isEmpty, let limit = loose.limit { limits.append(limit) }
        return limits
    }

    private struct Parameters {
        var remaining: Int64?
        var reset: Int64?

        mutating func note(_ text: Substring) {
            let text = text.drop { $0 == " " || $0 == "\t" }
            guard let equals = text.firstIndex(of: "=") else { return }
            let value = RateLimit.number(text[text.index(after: equals)...])
            switch text[..<equals].lowercased() {
            case "r", "remaining": remaining = value
            case "t", "reset": reset = value
            default: break
            }
        }

        var limit: RateLimit? {
            guard let remaining, let reset else { return nil }
            return RateLimit(
                remaining: Int(clamping: remaining), reset: .seconds(min(reset, RateLimit.longest)))
        }
    }

    private static let longest: Int64 = 86_400

    /// Seconds from now, or an instant where the number is too large for that.
    private static func duration(_ number: Int64, _ now: Int64) -> Duration {
        guard number > 1_000_000_000 else { return .seconds(min(number, longest)) }
        // Some count in milliseconds.
        let instant = number > 100_000_000_000 ? number / 1000 : number
        return .seconds(min(max(instant.subtractingReportingOverflow(now).partialValue, 0), longest))
    }

    private static func number(_ text: Substring) -> Int64? {
        let digits = text.drop { $0 == " " }.prefix { $0 != "." && $0 != " " }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits)
    }
}
