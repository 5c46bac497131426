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
}
