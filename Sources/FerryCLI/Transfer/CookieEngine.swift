import HTTPClient
import HTTPCore

/// The cookies of one operation: loaded from files, learned from answers, sent, and saved at the end.
final class CookieEngine {
    private var store = CookieStore()

    /// Adds what a cookie file holds; lines that make no sense are skipped.
    func load(_ bytes: [UInt8], now: Int64) {
        let contents = CookieFile.read(bytes, for: nil, now: now, isPublicSuffix: PublicSuffix.contains)
        for cookie in contents.cookies { store.insert(cookie, now: now) }
    }

    /// Takes the cookies of a response from `url`; says why each that was refused was.
    func process(_ head: ResponseHead, from url: URL, now: Int64) -> [String] {
        guard head.contains("Set-Cookie") else { return [] }
        let lines = head.fields.filter { $0.isNamed("Set-Cookie") }.map { Array($0.valueBytes) }
        let results = store.store(
            setCookies: lines, from: url, now: now, isPublicSuffix: PublicSuffix.contains)
        return results.compactMap { if case .rejected(let reason) = $0 { "\(reason)" } else { nil } }
    }

    /// The Cookie field's value for `url`; nil when there is nothing to send.
    func header(for url: URL, now: Int64) -> String? {
        store.cookieHeader(for: url, now: now)
    }

    /// The text of a cookie file with everything that is kept.
    func fileText(now: Int64) -> String {
        store.expire(now: now)
        return CookieFile.write(store.cookies)
    }
}
