import HTTPCore
import Testing

@Suite struct RateLimitTests {
    private static func read(_ fields: String, now: Int64 = 1_700_000_000) throws -> RateLimit? {
        RateLimit.read(try ResponseHead(parsing: "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n"), now: now)
    }

    @Test(
        arguments: [
            ("RateLimit: \"default\";r=50;t=30", 50, 30), ("RateLimit: \"a\";r=9;t=5, \"b\";r=3;t=60", 3, 60),
            ("RateLimit: limit=100, remaining=50, reset=5", 50, 5),
            ("RateLimit-Limit: 9\r\nRateLimit-Remaining: 4\r\nRateLimit-Reset: 60", 4, 60),
            ("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000042", 0, 42),
            ("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000042000", 0, 42),
            ("X-RateLimit-Remaining: 7\r\nX-RateLimit-Reset: 12.5", 7, 12),
            ("RateLimit: \"x\";r=1;t=99999999999999", 1, 86_400),
            (
                "RateLimit-Remaining: 4\r\nRateLimit-Reset: 60\r\nX-RateLimit-Remaining: 2\r\nX-RateLimit-Reset: 9",
                2, 9
            ),
        ])
    func `fields of all kinds (P-04)`(_ fields: String, _ remaining: Int, _ seconds: Int) throws {
        #expect(try Self.read(fields) == RateLimit(remaining: remaining, reset: .seconds(seconds)))
    }

    @Test(arguments: [
        "X: y", "RateLimit: \"a\";r=5", "RateLimit: r=x;t=5", "RateLimit-Remaining: 5", "RateLimit-Reset: 5",
        "RateLimit: ", "RateLimit: ;;,,=", "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1600000000",
        "RateLimit-Remaining: -1\r\nRateLimit-Reset: 5", "RateLimit: a;r=0;t=0",
        "RateLimit-Remaining: 99999999999999999999\r\nRateLimit-Reset: 5",
    ])
    func `fields that say nothing (P-04)`(_ fields: String) throws {
        #expect(try Self.read(fields) == nil)
    }
}
