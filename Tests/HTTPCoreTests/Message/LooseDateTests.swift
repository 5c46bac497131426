import Testing

@testable import HTTPCore

struct LooseDateTests {
    @Test(arguments: [
        ("1 Jan 2020", "Wed, 01 Jan 2020 00:00:00 GMT"), ("Jan 1 2020", "Wed, 01 Jan 2020 00:00:00 GMT"),
        ("2020 Jan 1", "Wed, 01 Jan 2020 00:00:00 GMT"), (" 1-jan-2020 ", "Wed, 01 Jan 2020 00:00:00 GMT"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("06 Nov 1994 08:49", "Sun, 06 Nov 1994 08:49:00 GMT"),
        ("GMT 08:49:37 06-Nov-94 Sunday", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("94 6 Nov 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("1994 Nov 6", "Sun, 06 Nov 1994 00:00:00 GMT"),
        ("94 Nov 15", "Tue, 15 Nov 1994 00:00:00 GMT"), ("15 Nov 69 00:00", "Fri, 15 Nov 2069 00:00:00 GMT"),
        ("20200101", "Wed, 01 Jan 2020 00:00:00 GMT"), ("20200101 10:20", "Wed, 01 Jan 2020 10:20:00 GMT"),
        ("Tue, 15 Nov 1994 12:45:26 +0200", "Tue, 15 Nov 1994 10:45:26 GMT"),
        ("15 Nov 1994 12:45:26 -0130", "Tue, 15 Nov 1994 14:15:26 GMT"),
        ("15 Nov 1994 12:45 EST", "Tue, 15 Nov 1994 17:45:00 GMT"),
        ("15 Nov 1994 12:45 cest", "Tue, 15 Nov 1994 10:45:00 GMT"),
        ("15 Nov 1994 12:45 Z", "Tue, 15 Nov 1994 12:45:00 GMT"),
        ("15 Nov 1994 12:45 b", "Tue, 15 Nov 1994 10:45:00 GMT"),
        ("15 Nov 1994 12:45 o", "Tue, 15 Nov 1994 14:45:00 GMT"),
        ("2020-01-01", "Wed, 01 Jan 2020 00:00:00 GMT"),
        ("2020-01-01 10:20", "Wed, 01 Jan 2020 10:20:00 GMT"),
        ("2020-01-01T10:20:30Z", "Wed, 01 Jan 2020 10:20:30 GMT"),
        ("2020-01-01T10:20:30.123Z", "Wed, 01 Jan 2020 10:20:30 GMT"),
        ("2020-01-01T10:20:30+02:00", "Wed, 01 Jan 2020 08:20:30 GMT"),
        ("2020-01-01T10:20:30-0200", "Wed, 01 Jan 2020 12:20:30 GMT"),
        ("29 Feb 2020", "Sat, 29 Feb 2020 00:00:00 GMT"),
    ])
    func `dates as people type them`(_ text: String, _ expected: String) {
        #expect(LooseDate.parse(text).map { HTTPDate.format($0) } == expected)
    }

    @Test(arguments: [
        "", "now", "yesterday", "1 day ago", "foo", "12:00", "Jan 2020", "1577836800", "Mon", "1 Foo 2020",
        "1 Jan", "1 Jan 2020 2021", "1 Jan 2020 10:00 11:00", "1 Jan 2020 25:00", "31 Feb 2020",
        "32 Jan 2020",
        "20201301", "2020-13-01", "1 Jan 2020 10:00 GMT EST", "1 January 2020", "1 Jan Feb 2020",
        "123456789 Jan 1", "99999999999999999999", "1 Jan 2020 10:", "/etc/passwd",
    ])
    func `what is no date`(_ text: String) {
        #expect(LooseDate.parse(text) == nil)
    }
}
