internal import CGnuTLS
internal import Glibc

/// What a client checks of the peer before it moves data.
struct PeerChecks {
    /// Nil when the chain is not verified.
    var verification: TLSVerification?
    var fingerprints: [Fingerprint] = []
    var publicKeyPins: [PublicKeyPin] = []
    var requiresGoodStatus = false

    /// No checks.
    init() {}

    init(_ context: TLSContext) {
        verification = context.verification
        fingerprints = context.configuration.fingerprints
        publicKeyPins = context.configuration.publicKeyPins
        requiresGoodStatus = context.configuration.requiresGoodStatus
    }

    var isEmpty: Bool {
        verification == nil && fingerprints.isEmpty && publicKeyPins.isEmpty && !requiresGoodStatus
    }
}

extension TLSSession {
    static func makeHandle(_ flags: UInt32, _ priorities: Priorities, _ credentials: Credentials)
        throws(TLSError) -> gnutls_session_t
    {
        var handle: gnutls_session_t?
        var result = gnutls_init(&handle, flags | GNUTLS_NONBLOCK.rawValue | GNUTLS_NO_SIGNAL.rawValue)
        guard result >= 0, let handle else {
            throw .configuration(.library, path: nil, text: "GnuTLS makes no session: \(GnuTLS.text(result))")
        }
        result = gnutls_priority_set(handle, priorities.handle)
        if result >= 0 {
            result = gnutls_credentials_set(
                handle, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials.handle))
        }
        guard result >= 0 else {
            gnutls_deinit(handle)
            throw .configuration(.library, path: nil, text: "GnuTLS makes no session: \(GnuTLS.text(result))")
        }
        return handle
    }

    func attach() {
        // Unretained: GnuTLS calls back only from within calls that a live session makes.
        gnutls_transport_set_ptr(handle, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(handle) { pointer, target, count in
            guard let pointer, let target else { return -1 }
            let session = Unmanaged<TLSSession>.fromOpaque(pointer).takeUnretainedValue()
            var number: CInt = 0
            let result = session.channel.pull(target, count, errorNumber: &number)
            if result < 0 { gnutls_transport_set_errno(session.handle, number) }
            return result
        }
        gnutls_transport_set_vec_push_function(handle) { pointer, vectors, count in
            guard let pointer, let vectors else { return -1 }
            let session = Unmanaged<TLSSession>.fromOpaque(pointer).takeUnretainedValue()
            var number: CInt = 0
            let result = session.channel.push(vectors, Int(count), errorNumber: &number)
            if result < 0 { gnutls_transport_set_errno(session.handle, number) }
            return result
        }
        // GnuTLS would poll the pointer as if it were a descriptor; nothing here may wait.
        gnutls_transport_set_pull_timeout_function(handle) { _, _ in 0 }
        gnutls_handshake_set_max_packet_length(handle, 128 << 10)
    }

    func offerProtocols(flags: UInt32) {
        guard !offeredProtocols.isEmpty else { return }
        let names = offeredProtocols.map { Array($0.utf8) }
        names.flatMap(\.self).withUnsafeBufferPointer { bytes in
            var offset = 0
            let list = names.map { name in
                defer { offset += name.count }
                return gnutls_datum_t(
                    data: UnsafeMutablePointer(mutating: bytes.baseAddress.map { $0 + offset }),
                    size: UInt32(name.count))
            }
            _ = gnutls_alpn_set_protocols(handle, list, UInt32(list.count), flags)
        }
    }
}
