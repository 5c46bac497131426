// Values of options about the way to a server.

/// One `--resolve`.
package struct ResolveEntry: Equatable, Sendable {
    /// The host without brackets, or `*` for every host.
    package var host: String
    package var port: Int
    /// IP addresses without brackets; empty exactly when `removes`.
    package var addresses: [String]
    /// `+`: the entry lives only as long as a cached name does.
    package var expires = false
    /// `-host:port`: an entry made before is dropped.
    package var removes = false
}

/// One `--connect-to`; nil in the first pair means "any", in the second "keep".
package struct ConnectToEntry: Equatable, Sendable {
    package var fromHost: String?
    package var fromPort: Int?
    package var toHost: String?
    package var toPort: Int?
}

/// `-4`, `-6`, `--address-family`.
package enum AddressFamilyChoice: String, Equatable, Sendable {
    case any
    case ipv4
    case ipv6
}

/// `--local-addr`.
package struct LocalAddress: Equatable, Sendable {
    /// An IP address without brackets.
    package var address: String
    /// nil and 0 = any free port.
    package var port: Int?
}

/// `--unix-socket`, `--abstract-unix-socket`.
package struct UnixSocketArgument: Equatable, Sendable {
    /// The path, or the abstract name without its leading `@`.
    package var path: String
    package var isAbstract: Bool
}

/// `--dns-cache-ttl`.
package enum DNSCacheLife: Equatable, Sendable {
    case limited(Duration)
    case forever
}

/// `--happy-eyeballs-timeout-ms`.
package enum AttemptDelay: Equatable, Sendable {
    case after(Duration)
    /// `off`: the next address is tried only when the one before has failed.
    case off
}

/// The value of `--rate-per-host`.
package struct HostRate: Equatable, Sendable {
    /// The time in which a host earns a request.
    package var interval: Duration
    /// How many may go at once when none went for long.
    package var burst: Int
}
