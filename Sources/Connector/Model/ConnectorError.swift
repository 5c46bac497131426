/// Why a connector, or one of its connections, could not do what it was asked.
///
/// A task that was cancelled gets `CancellationError` instead, and nothing else ever does.
///
/// Indirect, so that the async frame of a function that throws one has a pointer and no room for the largest case
/// (see <doc:Performance>, frames).
public indirect enum ConnectorError: Error, Sendable {
    /// The connector was closed.
    case closed
    /// A connection was used after its release.
    case released
    /// This connector does not serve that scheme.
    case unsupportedScheme(String)
    /// The host cannot be a name or an address.
    case invalidHost(host: String, reason: String)
    /// A deadline passed.
    case timedOut(TimeoutFailure)
    /// The name has no address to try.
    case dns(DNSFailure)
    /// No address could be connected.
    case connect(ConnectFailure)
    /// The proxy itself could not be reached.
    case proxyConnect(ConnectFailure, proxy: Proxy)
    /// The proxy answered, but not with a tunnel.
    case proxyRefused(ProxyRefusal)
    /// A Unix socket could not be connected.
    case unixSocket(UnixSocketFailure)
    /// TLS failed: handshake, certificate or pin.
    case tls(TLSFailure)
    /// A connection that stood failed later.
    case io(TransportFailure)
    /// Two tasks used one direction of a connection at the same time.
    case busy(Endpoint)
    /// A connector from outside of this library threw an error of its own.
    case custom(CustomFailure)
}

/// The step of a connect that a deadline or a failure fell into.
public enum ConnectPhase: String, Hashable, Sendable {
    /// Waiting for a slot.
    case queue
    /// Resolving the name.
    case dns
    /// Connecting the socket.
    case tcp
    /// Waiting for the proxy.
    case proxy
    /// The TLS handshake.
    case tls
}

/// One address that was tried, and how that ended.
public struct ConnectAttempt: Sendable {
    /// How far it came.
    public enum Stage: String, Hashable, Sendable {
        /// Making the socket.
        case socket
        /// Binding the local address.
        case bind
        /// Connecting.
        case connect
        /// The proxy's greeting, or the TLS handshake with it.
        case proxy
        /// The TLS handshake or the certificate.
        case tls
    }

    /// The address that was tried.
    public var address: SocketAddress
    /// How far it came.
    public var stage: Stage
    /// The kernel's number, when it was one.
    public var errno: Errno?
    /// The cause in words.
    public var text: String
}

/// A deadline that passed.
public struct TimeoutFailure: Sendable {
    /// What was going on.
    public var phase: ConnectPhase
    /// The limit that was set.
    public var limit: Duration?
    /// For whom.
    public var endpoint: Endpoint
    /// Addresses that had failed before.
    public var attempts: [ConnectAttempt]
    /// True when it was the TLS of the proxy, not of the endpoint.
    public var isProxy = false
    /// The path of a Unix socket whose listener had no room in its queue; nil where it was something else.
    public var fullSocketPath: String?
    /// The file of certificates or keys whose end did not come, such as a pipe; nil where it was something else.
    public var unendedFile: String?
}

/// What a connector from outside this library threw.
public struct CustomFailure: Sendable {
    /// For whom.
    public var endpoint: Endpoint
    /// What was thrown.
    public var cause: any Error
}

/// A name without a usable address.
public struct DNSFailure: Error, Hashable, Sendable {
    /// The name that was asked for.
    public var host: String
    /// The port it was asked for.
    public var port: UInt16
    /// The resolver's code (EAI_…); 0 when there was an answer but nothing usable in it.
    public var code: CInt
    /// The kernel's number, when the code is EAI_SYSTEM.
    public var errno: Errno?
    /// The cause in words; never empty.
    public var text: String
    /// True when asking again later may help.
    public var isTemporary: Bool
    /// The endpoint that was asked for; nil where it comes from a resolver.
    public internal(set) var endpoint: Endpoint?

    /// A failure to resolve `host`; an empty `text` becomes "unknown error".
    public init(
        host: String, port: UInt16, code: CInt = 0, errno: Errno? = nil, text: String,
        isTemporary: Bool = false
    ) {
        self.host = host
        self.port = port
        self.code = code
        self.errno = errno
        self.text = text.isEmpty ? "unknown error" : text
        self.isTemporary = isTemporary
    }
}

