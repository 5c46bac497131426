internal import CGnuTLS

/// What a session shows its peer: nothing, or a certificate with its key. Owned.
final class Credentials {
    let handle: gnutls_certificate_credentials_t

    init() throws(TLSError) {
        var handle: gnutls_certificate_credentials_t?
        let result = gnutls_certificate_allocate_credentials(&handle)
        guard result >= 0, let handle else {
            throw .configuration(.library, path: nil, text: "GnuTLS cannot start: \(GnuTLS.text(result))")
        }
        self.handle = handle
    }

    deinit {
        gnutls_certificate_free_credentials(handle)
    }

    /// Reads a client's certificate and key, and returns the digest of both: of a token's URIs, otherwise of the content of
    /// the files.
    func load(_ identity: ClientIdentity) throws(TLSError) -> [UInt8] {
        if identity.certificate.hasPrefix("pkcs11:") || identity.key?.hasPrefix("pkcs11:") ?? false {
            try loadToken(identity)
            return SHA256.digest(Array("\(identity.certificate)\n\(identity.key ?? "")".utf8))
        }
        let certificate = try Self.read(identity.certificate, .certificate, "the client certificate")
        switch identity.format {
        case .p12:
            let result = certificate.withDatum { container in
                // One without a password has the empty one.
                identity.withPassword(orEmpty: true) {
                    gnutls_certificate_set_x509_simple_pkcs12_mem(
                        handle, &container, GNUTLS_X509_FMT_DER, $0)
                }
            }
            if result < 0 { throw Self.failure(result, identity, inKey: false) }
            return SHA256.digest(certificate)
        case .pem, .der:
            let key = try identity.key.map { path throws(TLSError) in
                try Self.read(path, .key, "the private key")
            }
            if let key, let keyFormat = identity.keyFormat, keyFormat != identity.format {
                try load(certificate: certificate, key: key, keyFormat: keyFormat, identity)
            } else {
                try load(certificate: certificate, key: key ?? certificate, identity)
            }
            return SHA256.digest(SHA256.digest(certificate) + (key.map(SHA256.digest) ?? []))
        }
    }

    /// Takes a certificate chain and its key as PEM text.
    func load(certificatePEM: [UInt8], keyPEM: [UInt8]) throws(TLSError) {
        try load(certificate: certificatePEM, key: keyPEM, ClientIdentity(certificate: "memory"))
    }

    private func load(certificate: [UInt8], key: [UInt8], _ identity: ClientIdentity) throws(TLSError) {
        let format = identity.format == .der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM
        guard Self.holdsCertificate(certificate, format) else {
            throw .configuration(
                .certificate, path: identity.certificate, text: "no certificate in '\(identity.certificate)'")
        }
        let result = certificate.withDatum { certificate in
            key.withDatum { key in
                identity.withPassword {
                    gnutls_certificate_set_x509_key_mem2(handle, &certificate, &key, format, $0, 0)
                }
            }
        }
        if result < 0 { throw Self.failure(result, identity, inKey: true) }
    }

    /// Takes a chain and a key of unlike formats.
    private func load(
        certificate: [UInt8], key: [UInt8], keyFormat: ClientIdentity.Format, _ identity: ClientIdentity
    ) throws(TLSError) {
        let chain = Self.chain(certificate, identity.format)
        guard !chain.isEmpty else {
            throw .configuration(
                .certificate, path: identity.certificate, text: "no certificate in '\(identity.certificate)'")
        }
        var privateKey: gnutls_x509_privkey_t?
        guard gnutls_x509_privkey_init(&privateKey) >= 0, let privateKey else {
            throw Self.failure(GNUTLS_E_MEMORY_ERROR, identity, inKey: true)
        }
        defer { gnutls_x509_privkey_deinit(privateKey) }
        let format = keyFormat == .der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM
        var result = key.withDatum { key in
            identity.withPassword { gnutls_x509_privkey_import2(privateKey, &key, format, $0, 0) }
        }
        if result >= 0 {
            var handles: [gnutls_x509_crt_t?] = chain.map(\.handle)
            result = withExtendedLifetime(chain) {
                gnutls_certificate_set_x509_key(handle, &handles, CInt(handles.count), privateKey)
            }
        }
        if result < 0 { throw Self.failure(result, identity, inKey: true) }
    }

