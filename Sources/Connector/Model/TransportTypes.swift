public import Sockets
public import TLS

/// Why a read or write on a transport failed.
public enum TransportError: Error, Hashable, Sendable {
    /// The kernel's answer, for example a reset.
    case io(Errno)
    /// TLS failed after the handshake: an alert, a broken record.
    case tls(TLSError)
    /// The same in the TLS of an https proxy that the connection leads through.
    case proxyTLS(TLSError)
    /// The transport was closed on this side.
    case closed
}

extension TransportError: CustomStringConvertible {
    /// The cause in words, as it reads at the end of a sentence.
    public var description: String {
        switch self {
        case .io(let error): "\(error)"
        case .tls(let error): "\(error)"
        case .proxyTLS(let error): "TLS with the proxy failed: \(error)"
        case .closed: "the connection was closed on this side"
        }
    }
}

/// What TLS agreed on for one connection.
public struct TLSConnectionInfo: Sendable {
    /// For example `TLS1.3`.
    public var protocolVersion: String
    /// For example `AES-128-GCM`, as the TLS library names it.
    public var cipherSuite: String
    /// The protocol that ALPN chose; nil when the server answered nothing.
    public var applicationProtocol: String?
    /// True when an earlier session was resumed, so that no certificate was sent.
    public var isResumed: Bool
    /// The peer's chain, leaf first, each certificate in DER; empty when there is none.
    public var chain: [[UInt8]]
}