/// Every address failed.
public struct ConnectFailure: Sendable {
    /// For whom.
    public var endpoint: Endpoint
    /// In the order they were started.
    public var attempts: [ConnectAttempt]
    /// The number that all attempts agree on; nil when they differ.
    public var errno: Errno? {
        guard let first = attempts.first?.errno, attempts.allSatisfy({ $0.errno == first }) else {
            return nil
        }
        return first
    }
}

/// A proxy that did not open a tunnel.
public struct ProxyRefusal: Sendable {
    /// The proxy.
    public var proxy: Proxy
    /// The endpoint behind the tunnel.
    public var endpoint: Endpoint
    /// The HTTP status of the answer to CONNECT; nil for SOCKS, or when there was no proper answer.
    public var status: Int?
    /// The cause in words.
    public var reason: String
    /// The answer's header block as received; empty for SOCKS.
    public var head: [UInt8]
    /// Whether the refused CONNECT request had credentials, of `user` or of the authenticator.
    public var sentCredentials = false
}

/// A Unix socket that could not be connected.
public struct UnixSocketFailure: Sendable {
    /// The path, `@name` for an abstract one.
    public var path: String
    /// The kernel's number.
    public var errno: Errno
    /// For whom.
    public var endpoint: Endpoint
    /// What is wrong with the path, in words.
    public var text: String
}

/// TLS that failed while connecting.
public struct TLSFailure: Sendable {
    /// For whom. With a proxy, see `isProxy`.
    public var endpoint: Endpoint
    /// The address that answered; nil when unknown.
    public var peer: SocketAddress?
    /// What TLS says.
    public var cause: TLSError
    /// Every address that was tried, this one included.
    public var attempts: [ConnectAttempt]
    /// True when it was the TLS of the proxy, not of the endpoint.
    public var isProxy: Bool
}

/// A connection that failed after it stood.
public struct TransportFailure: Sendable {
    /// For whom.
    public var endpoint: Endpoint
    /// `read` or `write`.
    public var operation: String
    /// The cause.
    public var cause: TransportError
}

extension ConnectorError {
    /// The endpoint; nil where none was known yet.
    public var endpoint: Endpoint? {
        switch self {
        case .closed, .released, .unsupportedScheme, .invalidHost: nil
        case .dns(let failure): failure.endpoint
        case .timedOut(let failure): failure.endpoint
        case .connect(let failure), .proxyConnect(let failure, _): failure.endpoint
        case .proxyRefused(let failure): failure.endpoint
        case .unixSocket(let failure): failure.endpoint
        case .tls(let failure): failure.endpoint
        case .io(let failure): failure.endpoint
        case .busy(let endpoint): endpoint
        case .custom(let failure): failure.endpoint
        }
    }

    /// Every address that was tried, in order.
    public var attempts: [ConnectAttempt] {
        switch self {
        case .timedOut(let failure): failure.attempts
        case .connect(let failure), .proxyConnect(let failure, _): failure.attempts
        case .tls(let failure): failure.attempts
        case .closed, .released, .unsupportedScheme, .invalidHost, .dns, .proxyRefused, .unixSocket, .io,
            .busy, .custom:
            []
        }
    }

    /// The kernel's number where one number tells the cause.
    public var errno: Errno? {
        switch self {
        case .connect(let failure), .proxyConnect(let failure, _): failure.errno
        case .unixSocket(let failure): failure.errno
        case .dns(let failure): failure.errno
        case .io(let failure):
            if case .io(let errno) = failure.cause { errno } else { nil }
        case .closed, .released, .unsupportedScheme, .invalidHost, .timedOut, .proxyRefused, .tls, .busy,
            .custom:
            nil
        }
    }
}