    private static func chain(_ bytes: [UInt8], _ format: ClientIdentity.Format) -> [Certificate] {
        guard format == .pem else { return Certificate(der: bytes).map { [$0] } ?? [] }
        return bytes.withUnsafeBytes { text in
            var scanner = PEMScanner(text)
            var chain: [Certificate] = []
            while let body = scanner.next() {
                guard let der = Base64.decode(UnsafeRawBufferPointer(rebasing: text[body])),
                    let certificate = Certificate(der: der)
                else { return [] }
                chain.append(certificate)
            }
            return chain
        }
    }

    /// A key on a smart card or another token: GnuTLS finds certificate and key by their URIs.
    private func loadToken(_ identity: ClientIdentity) throws(TLSError) {
        let result = identity.withPassword {
            gnutls_certificate_set_x509_key_file2(
                handle, identity.certificate, identity.key ?? identity.certificate, GNUTLS_X509_FMT_PEM, $0, 0
            )
        }
        if result < 0 { throw Self.failure(result, identity, inKey: false) }
    }

    private static func holdsCertificate(_ bytes: [UInt8], _ format: gnutls_x509_crt_fmt_t) -> Bool {
        var certificate: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&certificate) >= 0, let certificate else { return false }
        defer { gnutls_x509_crt_deinit(certificate) }
        return bytes.withDatum { gnutls_x509_crt_import(certificate, &$0, format) } >= 0
    }

    private static func read(
        _ path: String, _ problem: ConfigurationProblem, _ what: String
    ) throws(TLSError) -> [UInt8] {
        do {
            return try FileReader.read(path)
        } catch {
            throw .unreadable(problem, what, path, error.errno)
        }
    }

    private static func failure(_ code: CInt, _ identity: ClientIdentity, inKey: Bool) -> TLSError {
        let path = inKey ? identity.key ?? identity.certificate : identity.certificate
        switch code {
        case GNUTLS_E_CERTIFICATE_KEY_MISMATCH:
            return .configuration(
                .keyMismatch, path: path,
                text: "private key in '\(path)' does not belong to the certificate '\(identity.certificate)'")
        case GNUTLS_E_DECRYPTION_FAILED, GNUTLS_E_INVALID_PASSWORD, GNUTLS_E_INVALID_PASSWORD_STRING,
            GNUTLS_E_MAC_VERIFY_FAILED, GNUTLS_E_PKCS11_PIN_ERROR, GNUTLS_E_PKCS11_PIN_LOCKED:
            let isMissing = identity.passwordBytes == nil
            return .configuration(
                .password, path: path,
                text: isMissing
                    ? "'\(path)' is encrypted and no password was given"
                    : "the password does not open '\(path)'")
        default:
            return .configuration(
                inKey ? .key : .certificate, path: path,
                text: "no \(inKey ? "private key" : "certificate") in '\(path)' (\(GnuTLS.text(code)))")
        }
    }
}

extension ClientIdentity {
    /// Calls `body`, which returns a code of GnuTLS, with the password as C has it; without one with nil or an empty one.
    fileprivate func withPassword(
        orEmpty: Bool = false, _ body: (UnsafePointer<CChar>?) -> CInt
    ) -> CInt {
        guard let bytes = passwordBytes ?? (orEmpty ? [] : nil) else { return body(nil) }
        func call(_ bytes: [UInt8]) -> CInt {
            (bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { body($0.baseAddress) }
        }
        let result = call(bytes)
        guard result < 0, String(validating: bytes, as: UTF8.self) == nil else { return result }
        // The older ciphers of keys, and containers, take passwords as text: others read such bytes as ISO-8859-1 then.
        let scalars = bytes.map { Character(Unicode.Scalar($0)) }
        let other = call(Array(String(scalars).utf8))
        return other >= 0 || result == GNUTLS_E_MEMORY_ERROR ? other : result
    }
}
