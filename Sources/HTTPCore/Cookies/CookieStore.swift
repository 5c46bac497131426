/// The cookies of a session and the rules of who gets which (RFC 6265bis §5.7 and §5.8). No file, no clock.
///
/// It holds as many as it is given, unless the caller sets limits: then a host can hold `limitPerDomain` cookies and all hosts
/// together `limit`, and beyond that the expired ones go first, then the oldest tenth. Order of age is order of
/// creation, which an update keeps.
public struct CookieStore: Sendable {
    private struct Key: Hashable, Sendable {
        var name: ByteString
        var path: ByteString
        var isHostOnly: Bool
    }

    private struct Entry: Sendable {
        var cookie: Cookie
        var creation: UInt64
    }

    private var domains: [String: [Key: Entry]] = [:]
    private var nextCreation: UInt64 = 0
    private let limit: Int
    private let limitPerDomain: Int

    /// Cookies held, expired ones included until they are noticed.
    public private(set) var count = 0

    /// An empty store.
    ///
    /// - Parameters:
    ///   - limit: The most cookies altogether, at least 1.
    ///   - limitPerDomain: The most cookies of one domain, at least 1.
    public init(limit: Int = .max, limitPerDomain: Int = .max) {
        self.limit = max(limit, 1)
        self.limitPerDomain = max(limitPerDomain, 1)
    }

    /// All cookies, oldest first.
    public var cookies: [Cookie] {
        domains.values.flatMap(\.values).sorted { $0.creation < $1.creation }.map(\.cookie)
    }

    // MARK: Storing

    /// Takes the values of all `Set-Cookie` fields of one response, in order.
    ///
    /// - Parameters:
    ///   - setCookies: The fields' values.
    ///   - url: The URL that was asked.
    ///   - now: Seconds since 1970.
    ///   - isPublicSuffix: Given a lower-case name without leading and trailing dot.
    /// - Returns: What became of each field, in the same order.
    @discardableResult
    public mutating func store(
        setCookies: some Sequence<String>, from url: HTTPURL, now: Int64, isPublicSuffix: (String) -> Bool
    ) -> [SetCookieParser.Result] {
        store(
            setCookies: setCookies.map { Array($0.utf8) }, from: url, now: now, isPublicSuffix: isPublicSuffix
        )
    }

    /// The same for bytes.
    @discardableResult
    public mutating func store(
        setCookies: some Sequence<[UInt8]>, from url: HTTPURL, now: Int64, isPublicSuffix: (String) -> Bool
    ) -> [SetCookieParser.Result] {
        var results: [SetCookieParser.Result] = []
        for header in setCookies {
            var result = SetCookieParser.parse(header, for: url, now: now, isPublicSuffix: isPublicSuffix)
            if case .cookie(let cookie) = result {
                if shadowsSecureCookie(cookie, from: url, now: now) {
                    result = .rejected(.shadowsSecure)
                } else {
                    insert(cookie, now: now)
                }
            }
            results.append(result)
        }
        return results
    }

    /// Adds a cookie without asking who set it, as when a file is read; an expired one deletes its namesake.
    public mutating func insert(_ cookie: Cookie, now: Int64) {
        let key = Key(name: cookie.name, path: cookie.path, isHostOnly: cookie.isHostOnly)
        if cookie.isExpired(now: now) {
            remove(key, in: cookie.domain)
            return
        }
        if let creation = domains[cookie.domain]?[key]?.creation {
            domains[cookie.domain]?[key] = Entry(cookie: cookie, creation: creation)
            return
        }
        makeRoom(in: cookie.domain, now: now)
        domains[cookie.domain, default: [:]][key] = Entry(cookie: cookie, creation: nextCreation)
        nextCreation += 1
        count += 1
    }

    /// Drops all whose time is over.
    public mutating func expire(now: Int64) {
        removeAll { $0.isExpired(now: now) }
    }

    /// Drops everything.
    public mutating func removeAll() {
        domains = [:]
        count = 0
    }

