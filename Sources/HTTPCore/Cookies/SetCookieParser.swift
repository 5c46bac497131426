/// Reads `Set-Cookie` fields (RFC 6265bis §5.6) and applies the checks of its storage model (§5.7) that need
/// no stored cookie.
public enum SetCookieParser {
    /// The most bytes of a field's value.
    public static let maximumLineLength = 5000
    /// The most bytes of a name and its value together.
    public static let maximumPairLength = 4096
    /// The most bytes of an attribute's value; a longer one is ignored.
    static let maximumAttributeLength = 1024
    /// No cookie lives longer than 400 days (§5.5), in seconds.
    public static let maximumAge: Int64 = 400 * 86_400

    /// What became of a field.
    public enum Result: Hashable, Sendable {
        /// A cookie to store; one that is expired already deletes its namesake.
        case cookie(Cookie)
        /// The field is to be ignored.
        case rejected(Rejection)
    }

    /// Why a cookie is not stored.
    public enum Rejection: Hashable, Sendable, CustomStringConvertible {
        /// The field, name and value together, or the path is too long.
        case tooLong
        /// A byte below 0x20, or 0x7F; a tab is tolerated among the attributes.
        case controlByte
        /// Neither name nor value.
        case empty
        /// No name, and a value with `=`: sent back it would pass for another cookie.
        case disguised
        /// `Domain` does not cover the host that sent it.
        case foreignDomain
        /// `Domain` is a name under which anyone can register (`co.uk`).
        case publicSuffix
        /// `Secure` over plain HTTP.
        case insecure
        /// The name begins with `__Secure-` or `__Host-`, and the attributes do not fit it.
        case prefix
        /// A secure cookie of that name exists and may not be changed over plain HTTP.
        case shadowsSecure

        /// The reason as part of a sentence.
        public var description: String {
            switch self {
            case .tooLong: "it is too long"
            case .controlByte: "it holds a control byte"
            case .empty: "it has neither name nor value"
            case .disguised: "its value would pass for another cookie"
            case .foreignDomain: "its domain does not cover the host"
            case .publicSuffix: "its domain is a public suffix"
            case .insecure: "it is secure but came over plain HTTP"
            case .prefix: "its attributes do not fit the prefix of its name"
            case .shadowsSecure: "a secure cookie of that name may not be changed over plain HTTP"
            }
        }
    }

    /// Reads the value of one `Set-Cookie` field of the response to `url`.
    ///
    /// - Parameters:
    ///   - header: Without the field's name.
    ///   - url: The URL that was asked.
    ///   - now: Seconds since 1970.
    ///   - isPublicSuffix: Given a lower-case name without leading and trailing dot.
    /// - Returns: The cookie, or why there is none.
    public static func parse(
        _ header: String, for url: HTTPURL, now: Int64, isPublicSuffix: (String) -> Bool = { _ in false }
    ) -> Result {
        parse(header.utf8, for: url, now: now, isPublicSuffix: isPublicSuffix)
    }

    /// The same for bytes.
    public static func parse(
        _ header: some Collection<UInt8>, for url: HTTPURL, now: Int64,
        isPublicSuffix: (String) -> Bool = { _ in false }
    ) -> Result {
        guard header.count <= maximumLineLength else { return .rejected(.tooLong) }
        guard !header.contains(where: { ASCII.isControl($0) && $0 != 0x09 }) else {
            return .rejected(.controlByte)
        }
        let parts = Array(header).split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let first = parts.first else { return .rejected(.empty) }
        let pair = nameAndValue(first)
        let name = pair.value == nil ? [] : pair.name
        let value = pair.value ?? pair.name
        guard name.count + value.count <= maximumPairLength else { return .rejected(.tooLong) }
        guard !name.isEmpty || !value.isEmpty else { return .rejected(.empty) }
        if name.isEmpty, value.contains(UInt8(ascii: "=")) { return .rejected(.disguised) }
        // In a cookie file the tab separates the fields.
        guard !name.contains(0x09), !value.contains(0x09) else { return .rejected(.controlByte) }
        let attributes = Attributes(parts.dropFirst(), now: now)
        var cookie = Cookie(name: ByteString(name), value: ByteString(value), domain: url.host)
        cookie.expires = attributes.maxAgeExpiry ?? attributes.expires
        cookie.isSecure = attributes.isSecure
        cookie.isHTTPOnly = attributes.isHTTPOnly
        cookie.sameSite = attributes.sameSite
        cookie.path = attributes.path ?? ByteString(CookieMatching.defaultPath(of: url.path))
        guard cookie.path.count <= maximumAttributeLength else { return .rejected(.tooLong) }
        if let rejection = setDomain(attributes.domain, of: &cookie, isPublicSuffix: isPublicSuffix) {
            return .rejected(rejection)
        }
        if cookie.isSecure, !CookieMatching.isTrustworthy(url) { return .rejected(.insecure) }
        guard fitsPrefix(cookie, hasPath: attributes.path != nil) else { return .rejected(.prefix) }
        return .cookie(cookie)
    }

