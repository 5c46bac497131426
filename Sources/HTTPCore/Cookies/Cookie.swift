/// A stored cookie (RFC 6265bis §5.7).
public struct Cookie: Hashable, Sendable {
    /// What the server asked for about requests made from other sites; kept, not acted on.
    public enum SameSite: Hashable, Sendable {
        /// `SameSite=None`.
        case none
        /// `SameSite=Lax`.
        case lax
        /// `SameSite=Strict`.
        case strict
    }

    /// May be empty; then only the value is sent.
    public var name: ByteString
    /// Quotation marks are part of it.
    public var value: ByteString
    /// Lower case, without a leading dot.
    public var domain: String
    /// Whether only `domain` itself gets the cookie, and no host below it.
    public var isHostOnly: Bool
    /// Begins with `/`.
    public var path: ByteString
    /// Seconds since 1970; nil for a cookie that ends with the session.
    public var expires: Int64?
    /// Whether it is sent over TLS (or loopback) only.
    public var isSecure: Bool
    /// Whether scripts may not see it.
    public var isHTTPOnly: Bool
    /// nil when the server did not say.
    public var sameSite: SameSite?

    /// A cookie as given; nothing is checked.
    public init(
        name: ByteString, value: ByteString, domain: String, isHostOnly: Bool = true, path: ByteString = "/",
        expires: Int64? = nil, isSecure: Bool = false, isHTTPOnly: Bool = false, sameSite: SameSite? = nil
    ) {
        self.name = name
        self.value = value
        self.domain = domain
        self.isHostOnly = isHostOnly
        self.path = path
        self.expires = expires
        self.isSecure = isSecure
        self.isHTTPOnly = isHTTPOnly
        self.sameSite = sameSite
    }

    /// As in a `Cookie` field.
    public var pair: ByteString { name.isEmpty ? value : name + "=" + value }

    /// Whether the cookie's time is over.
    public func isExpired(now: Int64) -> Bool { expires.map { $0 <= now } ?? false }
}

/// The matching rules of RFC 6265bis §5.1.
enum CookieMatching {
    /// §5.1.3: equal, or `host` is a name below `domain`. An address is below nothing.
    static func domain(_ domain: String, covers host: String) -> Bool {
        let (domain, host) = (domain.utf8, host.utf8)
        guard !domain.isEmpty, host.count >= domain.count, host.suffix(domain.count).elementsEqual(domain)
        else {
            return false
        }
        if host.count == domain.count { return true }
        let dot = host.index(host.endIndex, offsetBy: -domain.count - 1)
        return host[dot] == UInt8(ascii: ".") && !isAddress(host)
    }

    /// §5.1.4: equal, or `path` is below `cookiePath`.
    static func path(_ cookiePath: ByteString, covers path: ByteString) -> Bool {
        cookiePath.withBytes { prefix in
            path.withBytes { path in
                guard path.starts(with: prefix) else { return false }
                return path.count == prefix.count || prefix.last == UInt8(ascii: "/")
                    || path[prefix.count] == UInt8(ascii: "/")
            }
        }
    }

    /// §5.1.4: the folder of the request's path.
    static func defaultPath(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else {
            return "/"
        }
        return String(path[..<slash])
    }

    /// Addresses, and the aliases of them that resolvers know.
    static func isAddress(_ host: some BidirectionalCollection<UInt8>) -> Bool {
        guard !host.contains(UInt8(ascii: ":")) else { return true }
        guard let last = host.last, ASCII.hexValue(last) != nil || last == UInt8(ascii: ".") else {
            return false
        }
        return IPAddress.parseIPv4(host) != nil
            || IPAddress.isNonCanonicalIPv4(String(decoding: host, as: UTF8.self))
    }

    /// Whether secure cookies may travel: TLS, or bytes that never leave the machine.
    static func isTrustworthy(_ url: HTTPURL) -> Bool {
        url.scheme.isTLS || url.host == "localhost" || url.host == "localhost."
            || (url.address?.isLoopback ?? false)
    }
}