extension ConnectorError: CustomStringConvertible {
    /// One line that names host, port, TLS where it is spoken, and cause; never a secret.
    public var description: String {
        switch self {
        case .closed: return "the connector is closed"
        case .released: return "the connection was used after its release"
        case .unsupportedScheme(let scheme): return "scheme '\(scheme)' is not supported"
        case .invalidHost(let host, let reason):
            let length = host.utf8.count
            let shown = length <= 255 ? "'\(host)'" : "'\(host.prefix(200))…' (\(length) bytes)"
            return "host \(shown) is invalid: \(reason)"
        case .timedOut(let failure):
            let limit = failure.limit.map { " after \(Self.seconds($0)) s" } ?? ""
            if let file = failure.unendedFile {
                return "reading '\(file)', which nobody ended, timed out\(limit)"
            }
            let whom =
                if let path = failure.fullSocketPath {
                    "Unix socket \(path), whose queue is full,"
                } else if failure.phase == .tls {
                    Self.whom(failure.endpoint, isProxy: failure.isProxy)
                } else {
                    "\(failure.endpoint.target)"
                }
            return "\(failure.phase.activity) \(whom) timed out\(limit)"
                + Self.others(failure.attempts)
        case .dns(let failure): return "cannot resolve \(failure.host): \(failure.text)"
        case .connect(let failure):
            return "cannot connect to \(failure.endpoint.target): \(Self.cause(failure.attempts))"
        case .proxyConnect(let failure, let proxy):
            return "cannot connect to proxy \(proxy): \(Self.cause(failure.attempts))"
        case .proxyRefused(let refusal):
            return "proxy \(refusal.proxy) gave no tunnel to \(refusal.endpoint.target): \(refusal.reason)"
        case .unixSocket(let failure):
            return "cannot connect to Unix socket \(failure.path): \(failure.text)"
        case .tls(let failure): return Self.describe(failure)
        case .io(let failure):
            return "\(failure.operation) on \(failure.endpoint.target) failed: \(failure.cause)"
        case .busy(let endpoint):
            return "two tasks use one direction of the connection to \(endpoint.target)"
        case .custom(let failure):
            return "cannot connect to \(failure.endpoint.target): \(failure.cause)"
        }
    }

    private static func describe(_ failure: TLSFailure) -> String {
        let whom = whom(failure.endpoint, isProxy: failure.isProxy)
        switch failure.cause {
        case .handshake(_, _, _, let text): return "TLS handshake with \(whom) failed: \(text)"
        // What is wrong with a file or an option has nothing to do with the peer.
        case .configuration(_, _, let text): return text
        case .certificate, .fingerprintMismatch, .publicKeyMismatch:
            return "cannot trust \(whom): \(failure.cause)"
        case .io, .alert, .record: return "TLS with \(whom) failed: \(failure.cause)"
        }
    }

    /// Who spoke TLS.
    private static func whom(_ endpoint: Endpoint, isProxy: Bool) -> String {
        if isProxy, let proxy = endpoint.proxy { return "proxy \(proxy)" }
        return endpoint.target.authority
    }

    private static func cause(_ attempts: [ConnectAttempt]) -> String {
        guard let first = attempts.first else { return "no address to try" }
        guard attempts.count > 1 else { return first.text }
        return list(attempts)
    }

    /// The addresses beside the one that the sentence is about.
    private static func others(_ attempts: [ConnectAttempt]) -> String {
        if attempts.isEmpty || (attempts.count == 1 && attempts[0].errno == .timedOut) { return "" }
        return " (\(list(attempts)))"
    }

    private static func list(_ attempts: [ConnectAttempt]) -> String {
        attempts.map { "\($0.address.host): \($0.text)" }.joined(separator: "; ")
    }

    /// In whole milliseconds. Rounded up: of a limit for more than the connecting a little was gone when that began.
    private static func seconds(_ duration: Duration) -> String {
        var (seconds, attoseconds) = duration.components
        attoseconds += 999_999_999_999_999
        if attoseconds >= 1_000_000_000_000_000_000 { (seconds, attoseconds) = (seconds + 1, 0) }
        let milliseconds = attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "\(seconds)" }
        var digits = "\(1000 + milliseconds)".dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(seconds).\(digits)"
    }
}

extension ConnectPhase {
    fileprivate var activity: String {
        switch self {
        case .queue: "waiting for a connection slot for"
        case .dns: "resolving the name of"
        case .tcp: "connecting to"
        case .proxy: "waiting for the proxy's tunnel to"
        case .tls: "the TLS handshake with"
        }
    }
}

/// An option of a connector that cannot be.
public enum ConnectorOptionError: Error, Hashable, Sendable {
    /// One option has a value that means nothing.
    case invalid(option: String, value: String, reason: String)
    /// Two options contradict each other.
    case conflicting(String, String)
}

extension ConnectorOptionError: CustomStringConvertible {
    /// One line that names the option.
    public var description: String {
        switch self {
        case .invalid(let option, let value, let reason): "\(option): '\(value)' is invalid: \(reason)"
        case .conflicting(let one, let other): "\(one) conflicts with \(other)"
        }
    }
}
