/// What `--resolve` says of hosts and ports: of two entries for the same ones the later counts.
struct ResolveTable: Equatable, Sendable {
    private var entries: [ResolveEntry] = []

    /// Takes the entries in the order in which they were typed.
    init(_ given: [ResolveEntry] = []) {
        for entry in given {
            entries.removeAll { $0.host == entry.host && $0.port == entry.port }
            if !entry.removes { entries.append(entry) }
        }
    }

    /// True when it knows nothing.
    var isEmpty: Bool { entries.isEmpty }

    /// What is said of a host, as URLs have it, and a port; nil = nothing.
    func entry(host: String, port: UInt16) -> ResolveEntry? {
        entries.first { $0.host == host && $0.port == Int(port) }
            ?? entries.first { $0.host == "*" && $0.port == Int(port) }
    }
}
