/// The hosts that are to be asked over TLS only (HTTP Strict Transport Security, RFC 6797). No file, no clock; instants
/// are seconds since 1970.
///
/// Invariant: names are lower case without a final dot, and none is an address (§8.1.1).
public struct HSTSStore: Sendable {
    /// One host that was learned.
    public struct Entry: Hashable, Sendable {
        /// Its name.
        public var host: String
        /// Whether all hosts below it are meant, too.
        public var includesSubdomains: Bool
        /// When it is forgotten; nil = never.
        public var expires: Int64?
    }

    /// No more hosts are learned than these: a server can make up names below its own without end.
    public static let mostHosts = 50_000

    private var hosts: [String: Entry] = [:]

    /// An empty store.
    public init() {}

    /// How many hosts it holds, expired ones included until they are noticed.
    public var count: Int { hosts.count }

    /// All hosts by name.
    public var entries: [Entry] { hosts.values.sorted { $0.host < $1.host } }

    // MARK: Learning

    /// Takes the `Strict-Transport-Security` field of a response from `host`. The caller vouches that it came over TLS
    /// whose certificate was verified, without any error (§8.1). A malformed field changes nothing, and neither does a new
    /// host where ``mostHosts`` are known: what is known stays.
    /// - Returns: whether the field was understood and the host may be kept.
    @discardableResult
    public mutating func learn(_ value: some Sequence<UInt8>, from host: String, now: Int64) -> Bool {
        guard let host = Self.name(host), let field = StrictTransportSecurity(value) else { return false }
        guard field.maximumAge > 0 else {
            hosts[host] = nil
            return true
        }
        if hosts[host] == nil, hosts.count >= Self.mostHosts {
            hosts = hosts.filter { !$0.value.isExpired(now) }
            guard hosts.count < Self.mostHosts else { return false }
        }
        hosts[host] = Entry(
            host: host, includesSubdomains: field.includesSubdomains, expires: now + field.maximumAge)
        return true
    }

    // MARK: Asking

    /// `url` over TLS if its host wants that, else nil. An explicit port 80 becomes 443, and any other stays (§8.3).
    public func upgrade(_ url: HTTPURL, now: Int64) -> HTTPURL? {
        guard !hosts.isEmpty, url.scheme == .http, wantsTLS(url.host, now: now) else { return nil }
        var parts = url.parts
        parts.scheme = .https
        // The default port of http is never written; that of https must not be, either.
        if parts.port == HTTPURL.Scheme.https.defaultPort { parts.port = nil }
        return HTTPURL(parts)
    }

    /// Whether the host itself was learned, or one above it with all hosts below it (§8.2).
    public func wantsTLS(_ host: String, now: Int64) -> Bool {
        guard !hosts.isEmpty, let name = Self.name(host) else { return false }
        if let own = hosts[name], !own.isExpired(now) { return true }
        var rest = name.utf8[...]
        while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.index(after: dot)...]
            if let parent = hosts[String(Substring(rest))], parent.includesSubdomains, !parent.isExpired(now)
            {
                return true
            }
        }
        return false
    }

    /// The name as it is kept; nil for addresses and for what no DNS name can be.
    private static func name(_ host: String) -> String? {
        var name = ASCII.lowercased(host)
        if name.utf8.last == UInt8(ascii: ".") { name.unicodeScalars.removeLast() }
        guard (1...253).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"\"#:[]".utf8.contains($0) }),
            name.utf8.first != UInt8(ascii: "."), name.utf8.last != UInt8(ascii: "."), IPAddress(name) == nil,
            !IPAddress.isNonCanonicalIPv4(name)
        else { return nil }
        return name
    }
}

extension HSTSStore.Entry {
    fileprivate func isExpired(_ now: Int64) -> Bool { expires.map { $0 <= now } ?? false }
}

// MARK: Files

/// The format that curl began: `host "20301231 23:59:59"` a line, a dot before the host if those below it are meant, and
/// `"unlimited"` for no end. Times are UTC.
extension HSTSStore {
    /// Adds the hosts of a file. Of two entries for a host the one that ends later counts.
    /// - Returns: how many lines were neither entry, comment nor blank.
    @discardableResult
    public mutating func load(_ bytes: some Collection<UInt8>, now: Int64) -> Int {
        var skipped = 0
        for line in bytes.split(separator: 0x0A) {
            var line = Array(line.prefix(Self.longestLine)).trimmingBlanks()
            if line.last == 0x0D { line = line.dropLast().trimmingBlanks() }
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            guard var entry = Self.entry(line) else {
                skipped += 1
                continue
            }
            if entry.isExpired(now) { continue }
            if let known = hosts[entry.host] {
                entry.includesSubdomains = entry.includesSubdomains || known.includesSubdomains
                entry.expires = known.expires.flatMap { one in entry.expires.map { max(one, $0) } }
            }
            hosts[entry.host] = entry
        }
        return skipped
    }

    /// The text of a file with every host that has not expired.
    public func text(now: Int64) -> String {
        var text = """
            # Hosts that are asked over TLS only (HTTP Strict Transport Security).
            # Written by ferry; curl reads it, too. Edit at your own risk.

            """
        for entry in entries where !entry.isExpired(now) {
            let end = entry.expires.map(HTTPDate.formatCompact) ?? "unlimited"
            text += "\(entry.includesSubdomains ? "." : "")\(entry.host) \"\(end)\"\n"
        }
        return text
    }

    private static let longestLine = 512

    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        guard let blank = line.firstIndex(where: ASCII.isBlank) else { return nil }
        var host = line[..<blank]
        let quoted = line[blank...].trimmingBlanks()
        guard quoted.count >= 2, quoted.first == UInt8(ascii: "\""), quoted.last == UInt8(ascii: "\"") else {
            return nil
        }
        let includesSubdomains = host.first == UInt8(ascii: ".")
        if includesSubdomains { host = host.dropFirst() }
        guard let text = String(validating: host, as: UTF8.self), let name = name(text) else { return nil }
        let end = quoted.dropFirst().dropLast()
        if end.elementsEqual("unlimited".utf8) {
            return Entry(host: name, includesSubdomains: includesSubdomains, expires: nil)
        }
        guard let expires = HTTPDate.parseCompact(end) else { return nil }
        return Entry(host: name, includesSubdomains: includesSubdomains, expires: expires)
    }
}
