internal import Sockets

/// TLS sessions that may be resumed, a few per endpoint, each for one use (RFC 8446 §C.4).
@LoopActor
final class SessionStore {
    private var sessions: [Endpoint: [[UInt8]]] = [:]
    /// Takes and gives them all instead, if it is there.
    var cache: TLSSessionCache?
    private static let perEndpoint = 8
    private static let endpoints = 1000

    nonisolated init() {}

    func take(for endpoint: Endpoint) -> [UInt8]? {
        if let cache { return cache.take(for: endpoint) }
        guard let ticket = sessions[endpoint]?.popLast() else { return nil }
        if sessions[endpoint]?.isEmpty == true { sessions[endpoint] = nil }
        return ticket
    }

    func keep(_ ticket: [UInt8], for endpoint: Endpoint) {
        if let cache { return cache.keep(ticket, for: endpoint) }
        if sessions[endpoint] == nil, sessions.count >= Self.endpoints {
            sessions.remove(at: sessions.startIndex)
        }
        var kept = sessions.removeValue(forKey: endpoint) ?? []
        if kept.count >= Self.perEndpoint { kept.removeFirst() }
        kept.append(ticket)
        sessions[endpoint] = kept
    }
}
