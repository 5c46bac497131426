internal import HTTPCore
internal import TLS

/// TLS sessions that are kept beyond a run, each for one use (RFC 8446 §C.4). No file, no clock.
///
/// Its text does not reveal the hosts: they are salted hashes. The sessions hold keys, so guard the text like a
/// password. Who can write it can impersonate the hosts in it, so read it only from a file that nobody else can
/// write.
public struct TLSSessionTable: Sendable {
    private struct Session {
        var expires: Int64
        var data: [UInt8]
    }

    /// By the salted hash of what may use them, oldest first.
    private var sessions: [String: [Session]] = [:]
    private var salt: [UInt8]
    private var count = 0
    /// Another version of the library may write its sessions in another way.
    private let version: [UInt8]

    /// Sessions that are kept altogether, and of one endpoint.
    static let limit = 1000
    static let limitPerEndpoint = 8
    /// A session is offered for a day at most; the server may forget it before.
    static let life: Int64 = 86_400
    private static let mark = "# TLS sessions of ferry, salt "
    private static let checksumLength = 32

    /// An empty table. The salt is random unless a test gives one, the version that of the library that is loaded.
    public init(salt: [UInt8]? = nil, version: String? = nil) {
        self.version = Array((version ?? TLSLibrary.loadedVersion).utf8.prefix(255))
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

    /// Takes what `text` wrote, but for sessions that have expired or that another version of GnuTLS made.
    ///
    /// The file may be damaged, and GnuTLS crashes on a session with a single wrong bit, so each line has a checksum.
    /// Returns how many lines are malformed or have a wrong checksum.
    @discardableResult
    public mutating func load(_ bytes: [UInt8], now: Int64) -> Int {
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let first = lines.first else { return 0 }
        guard first.starts(with: Self.mark.utf8),
            let salt = Base64.decode(String(decoding: first.dropFirst(Self.mark.utf8.count), as: UTF8.self)),
            salt.count == 16
        else { return lines.count }
        self.salt = salt
        sessions = [:]
        count = 0
        var damaged = 0
        lines.removeFirst()
        for line in lines {
            guard let entry = read(line) else {
                damaged += 1
                continue
            }
            guard entry.version == version, entry.expires > now, entry.expires <= now + Self.life else {
                continue
            }
            insert(Session(expires: entry.expires, data: entry.data), entry.key)
        }
        return damaged
    }

    private struct Entry {
        var key: String
        var expires: Int64
        var version: [UInt8]
        var data: [UInt8]
    }

    private func read(_ line: ArraySlice<UInt8>) -> Entry? {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 44,
            let expires = Int64(String(decoding: parts[1], as: UTF8.self)),
            let packed = Base64.decode(String(decoding: parts[2], as: UTF8.self)),
            packed.count > Self.checksumLength
        else { return nil }
        let key = String(decoding: parts[0], as: UTF8.self)
        let content = Array(packed.dropFirst(Self.checksumLength))
        let length = Int(content[0])
        guard packed.starts(with: checksum(key, expires, content)), content.count > 1 + length else {
            return nil
        }
        return Entry(
            key: key, expires: expires, version: Array(content[1..<(1 + length)]),
            data: Array(content.dropFirst(1 + length)))
    }

    private func checksum(_ key: String, _ expires: Int64, _ content: [UInt8]) -> [UInt8] {
        SHA256.digest(salt + Array("\(key) \(expires) ".utf8) + content)
    }

    /// One line with the salt, then one for each session that has not expired: key, end, and in Base64 a checksum, the
    /// library's version behind its length, and the session.
    public func text(now: Int64) -> String {
        var text = Self.mark + Base64.encode(salt) + "\n"
        for (key, kept) in sessions.sorted(by: { $0.key < $1.key }) {
            for session in kept where session.expires > now {
                let content = [UInt8(truncatingIfNeeded: version.count)] + version + session.data
                let packed = checksum(key, session.expires, content) + content
                text += "\(key) \(session.expires) \(Base64.encode(packed))\n"
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
    private var keys: [SessionOwner: String] = [:]

    /// A cache with a clock in seconds since 1970.
    public nonisolated init(table: TLSSessionTable, now: @escaping @Sendable () -> Int64) {
        self.table = table
        self.now = now
    }

    func take(for owner: SessionOwner) -> [UInt8]? { table.take(key(owner), now: now()) }

    func keep(_ data: [UInt8], for owner: SessionOwner) { table.keep(data, key(owner), now: now()) }

    /// Everything that keeps two connections from sharing a session: endpoint, name, and settings by their content,
    /// so that a client certificate is never used for another identity.
    private func key(_ owner: SessionOwner) -> String {
        if let known = keys[owner] { return known }
        let endpoint = owner.endpoint
        let name = endpoint.serverName ?? endpoint.host
        let key = table.key("\(endpoint)\n\(name)\n\(Base64.encode(owner.context.digest()))")
        if keys.count < TLSSessionTable.limit { keys[owner] = key }
        return key
    }
}
