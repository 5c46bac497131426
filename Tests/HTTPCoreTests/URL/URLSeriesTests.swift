import HTTPCore
import Testing

@Suite struct URLSeriesTests {
    /// Each is parsed after each other one, so that every pair meets.
    static let texts = [
        "http://h/a", "http://h/b?c=d", "http://h/", "http://h", "http://h?q", "http://h/a?b?c/../d",
        "http://h/a#f",
        "http://h/a/../b", "http://h/.a", "http://h/a/./b", "http://h/%2e%2e/b", "http://h/%41",
        "http://h/a b",
        "http://h/\u{e4}", "http://h/a?\u{e4}", "http://h/a\u{1}", "http://h/a\u{7f}", "http://h//a",
        "http://h///",
        "http://h:80/a", "http://h:80", "http://h:8080/a", "http://h:80801/a", "http://h2/a",
        "http://h.:80/a",
        "http://u:p@h/a", "http://u@h/a", "http://H/a", "http:///h/a", "http:/h/a", "http:h/a", "HTTP://h/a",
        "https://h/a",
        "h/a", "h:80/a", "http://[::1]/a", "http://[::1]:80/a", "http://[fe80::1%25lo]/a", "ftp://h/a",
        "http+unix://%2Frun%2Fs/a", "http+unix://%2Frun%2Fs/b?c", "http://", "",
        "unix:/run/a.sock:/x", "unix:///run/a.sock:/x", "unix:///run/b.sock:/y", "UNIX:///run/b.sock:/z",
        "http://unix:/run/a.sock:/x", "http://unix:/run/b.sock:/y", "http://unix:/x", "http://unix:/x:y",
        "https://Unix:/run/a.sock:/x", "http://unix:80/a", "http://unix/a",
        "http://h/" + String(repeating: "x", count: 5000),
    ]

    private func outcome(_ body: () throws -> HTTPURL) -> String {
        do {
            let url = try body()
            return
                "\(url.descriptionWithFragment) \(url.path) \(url.query ?? "-") \(url.fragment ?? "-") \(url.host)"
                + " \(url.effectivePort) \(url.socketPath ?? "-") \(url.user ?? "-")"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [false, true]) func `whatever came before, the result is that of parsing alone`(
        _ asIs: Bool
    ) {
        var series = URLSeries(pathAsIs: asIs)
        for first in Self.texts {
            for second in Self.texts {
                _ = outcome { try series.parse(first) }
                let expected = outcome { try HTTPURL.parse(second, pathAsIs: asIs) }
                #expect(outcome { try series.parse(second) } == expected, "after \(first.prefix(60))")
            }
        }
    }

    @Test func `the default scheme holds for each text`() throws {
        var series = URLSeries(defaultScheme: "https")
        #expect(try series.parse("h/a").scheme == .https)
        #expect(try series.parse("http://h/a").scheme == .http)
        #expect(try series.parse("h/b").scheme == .https)
    }
}
