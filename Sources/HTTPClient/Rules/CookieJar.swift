public import Connector
public import HTTPCore

/// The cookies of a session: kept by the rules of RFC 6265bis, with the public suffix list at hand. No file, no clock;
/// instants are seconds since 1970.
///
/// Transfers that run at once share one jar.
@LoopActor
public final class CookieJar {
    private var store: CookieStore

    /// An empty jar. Beyond a limit the expired cookies make room first, then the oldest.
    /// - Parameters:
    ///   - limit: the most cookies altogether, at least 1.
    ///   - limitPerDomain: the most cookies of one domain, at least 1: what one server can fill.
    public nonisolated init(limit: Int = 10_000, limitPerDomain: Int = 200) {
        store = CookieStore(limit: limit, limitPerDomain: limitPerDomain)
    }

    /// How many cookies it holds.
    public var count: Int { store.count }

    /// Adds the cookies of a file: Netscape's format or `Set-Cookie:` lines.
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - url: whose cookies the `Set-Cookie:` lines without a domain are; nil = such lines are skipped.
    ///   - now: decides what has expired.
    ///   - keepsSession: false = cookies without an expiry are left out, as the end of a session would.
    /// - Returns: the number of lines that made no sense and were skipped.
    @discardableResult
    public func load(
        _ bytes: [UInt8], for url: HTTPURL? = nil, now: Int64, keepsSession: Bool = true
    ) -> Int {
        let contents = CookieFile.read(bytes, for: url, now: now, isPublicSuffix: PublicSuffix.contains)
        for cookie in contents.cookies where keepsSession || cookie.expires != nil {
            store.insert(cookie, now: now)
        }
        return contents.skippedLines
    }

    /// Keeps what the `Set-Cookie` fields of a response from `url` ask to keep.
    /// - Returns: what became of each field, in order.
    @discardableResult
    public func process(_ head: ResponseHead, from url: HTTPURL, now: Int64) -> [SetCookieParser.Result] {
        guard head.contains("Set-Cookie") else { return [] }
        let values = head.fields.lazy.filter { $0.isNamed("Set-Cookie") }.map { Array($0.valueBytes) }
        return store.store(setCookies: values, from: url, now: now, isPublicSuffix: PublicSuffix.contains)
    }

    /// The value of the `Cookie` field of a request for `url`; nil = no field.
    public func header(for url: HTTPURL, now: Int64) -> ByteString? {
        store.cookieHeader(for: url, now: now)
    }

    /// The bytes of a cookie file in Netscape's format with everything that has not expired, oldest first.
    public func file(now: Int64) -> [UInt8] {
        store.expire(now: now)
        return CookieFile.write(store.cookies)
    }
}
