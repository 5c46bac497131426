import HTTPCore
import Testing

@Suite struct CookieDateTests {
    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Wed, 09 Jun 2021 10:18:14 GMT", 1_623_233_894),
        ("Wednesday, 09-Jun-21 10:18:14 GMT", 1_623_233_894), ("Wed Jun  9 10:18:14 2021", 1_623_233_894),
        ("9 jun 2021 10:18:14", 1_623_233_894), ("10:18:14 2021 JUNE 9", 1_623_233_894),
        ("09-Jun-2021 10:18:14 PST", 1_623_233_894), ("9th Jun 2021 10:18:14", 1_623_233_894),
        ("Jun 9 2021 10:18:14x", 1_623_233_894), ("1 Jan 70 0:0:0", 0), ("1 Jan 69 0:0:0", 3_124_224_000),
        ("1 Jan 99 0:0:0", 915_148_800), ("29 Feb 2024 23:59:59", 1_709_251_199),
        ("31 Dec 9999 23:59:59", 253_402_300_799), ("1 Jan 1601 0:0:0", -11_644_473_600),
        ("29 Feb 2000 00:00:00", 951_782_400),
    ]) func `a date is read in any order`(text: String, seconds: Int64) {
        #expect(CookieDate.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "x", "1 Jan 2021", "10:18:14", "1 Jan 10:18:14", "0 Jan 2021 10:18:14", "32 Jan 2021 10:18:14",
        "29 Feb 2023 0:0:0", "29 Feb 1900 0:0:0", "31 Apr 2021 0:0:0", "1 Jan 1600 0:0:0",
        "1 Jan 2021 24:0:0",
        "1 Jan 2021 0:60:0", "1 Jan 2021 0:0:60", "1 Jan 2021 000:0:0", "1 Jan 2021 0:0:000",
        "1 Jan 2021 0:0",
        "1 Jan 12345 0:0:0", "1 Foo 2021 0:0:0", "1 Ja 2021 0:0:0", "1:Jan 2021 0:0",
    ]) func `what is no date is refused`(text: String) {
        #expect(CookieDate.parse(text) == nil)
    }

    @Test(
        arguments: [
            ("Mon, 10-Dec-2007 17:02:24 GMT", 1_197_306_144),
            ("Wed, 09 Dec 2009 16:27:23 GMT", 1_260_376_043),
            ("Thursday, 01-Jan-1970 00:00:00 GMT", 0),
            ("24-Jan-00 12:00:00", 948_715_200),
            ("08:49:37 06xyz nov 94 whatever", 784_111_777),
            ("1994 Nov 6 8:49:37junk", 784_111_777),
            ("Nov 06 1994 08:49:37 +0200", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
        ] as [(String, Int64)])
    func `cookie dates are read wherever their parts stand`(text: String, seconds: Int64) {
        #expect(CookieDate.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37", "Sun, 06 Nov 1600 08:49:37",
        "Sun, 06 Nov 1994 24:49:37", "Sun, 06 Nov 1994 08:49:60", "Sun, 06 Nov 1994 08:49",
        "06 1994 08:49:37",
        "Sun, 06 Nov 19945 08:49:37", "Sun, 32 Nov 1994 08:49:37",
    ])
    func `a cookie date that lacks a part or names no day is refused`(text: String) {
        #expect(CookieDate.parse(text) == nil)
    }
}
