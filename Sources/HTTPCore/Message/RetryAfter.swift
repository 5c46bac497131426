/// The value of a `Retry-After` field (RFC 9110 §10.2.3).
public enum RetryAfter {
    /// Larger numbers count as this one, which is about 136 years.
    private static let most: Int64 = 4_294_967_295

    /// How long to wait from now: the seconds given, or what is left until the date given (zero if it is past).
    ///
    /// - Parameters:
    ///   - value: the field's value.
    ///   - now: the present, in seconds since 1970.
    /// - Returns: nil for a value that is neither digits nor a date.
    public static func parse(_ value: String, now: Int64) -> Duration? {
        let digits = value.utf8
        if !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) {
            return .seconds(min(Int64(value) ?? most, most))
        }
        guard let date = HTTPDate.parse(value) else { return nil }
        let (left, overflow) = date.subtractingReportingOverflow(now)
        return .seconds(overflow ? (date < now ? 0 : most) : min(max(left, 0), most))
    }
}
