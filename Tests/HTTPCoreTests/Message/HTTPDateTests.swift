import HTTPCore
import Testing

@Suite struct HTTPDateTests {
    @Test(
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("sun, 06 nov 1994 08:49:37 gmt", 784_111_777),
            ("Sun, 06-Nov-1994 08:49:37 GMT", 784_111_777),
            ("06 Nov 1994 08:49:37", 784_111_777),
            ("6 November 1994 08:49:37 UTC", 784_111_777),
            ("Nov 6 08:49:37 1994 Z", 784_111_777),
            ("Sun, 06 Nov 1994 08:49 GMT", 784_111_740),
            ("Sun, 06 Nov 1994 08:49:37 +0200", 784_104_577),
            ("Sun, 06 Nov 1994 08:49:37 GMT-0130", 784_117_177),
            ("Sun, 06 Nov 1994 08:49:37 EST", 784_129_777),
            ("Sun Nov 6 1994 08:49:37 GMT-0130 (somewhere)", 784_117_177),
            ("Thu, 10 Dec 2009 3:7:2 GMT", 1_260_414_422),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("01-Jan-70 00:00:00", 0),
            ("01-Jan-69 00:00:00", 3_124_224_000),
        ] as [(String, Int64)])
    func `dates in the three formats and their relatives are read`(text: String, seconds: Int64) {
        #expect(HTTPDate.parse(text) == seconds)
    }

    @Test(arguments: [
        "", "0", "GMT", "tomorrow", "Sun, 06 Nov 1994", "06 Nov 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Wed, 29 Feb 1900 00:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 XYZ",
        "Sun, 06 Nov 1994 08:49:37 GMT GMT", "Sun, 06 Nov 1994 7 08:49:37 GMT",
        "Sun, 06 Nov 19945 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 08:49:37", "Sun, 06 Nov 1994 08:49:37 +02",
        "Sun, 06 Nov 1994 08:49:37 +9900",
        "784111777", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT\u{0}",
    ])
    func `what is no date is refused`(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_825_600, "Tue, 29 Feb 2000 12:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
        ] as [(Int64, String)])
    func `an instant is written as an IMF-fixdate`(seconds: Int64, text: String) {
        #expect(HTTPDate.format(seconds) == text)
    }

    @Test func `what is written is read back`() {
        for step in Int64(-3_000)...3_000 {
            let seconds = step * 9_876_543 + step
            #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
        }
    }

    @Test func `the ends of the number range do not trap`() {
        #expect(HTTPDate.format(.max).hasSuffix(" GMT"))
        #expect(HTTPDate.format(.min).hasSuffix(" GMT"))
    }
}
