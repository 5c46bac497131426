internal import TLS

/// TLS sessions that may be resumed, a few per endpoint, each for one use (RFC 8446 §C.4).
///
/// A session belongs to the context that it was made with: to the content of its certificate and its key, whatever the
/// files are called.
@LoopActor
final class SessionStore {
    private struct Kept {
        let owner: SessionOwner
        let hash: Int
        var sessions: [[UInt8]]
    }

    /// Searched by hash from the first to the last: there are few, and a dictionary would cost a cold start as much as
    /// thousands of searches (see <doc:Performance>).
    private var kept: [Kept] = []
    /// Used in place of this store, if it is there.
    var cache: TLSSessionCache?
    private static let perEndpoint = 8
    private static let endpoints = 1000

    nonisolated init() {}

    func take(for endpoint: Endpoint, _ context: TLSContext) -> [UInt8]? {
        let owner = SessionOwner(endpoint: endpoint, context: context)
        if let cache { return cache.take(for: owner) }
        guard let place = place(of: owner, owner.hashValue) else { return nil }
        let session = kept[place].sessions.popLast()
        if kept[place].sessions.isEmpty {
            kept.swapAt(place, kept.count - 1)
            kept.removeLast()
        }
        return session
    }

    func keep(_ session: [UInt8], for endpoint: Endpoint, _ context: TLSContext) {
        let owner = SessionOwner(endpoint: endpoint, context: context)
        if let cache { return cache.keep(session, for: owner) }
        let hash = owner.hashValue
        guard let place = place(of: owner, hash) else {
            if kept.count >= Self.endpoints { kept.removeFirst() }
            kept.append(Kept(owner: owner, hash: hash, sessions: [session]))
            return
        }
        if kept[place].sessions.count >= Self.perEndpoint { kept[place].sessions.removeFirst() }
        kept[place].sessions.append(session)
    }

    private func place(of owner: SessionOwner, _ hash: Int) -> Int? {
        kept.firstIndex { $0.hash == hash && $0.owner == owner }
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
