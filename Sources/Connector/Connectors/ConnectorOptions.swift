internal import Sockets

extension BaseConnector {
    /// The options of every connector. A value: change what you need and make a connector with it, which keeps the
    /// values in force as its `options`.
    ///
    ///     let connector = try TCPConnector { $0.limit = 20; $0.limitPerHost = 4 }
    public struct Options: Hashable, Sendable {
        /// Most connections at once, idle ones included; nil or 0 = no limit.
        public var limit: Int? = 100
        /// Most connections to one host, port and TLS state; nil or 0 = no limit.
        public var limitPerHost: Int?
        /// How long an idle connection may be reused; nil = 15 s, zero = never. Excludes `forceClose`.
        public var keepAliveTimeout: Duration?
        /// Closes each connection after its first use. Whoever writes HTTP over it must send `Connection: close`.
        public var forceClose = false
        /// Cuts off TLS shutdowns that wait for the peer after two seconds.
        public var enableCleanupClosed = false
        /// How long a TLS connection that is closed waits for the peer's close_notify; at most 30 s, zero = not at all.
        public var tlsShutdownTimeout = Duration.zero
        /// TLS settings of requests that bring none.
        public var tls = TLSMode.verified

        /// The defaults.
        public init() {}
    }
}

extension TCPConnector {
    /// The options of a TCP connector, and those of every connector, which can be named here directly.
    @dynamicMemberLookup
    public struct Options: Hashable, Sendable {
        /// The options of every connector.
        public var base = BaseConnector.Options()
        /// Remembers names.
        public var usesDNSCache = true
        /// How long a name is remembered; nil = for ever, zero = not beyond lookups under way.
        public var dnsCacheTTL: Duration? = .seconds(10)
        /// How many names are remembered at most; at least 1.
        public var dnsCacheCapacity = 1000
        /// Which addresses of a name are used.
        public var addressFamily = AddressFamily.any
        /// A numeric address and port that new sockets are bound to; port 0 = any, nil = the kernel chooses.
        public var localAddress: SocketAddress?
        /// An interface, or a name or address of this machine, that new sockets are bound to. Excludes `localAddress`.
        public var localInterface: LocalInterface?
        /// Ports that new sockets are bound to, the first free one; nil = the port of `localAddress`.
        public var localPorts: ClosedRange<UInt16>?
        /// Socket options of new sockets.
        public var socketOptions = SocketOptions()
        /// How long an attempt runs before the next address is tried beside it (RFC 8305 §5); below 10 ms counts as 10 ms,
        /// nil = one address after another.
        public var connectionAttemptDelay: Duration? = .milliseconds(250)
        /// How many addresses of the first family lead (RFC 8305 §4); 0 = the resolver's order, nil = 1 when racing, else 0.
        public var firstAddressFamilyCount: Int?

        /// The defaults.
        public init() {}

        /// The options of every connector.
        public subscript<Value>(dynamicMember path: WritableKeyPath<BaseConnector.Options, Value>) -> Value {
            get { base[keyPath: path] }
            set { base[keyPath: path] = newValue }
        }
    }
}

// MARK: - What is in force

extension BaseConnector.Options {
    /// These options with each value as it is in force.
    /// - Throws: `ConnectorOptionError` that names the option.
    func resolved() throws(ConnectorOptionError) -> Self {
        func check(_ name: String, _ value: Int?) throws(ConnectorOptionError) {
            guard let value, value < 0 else { return }
            throw .invalid(option: name, value: "\(value)", reason: "it must be 0 or more (0 = no limit)")
        }
        try check("limit", limit)
        try check("limitPerHost", limitPerHost)
        if forceClose, keepAliveTimeout != nil { throw .conflicting("keepAliveTimeout", "forceClose") }
        try checkNotNegative(keepAliveTimeout, "keepAliveTimeout")
        try checkNotNegative(tlsShutdownTimeout, "tlsShutdownTimeout")
        var options = self
        if limit == 0 { options.limit = nil }
        if limitPerHost == 0 { options.limitPerHost = nil }
        options.keepAliveTimeout = forceClose ? nil : keepAliveTimeout ?? .seconds(15)
        options.tlsShutdownTimeout = min(tlsShutdownTimeout, .seconds(30))
        return options
    }

    /// How long the pool keeps what is given back.
    var idleTimeout: Duration { forceClose ? .zero : keepAliveTimeout ?? .seconds(15) }
}

extension TCPConnector.Options {
    /// These options with each value as it is in force.
    /// - Throws: `ConnectorOptionError` that names the option.
    func resolved() throws(ConnectorOptionError) -> Self {
        try checkNotNegative(dnsCacheTTL, "dnsCacheTTL")
        try checkNotNegative(connectionAttemptDelay, "connectionAttemptDelay")
        if dnsCacheCapacity < 1 {
            throw .invalid(
                option: "dnsCacheCapacity", value: "\(dnsCacheCapacity)", reason: "it must be 1 or more")
        }
        if let count = firstAddressFamilyCount, count < 0 {
            throw .invalid(
                option: "firstAddressFamilyCount", value: "\(count)", reason: "it must be 0 or more")
        }
        if let localAddress {
            if case .unix = localAddress {
                throw .invalid(
                    option: "localAddress", value: "\(localAddress)",
                    reason: "it must be a numeric IP address")
            }
            if localInterface != nil {
                throw .invalid(
                    option: "localInterface", value: "\(localAddress)", reason: "it excludes localAddress")
            }
        }
        var options = self
        options.base = try base.resolved()
        options.connectionAttemptDelay = connectionAttemptDelay.map {
            max($0, AddressRace<SocketAddress>.minimumAttemptDelay)
        }
        options.firstAddressFamilyCount = firstAddressFamilyCount ?? (connectionAttemptDelay == nil ? 0 : 1)
        return options
    }
}

private func checkNotNegative(_ value: Duration?, _ option: String) throws(ConnectorOptionError) {
    guard let value, value < .zero else { return }
    throw .invalid(option: option, value: "\(value)", reason: "it must be 0 or more")
}
