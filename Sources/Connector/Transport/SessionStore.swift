internal import TLS

/// TLS sessions that may be resumed, a few per endpoint, each for one use (RFC 8446 §C.4).
///
/// A session belongs to the context that it was made with: to the content of its certificate and its key, whatever the
/// files are called.
@LoopActor
final class SessionStore {
    private var sessions: [SessionOwner: [[UInt8]]] = [:]
    /// Used in place of this store, if it is there.
    var cache: TLSSessionCache?
    private static let perEndpoint = 8
    private static let endpoints = 1000

    nonisolated init() {}

    func take(for endpoint: Endpoint, _ context: TLSContext) -> [UInt8]? {
        let owner = SessionOwner(endpoint: endpoint, context: context)
        if let cache { return cache.take(for: owner) }
        guard let session = sessions[owner]?.popLast() else { return nil }
        if sessions[owner]?.isEmpty == true { sessions[owner] = nil }
        return session
    }

    func keep(_ session: [UInt8], for endpoint: Endpoint, _ context: TLSContext) {
        let owner = SessionOwner(endpoint: endpoint, context: context)
        if let cache { return cache.keep(session, for: owner) }
        if sessions[owner] == nil, sessions.count >= Self.endpoints {
            sessions.remove(at: sessions.startIndex)
        }
        var kept = sessions.removeValue(forKey: owner) ?? []
        if kept.count >= Self.perEndpoint { kept.removeFirst() }
        kept.append(session)
        sessions[owner] = kept
    }
}

/// The endpoint of a session, and the identity in it.
struct SessionOwner: Hashable {
    var endpoint: Endpoint
    /// Kept alive, so that its object identity is never that of another context.
    var context: TLSContext

    static func == (left: SessionOwner, right: SessionOwner) -> Bool {
        left.context === right.context && left.endpoint == right.endpoint
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(context))
        hasher.combine(endpoint)
    }
}