    /// §5.7, steps 8 to 10. `cookie.domain` is the host before.
    private static func setDomain(
        _ attribute: [UInt8]?, of cookie: inout Cookie, isPublicSuffix: (String) -> Bool
    ) -> Rejection? {
        guard let attribute, !attribute.isEmpty else { return nil }
        guard attribute.allSatisfy({ $0 < 0x80 }) else { return .foreignDomain }
        let domain = String(decoding: attribute, as: UTF8.self)
        guard CookieMatching.domain(domain, covers: cookie.domain) else { return .foreignDomain }
        // A single label counts as a public suffix, whatever the list says. A public suffix that is itself a host may set
        // cookies for itself alone; an address has no subdomains.
        let name = attribute.last == UInt8(ascii: ".") ? String(domain.dropLast()) : domain
        if CookieMatching.isAddress(attribute) { return nil }
        if !name.utf8.contains(UInt8(ascii: ".")) || isPublicSuffix(name) {
            return domain == cookie.domain ? nil : .publicSuffix
        }
        cookie.domain = domain
        cookie.isHostOnly = false
        return nil
    }

    /// §5.7, steps 21 and 22. A value without a name must not pass for a name.
    static func fitsPrefix(_ cookie: Cookie, hasPath: Bool) -> Bool {
        let shown = (cookie.name.isEmpty ? cookie.value : cookie.name).bytes.map(ASCII.lowercased)
        let isSecurePrefix = shown.starts(with: "__secure-".utf8)
        let isHostPrefix = shown.starts(with: "__host-".utf8)
        guard isSecurePrefix || isHostPrefix else { return true }
        guard !cookie.name.isEmpty, cookie.isSecure else { return false }
        return isSecurePrefix || (cookie.isHostOnly && hasPath && cookie.path == "/")
    }

    /// The value of the last `Domain` attribute, lower case without leading dot, if there is any.
    static func domain(in header: ArraySlice<UInt8>) -> String? {
        let parts = header.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let domain = Attributes(parts.dropFirst(), now: 0).domain, !domain.isEmpty else { return nil }
        return String(validating: domain, as: UTF8.self)
    }

    /// The two sides of the first `=`, blanks around them dropped; the value is nil without `=`.
    fileprivate static func nameAndValue(_ part: ArraySlice<UInt8>) -> (name: [UInt8], value: [UInt8]?) {
        guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
            return (Array(part.trimmingBlanks()), nil)
        }
        return (Array(part[..<equals].trimmingBlanks()), Array(part[(equals + 1)...].trimmingBlanks()))
    }
}

/// §5.6.1 to §5.6.7: of an attribute that comes twice, the last counts.
private struct Attributes {
    var expires: Int64?
    var maxAgeExpiry: Int64?
    /// Lower case, without a leading dot; may be empty.
    var domain: [UInt8]?
    /// nil when absent or not beginning with `/`: then the default applies.
    var path: ByteString?
    var isSecure = false
    var isHTTPOnly = false
    var sameSite: Cookie.SameSite?

    init(_ parts: ArraySlice<ArraySlice<UInt8>>, now: Int64) {
        let latest = Self.sum(now, SetCookieParser.maximumAge)
        for part in parts {
            let (name, optionalValue) = SetCookieParser.nameAndValue(part)
            let value = optionalValue ?? []
            guard value.count <= SetCookieParser.maximumAttributeLength else { continue }
            switch String(decoding: name.map(ASCII.lowercased), as: UTF8.self) {
            case "expires":
                if let date = CookieDate.parse(value) { expires = min(date, latest) }
            case "max-age":
                if let age = Self.readAge(value) { maxAgeExpiry = age <= 0 ? .min : Self.sum(now, age) }
            case "domain":
                domain = (value.first == UInt8(ascii: ".") ? value.dropFirst() : value[...]).map(
                    ASCII.lowercased)
            case "path":
                path = value.first == UInt8(ascii: "/") ? ByteString(value) : nil
            case "secure": isSecure = true
            case "httponly": isHTTPOnly = true
            case "samesite":
                switch String(decoding: value.map(ASCII.lowercased), as: UTF8.self) {
                case "none": sameSite = Cookie.SameSite.none
                case "lax": sameSite = .lax
                case "strict": sameSite = .strict
                default: sameSite = nil
                }
            default: break
            }
        }
    }

    private static func sum(_ now: Int64, _ age: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(age)
        return overflow ? .max : sum
    }

    /// Digits with an optional `-`; capped, so that it cannot overflow. Quotation marks around them do not belong there
    /// (§5.6.2), but servers write them and mean it.
    private static func readAge(_ value: [UInt8]) -> Int64? {
        let quote = UInt8(ascii: "\"")
        let isQuoted = value.count >= 2 && value.first == quote && value.last == quote
        let number = isQuoted ? value.dropFirst().dropLast() : value[...]
        let isNegative = number.first == UInt8(ascii: "-")
        let digits = isNegative ? number.dropFirst() : number
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        let age = digits.reduce(Int64(0)) { min($0 * 10 + Int64($1 - 0x30), SetCookieParser.maximumAge) }
        return isNegative ? -age : age
    }
}
