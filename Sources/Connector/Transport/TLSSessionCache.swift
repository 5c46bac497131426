internal import HTTPCore
internal import TLS

/// TLS sessions that are kept beyond a run, each for one use (RFC 8446 §C.4). No file, no clock.
///
/// In its text nobody can read which hosts were asked: they stand there as salted hashes. What the sessions hold are keys,
/// so the text is to be guarded like a password; and whoever can write it can pose as the hosts in it, so it is to be
/// read only from where nobody else writes.
public struct TLSSessionTable: Sendable {
    private struct Session {
        var expires: Int64
        var data: [UInt8]
    }

    /// By the salted hash of what may use them, oldest first.
    private var sessions: [String: [Session]] = [:]
    private var salt: [UInt8]
    private var count = 0

    /// Sessions that are kept altogether, and of one endpoint.
    static let limit = 1000
    static let limitPerEndpoint = 8
    /// A session is offered for a day at most; the server may forget it before.
    static let life: Int64 = 86_400
    private static let mark = "# TLS sessions of ferry, salt "

    /// An empty table. The salt is random unless a test gives one.
    public init(salt: [UInt8]? = nil) {
        var generator = SystemRandomNumberGenerator()
        self.salt = salt ?? (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    // MARK: Use

    /// The name under which sessions of `identity` are kept.
    func key(_ identity: String) -> String {
        Base64.encode(SHA256.digest(salt + Array(identity.utf8)))
    }

    /// Removes a session, the newest first; nil when there is none.
    mutating func take(_ key: String, now: Int64) -> [UInt8]? {
        guard var kept = sessions.removeValue(forKey: key) else { return nil }
        count -= kept.count
        kept.removeAll { $0.expires <= now }
        guard let last = kept.popLast() else { return nil }
        if !kept.isEmpty { sessions[key] = kept }
        count += kept.count
        return last.data
    }

    /// Adds a session; the oldest of its endpoint may have to go, and a full table takes none of a new endpoint.
    mutating func keep(_ data: [UInt8], _ key: String, now: Int64) {
        insert(Session(expires: now + Self.life, data: data), key)
    }

    private mutating func insert(_ session: Session, _ key: String) {
        var kept = sessions[key] ?? []
        if kept.count >= Self.limitPerEndpoint {
            kept.removeFirst()
            count -= 1
        }
        guard count < Self.limit else { return }
        kept.append(session)
        count += 1
        sessions[key] = kept
    }

    // MARK: Text

    /// Takes what `text` wrote. What has another form, from the first line on, is passed over; expired sessions too.
    public mutating func load(_ bytes: [UInt8], now: Int64) {
        var lines = bytes.split(separator: UInt8(ascii: "\n")).makeIterator()
        guard let first = lines.next(), first.starts(with: Self.mark.utf8),
            let salt = Base64.decode(String(decoding: first.dropFirst(Self.mark.utf8.count), as: UTF8.self)),
            salt.count == 16
        else { return }
        self.salt = salt
        sessions = [:]
        count = 0
        while let line = lines.next() {
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].count == 44,
                let expires = Int64(String(decoding: parts[1], as: UTF8.self)),
                expires > now, expires <= now + Self.life,
                let data = Base64.decode(String(decoding: parts[2], as: UTF8.self)), !data.isEmpty
            else { continue }
            insert(Session(expires: expires, data: data), String(decoding: parts[0], as: UTF8.self))
        }
    }

    /// One line with the salt, then one for each session that has not expired: key, end and data.
    public func text(now: Int64) -> String {
        var text = Self.mark + Base64.encode(salt) + "\n"
        for (key, kept) in sessions.sorted(by: { $0.key < $1.key }) {
            for session in kept where session.expires > now {
                text += "\(key) \(session.expires) \(Base64.encode(session.data))\n"
            }
        }
        return text
    }
}

/// A table of sessions that connectors share.
@LoopActor
public final class TLSSessionCache {
    /// The sessions.
    public var table: TLSSessionTable
    private let now: @Sendable () -> Int64
    private var keys: [Endpoint: String] = [:]

    /// A cache with a clock in seconds since 1970.
    public nonisolated init(table: TLSSessionTable, now: @escaping @Sendable () -> Int64) {
        self.table = table
        self.now = now
    }

    func take(for endpoint: Endpoint) -> [UInt8]? { table.take(key(endpoint), now: now()) }

    func keep(_ data: [UInt8], for endpoint: Endpoint) { table.keep(data, key(endpoint), now: now()) }

    /// Everything that keeps two connections from sharing a session: place, name, and settings by their values, so that
    /// nobody's client certificate is used for another.
    private func key(_ endpoint: Endpoint) -> String {
        if let known = keys[endpoint] { return known }
        let name = endpoint.serverName ?? endpoint.host
        let key = table.key("\(endpoint)\n\(name)\n\(endpoint.tls?.sessionIdentity ?? "")")
        if keys.count < TLSSessionTable.limit { keys[endpoint] = key }
        return key
    }
}

extension TLSConfiguration {
    /// All that tells this configuration from others, in words that stay the same from run to run; no password.
    fileprivate var sessionIdentity: String {
        let trust =
            switch trust {
            case .system: "system"
            case .custom(let files, let directories, let pem): "\(files) \(directories) \(pem ?? [])"
            }
        let identity = clientIdentity.map { identity in
            "\([identity.certificate, identity.key ?? ""]) \(identity.format == .p12) \(identity.keyFormat == .der)"
        }
        let parts = [
            verification == .full ? "full" : "none", trust, "\(revocationLists)",
            "\(fingerprints.map(\.description))", "\(publicKeyPins.map(\.description))", identity ?? "",
            "\(minimumVersion.rawValue) \(maximumVersion.rawValue)", "\(applicationProtocols)",
            priority ?? "",
        ]
        return parts.joined(separator: "\n")
    }
}
