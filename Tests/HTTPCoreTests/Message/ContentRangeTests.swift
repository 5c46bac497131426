import HTTPCore
import Testing

@Suite struct ContentRangeTests {
    @Test(
        arguments: [
            ("bytes 5-9/10", 5, 9, 10), ("bytes 0-0/1", 0, 0, 1), ("bytes=5-9/10", 5, 9, 10),
            ("5-9/10", 5, 9, 10),
            ("Bytes: 5-9/10", 5, 9, 10), ("bytes 5-9/*", 5, 9, nil), ("bytes 5-9", 5, 9, nil),
            ("bytes 9223372036854775806-9223372036854775806/9223372036854775807", .max - 1, .max - 1, .max),
        ] as [(String, Int64, Int64, Int64?)])
    func `places that make sense`(_ value: String, _ first: Int64, _ last: Int64, _ total: Int64?) throws {
        let range = try #require(ContentRange(value))
        #expect((range.first, range.last) == (first, last))
        #expect(range.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-9/5", "items 5-9/10",
        "bytes -9/10",
        "bytes 5-/10", "bytes +5-9/10", "bytes 5-9/10/11", "bytes 5-9/x", "bytes 5-9/",
        "bytes 5-99999999999999999999/*", "bytes 0x5-9/10",
        "bytes 0-9223372036854775807/*",
    ])
    func `places that make none`(_ value: String) {
        #expect(ContentRange(value) == nil)
    }

    @Test(arguments: [("5-9/10", true), ("5-9/11", false), ("", false)])
    func `two fields have to say the same`(_ second: String, _ isRead: Bool) throws {
        let head = try ResponseHead(
            parsing: "HTTP/1.1 206 P\r\nContent-Range: 5-9/10\r\nContent-Range: \(second)\r\n\r\n")
        #expect((ContentRange(of: head) != nil) == isRead)
    }

    @Test(
        arguments: [
            ("5-9", 10, 5...9), ("5-9", 8, 5...7), ("5-9", nil, 5...9), ("5-", 10, 5...9),
            ("5-", nil, 5...(.max - 1)),
            ("5-9", 5, 5...5), ("-3", 10, 7...9), ("-30", 10, 0...9), ("-3", nil, nil), ("-0", 10, nil),
            ("-3", 0, nil),
            ("9-5", 10, nil), ("0-1,5-9", 10, nil), ("5", 10, nil), ("x-9", 10, nil), ("5-x", 10, nil),
            ("-", 10, nil),
        ] as [(String, Int64?, ClosedRange<Int64>?)])
    func `the bytes that a range means`(_ range: String, _ total: Int64?, _ places: ClosedRange<Int64>?) {
        #expect(ContentRange.places(range, total: total) == places)
    }

    @Test(
        arguments: [
            ("5-9", 5), ("0-0", 1), ("-7", 7), ("5-", nil), ("9-5", nil), ("0-1,5-9", nil), ("x", nil),
            ("", nil),
            ("0-9223372036854775807", nil),
        ] as [(String, Int64?)])
    func `the number of bytes that a range means`(_ range: String, _ length: Int64?) {
        #expect(ContentRange.length(of: range) == length)
    }

    @Test(
        arguments: [
            ("bytes */10", 10), ("bytes=*/0", 0), ("*/7", 7), ("bytes */*", nil), ("bytes 5-9/10", nil),
            ("", nil),
        ] as [(String, Int64?)])
    func `the length that a refusal tells`(_ value: String, _ length: Int64?) throws {
        let head = try ResponseHead(parsing: "HTTP/1.1 416 R\r\nContent-Range: \(value)\r\n\r\n")
        #expect(ContentRange.wholeLength(in: head) == length)
    }
}