    /// §5.7, step 17: a response over plain HTTP must not replace or hide a secure cookie.
    private func shadowsSecureCookie(_ cookie: Cookie, from url: HTTPURL, now: Int64) -> Bool {
        guard !CookieMatching.isTrustworthy(url) else { return false }
        return domains.contains { domain, entries in
            guard
                CookieMatching.domain(domain, covers: cookie.domain)
                    || CookieMatching.domain(cookie.domain, covers: domain)
            else { return false }
            return entries.values.contains {
                $0.cookie.isSecure && $0.cookie.name == cookie.name && !$0.cookie.isExpired(now: now)
                    && CookieMatching.path($0.cookie.path, covers: cookie.path)
            }
        }
    }

    private mutating func remove(_ key: Key, in domain: String) {
        guard domains[domain]?.removeValue(forKey: key) != nil else { return }
        count -= 1
        if domains[domain]?.isEmpty ?? false { domains[domain] = nil }
    }

    private mutating func removeAll(where condition: (Cookie) -> Bool) {
        domains = domains.compactMapValues { entries in
            let kept = entries.filter { !condition($0.value.cookie) }
            return kept.isEmpty ? nil : kept
        }
        count = domains.values.reduce(0) { $0 + $1.count }
    }

    // MARK: Eviction

    /// A tenth at once, so that the cost of sorting is spread over as many insertions.
    private mutating func makeRoom(in domain: String, now: Int64) {
        if let entries = domains[domain], entries.count >= limitPerDomain {
            for key in Self.victims(entries, limit: limitPerDomain, now: now) { remove(key, in: domain) }
        }
        guard count >= limit else { return }
        expire(now: now)
        guard count >= limit else { return }
        let ages = domains.values.flatMap { $0.values.map(\.creation) }.sorted()
        let end = ages[min(count - limit + limit / 10, ages.count - 1)]
        for (domain, entries) in domains {
            for (key, entry) in entries where entry.creation <= end { remove(key, in: domain) }
        }
    }

    /// §5.7: expired ones, then those that are not secure, then the oldest.
    private static func victims(_ entries: [Key: Entry], limit: Int, now: Int64) -> [Key] {
        let expired = entries.filter { $0.value.cookie.isExpired(now: now) }
        if !expired.isEmpty { return Array(expired.keys) }
        let order = entries.sorted {
            ($0.value.cookie.isSecure ? 1 : 0, $0.value.creation) < (
                $1.value.cookie.isSecure ? 1 : 0, $1.value.creation
            )
        }
        return order.prefix(max(entries.count - limit + limit / 10, 1)).map(\.key)
    }

    // MARK: Sending

    /// The value of the `Cookie` field of a request, or nil when no cookie applies.
    ///
    /// Longer paths come first, then older cookies. All of them are sent: a server that finds the field too long says so, and
    /// a cookie that is missing looks like a login that has ended.
    public func cookieHeader(for url: HTTPURL, now: Int64) -> ByteString? {
        let pairs = cookies(for: url, now: now).map(\.pair)
        return pairs.isEmpty ? nil : ByteString.joined(pairs, separator: "; ")
    }

    /// The cookies that apply to a request, in the order in which they are sent.
    public func cookies(for url: HTTPURL, now: Int64) -> [Cookie] {
        guard count > 0 else { return [] }
        let isTrustworthy = CookieMatching.isTrustworthy(url)
        let path = ByteString(url.path)
        var found: [(entry: Entry, pathLength: Int)] = []
        for domain in Self.domainsCovering(url.host) {
            guard let entries = domains[domain] else { continue }
            for entry in entries.values {
                let cookie = entry.cookie
                guard !cookie.isHostOnly || domain == url.host, isTrustworthy || !cookie.isSecure,
                    !cookie.isExpired(now: now), CookieMatching.path(cookie.path, covers: path)
                else { continue }
                found.append((entry, cookie.path.count))
            }
        }
        found.sort {
            $0.pathLength != $1.pathLength
                ? $0.pathLength > $1.pathLength : $0.entry.creation < $1.entry.creation
        }
        return found.map(\.entry.cookie)
    }

    /// The host and, unless it is an address, the names above it. At most 128 of them, which is more than any real
    /// name has: a made-up host would cost quadratic time.
    private static func domainsCovering(_ host: String) -> [String] {
        guard !CookieMatching.isAddress(host.utf8) else { return [host] }
        var result = [host]
        var rest = Substring(host)
        while result.count < 128, let dot = rest.utf8.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.utf8.index(after: dot)...]
            if !rest.isEmpty { result.append(String(rest)) }
        }
        return result
    }
}
