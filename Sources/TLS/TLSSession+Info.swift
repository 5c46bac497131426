internal import CGnuTLS
internal import Glibc

/// What was agreed on in a handshake, for `--verbose` and `--write-out`.
package struct TLSInfo: Sendable, Hashable {
    /// `TLSv1.2` or `TLSv1.3`, as OpenSSL's and curl's users know it.
    package var version: String
    /// The suite's name in the IANA registry, such as `TLS_AES_128_GCM_SHA256`.
    package var cipherSuite: String
    /// The key exchange group, such as `X25519`; nil for RSA key exchange.
    package var group: String?
}

extension TLSSession {
    /// The peer's certificates as DER, leaf first, as it sent them (or as a resumed session remembers them).
    package var peerChain: [[UInt8]] {
        var count: UInt32 = 0
        guard let list = gnutls_certificate_get_peers(handle, &count) else { return [] }
        return UnsafeBufferPointer(start: list, count: Int(count)).map(\.bytes)
    }

    /// What was agreed on; meaningful after the handshake.
    package var info: TLSInfo {
        let version =
            switch gnutls_protocol_get_version(handle) {
            case GNUTLS_TLS1_0: "TLSv1.0"
            case GNUTLS_TLS1_1: "TLSv1.1"
            case GNUTLS_TLS1_2: "TLSv1.2"
            case GNUTLS_TLS1_3: "TLSv1.3"
            default: "unknown"
            }
        return TLSInfo(
            version: version,
            cipherSuite: gnutls_ciphersuite_get(handle).map { String(cString: $0) } ?? "unknown",
            group: gnutls_group_get_name(gnutls_group_get(handle)).map { String(cString: $0) })
    }

    /// The protocol agreed on by ALPN; nil when the peer did not answer.
    package var negotiatedProtocol: String? {
        var name = gnutls_datum_t()
        guard gnutls_alpn_get_selected_protocol(handle, &name) >= 0 else { return nil }
        return String(decoding: name.bytes, as: UTF8.self)
    }

    /// Whether the handshake resumed an earlier session.
    package var isResumed: Bool {
        gnutls_session_is_resumed(handle) != 0
    }

    /// What a later session to the same host can resume; nil as long as there is nothing.
    ///
    /// With TLS 1.3 a ticket arrives only with or after the first data (RFC 8446 §4.6.1), and each is for one use: ask
    /// again before reusing. The bytes hold keys: guard them like a password.
    package func sessionData() -> [UInt8]? {
        guard resumesSessions, isOpen else { return nil }
        if gnutls_protocol_get_version(handle) == GNUTLS_TLS1_3 {
            // Without a ticket GnuTLS would wait for one.
            guard gnutls_session_get_flags(handle) & GNUTLS_SFLAGS_SESSION_TICKET.rawValue != 0 else {
                return nil
            }
        }
        var data = gnutls_datum_t()
        guard gnutls_session_get_data2(handle, &data) >= 0 else { return nil }
        return ResumptionData.encode(
            isTLS13: gnutls_protocol_get_version(handle) == GNUTLS_TLS1_3, data.take())
    }
}

/// A session to resume, with the version that it spoke.
///
/// A client that offers TLS 1.3 along with a session of TLS 1.2 fails with GnuTLS when the server picks 1.3, as a
/// farm of differently configured servers may. So such a session is offered with its own version as the newest.
struct ResumptionData {
    var version: TLSVersion
    var session: [UInt8]

    /// Nil for what has another form, and for a version that the configuration rules out.
    init?(_ bytes: [UInt8]?, for configuration: TLSConfiguration) {
        guard let bytes, bytes.count > 1 else { return nil }
        switch bytes[0] {
        case 2: version = .tls1_2
        case 3: version = .tls1_3
        default: return nil
        }
        guard version >= configuration.minimumVersion, version <= configuration.maximumVersion else {
            return nil
        }
        session = Array(bytes.dropFirst())
    }

    /// One byte for the version, then GnuTLS's own form.
    static func encode(isTLS13: Bool, _ session: [UInt8]) -> [UInt8] {
        [isTLS13 ? 3 : 2] + session
    }
}
