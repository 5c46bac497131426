import CGnuTLS
import Glibc
import TLS

/// A certificate made for a test, with its private key.
public struct TestCertificate: Sendable {
    /// The certificate alone, as PEM text.
    public let certificatePEM: String
    /// The private key, unencrypted, as PEM text.
    public let keyPEM: String
    /// The certificate's DER bytes.
    public let der: [UInt8]

    /// The certificate followed by those that signed it, as a server sends them.
    public func chainPEM(_ issuers: TestCertificate...) -> String {
        ([self] + issuers).map(\.certificatePEM).joined()
    }

    /// The private key as encrypted PEM text.
    public func encryptedKeyPEM(password: String) -> String {
        TestCertificates.encryptedKey(self, password)
    }

    /// Certificate and key in a PKCS #12 container.
    public func container(password: String) -> [UInt8] {
        TestCertificates.container(self, password)
    }
}

/// Makes certificates in memory: authorities, leaves that they sign and self-signed ones.
///
/// Dates are seconds since 1970 and default to a validity from an hour ago until ten days from now.
public enum TestCertificates {
    /// The kind of private key a certificate gets; ECDSA P-256 is by far the fastest to make.
    public enum Key: Sendable {
        case ecdsa
        case ed25519
        case rsa(bits: UInt32)
    }

    /// What the extended key usage of a leaf says.
    public enum Purpose: Sendable {
        case server
        case client
        /// No such extension: good for everything.
        case any
    }

    /// Makes an authority: a root, or an intermediate when `issuer` is given.
    ///
    /// With `permitted` or `excluded` it may sign for those DNS names and what is below them only, or for all others.
    public static func authority(
        name: String = "Test Root", issuer: TestCertificate? = nil, key: Key = .ecdsa, notBefore: Int? = nil,
        notAfter: Int? = nil, permitted: [String] = [], excluded: [String] = []
    ) -> TestCertificate {
        make(
            commonName: name, names: [], addresses: [], issuer: issuer, isAuthority: true, purpose: .any,
            key: key,
            reusingKeyOf: nil, notBefore: notBefore, notAfter: notAfter
        ) { constrain($0, permitted, excluded) }
    }

    /// Makes a second certificate for an authority's name and key: signed by another issuer (a cross-signature) or renewed.
    public static func crossSigned(
        _ name: String, keyOf other: TestCertificate, issuer: TestCertificate, notBefore: Int? = nil,
        notAfter: Int? = nil, permitted: [String] = []
    ) -> TestCertificate {
        make(
            commonName: name, names: [], addresses: [], issuer: issuer, isAuthority: true, purpose: .any,
            key: .ecdsa,
            reusingKeyOf: other, notBefore: notBefore, notAfter: notAfter
        ) { constrain($0, permitted, []) }
    }

    /// Makes a leaf certificate.
    ///
    /// - Parameters:
    ///   - names: DNS names for the subject alternative names, wildcards included.
    ///   - addresses: IPv4 and IPv6 addresses in text for the subject alternative names.
    ///   - issuer: who signs; nil makes a self-signed certificate.
    ///   - commonName: the subject's name; the first of `names` unless given.
    ///   - purpose: the extended key usage.
    ///   - key: the kind of key.
    ///   - notBefore: start of validity, seconds since 1970.
    ///   - notAfter: end of validity, seconds since 1970.
    ///   - criticalExtension: the identifier of an extension to add that nobody knows and that is marked critical.
    /// - Returns: the certificate with its key.
    public static func leaf(
        names: [String] = ["localhost"], addresses: [String] = [], issuer: TestCertificate? = nil,
        commonName: String? = nil, purpose: Purpose = .server, key: Key = .ecdsa, notBefore: Int? = nil,
        notAfter: Int? = nil, criticalExtension: String? = nil
    ) -> TestCertificate {
        make(
            commonName: commonName ?? names.first ?? addresses.first ?? "leaf", names: names,
            addresses: addresses,
            issuer: issuer, isAuthority: false, purpose: purpose, key: key, reusingKeyOf: nil,
            notBefore: notBefore,
            notAfter: notAfter
        ) { certificate in
            guard let criticalExtension else { return }
            check(
                gnutls_x509_crt_set_extension_by_oid(
                    certificate, criticalExtension, [UInt8](arrayLiteral: 5, 0), 2, 1))
        }
    }

    private static func constrain(
        _ certificate: gnutls_x509_crt_t, _ permitted: [String], _ excluded: [String]
    ) {
        guard !permitted.isEmpty || !excluded.isEmpty else { return }
        var constraints: gnutls_x509_name_constraints_t?
        check(gnutls_x509_name_constraints_init(&constraints))
        defer { gnutls_x509_name_constraints_deinit(constraints) }
        for name in permitted {
            withDatum(Array(name.utf8)) {
                check(gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_DNSNAME, $0))
            }
        }
        for name in excluded {
            withDatum(Array(name.utf8)) {
                check(gnutls_x509_name_constraints_add_excluded(constraints, GNUTLS_SAN_DNSNAME, $0))
            }
        }
        check(gnutls_x509_crt_set_name_constraints(certificate, constraints, 1))
    }

    /// Makes a revocation list as PEM text, valid from an hour ago for ten days unless dates are given.
    public static func revocationList(
        issuer: TestCertificate, revoked: [TestCertificate], thisUpdate: Int? = nil, nextUpdate: Int? = nil
    ) -> String {
        GnuTLS.prepare()
        var list: gnutls_x509_crl_t?
        check(gnutls_x509_crl_init(&list))
        defer { gnutls_x509_crl_deinit(list) }
        let now = time(nil)
        check(gnutls_x509_crl_set_version(list, 2))
        check(gnutls_x509_crl_set_this_update(list, thisUpdate ?? now - 3600))
        check(gnutls_x509_crl_set_next_update(list, nextUpdate ?? now + 864_000))
        check(gnutls_x509_crl_set_number(list, [UInt8](arrayLiteral: 1), 1))
        for certificate in revoked {
            let parsed = imported(certificate)
            defer { gnutls_x509_crt_deinit(parsed) }
            check(gnutls_x509_crl_set_crt(list, parsed, now - 3600))
        }
        let issuerCertificate = imported(issuer)
        defer { gnutls_x509_crt_deinit(issuerCertificate) }
        let key = importKey(issuer.keyPEM)
        defer { gnutls_x509_privkey_deinit(key) }
        check(gnutls_x509_crl_sign2(list, issuerCertificate, key, GNUTLS_DIG_SHA256, 0))
        var datum = gnutls_datum_t()
        check(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &datum))
        return String(decoding: takeBytes(datum), as: UTF8.self)
    }

    fileprivate static func encryptedKey(_ certificate: TestCertificate, _ password: String) -> String {
        let key = importKey(certificate.keyPEM)
        defer { gnutls_x509_privkey_deinit(key) }
        var datum = gnutls_datum_t()
        let flags = UInt32(GNUTLS_PKCS_PBES2_AES_128.rawValue)
        check(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, password, flags, &datum))
        return String(decoding: takeBytes(datum), as: UTF8.self)
    }

    fileprivate static func container(_ certificate: TestCertificate, _ password: String) -> [UInt8] {
        let parsed = imported(certificate)
        defer { gnutls_x509_crt_deinit(parsed) }
        let key = importKey(certificate.keyPEM)
        defer { gnutls_x509_privkey_deinit(key) }
        var container: gnutls_pkcs12_t?
        var bag: gnutls_pkcs12_bag_t?
        check(gnutls_pkcs12_init(&container))
        check(gnutls_pkcs12_bag_init(&bag))
        defer {
            gnutls_pkcs12_bag_deinit(bag)
            gnutls_pkcs12_deinit(container)
        }
        var size = 20
        var identifier = [UInt8](repeating: 0, count: size)
        check(gnutls_x509_crt_get_key_id(parsed, 0, &identifier, &size))
        withDatum(Array(identifier.prefix(size))) { identifier in
            check(
                gnutls_pkcs12_bag_set_key_id(bag, UInt32(gnutls_pkcs12_bag_set_crt(bag, parsed)), identifier))
        }
        check(gnutls_pkcs12_set_bag(container, bag))
        var keyBag: gnutls_pkcs12_bag_t?
        check(gnutls_pkcs12_bag_init(&keyBag))
        defer { gnutls_pkcs12_bag_deinit(keyBag) }
        var datum = gnutls_datum_t()
        let flags = UInt32(GNUTLS_PKCS_PBES2_AES_128.rawValue)
        check(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, password, flags, &datum))
        withDatum(takeBytes(datum)) { key in
            let index = gnutls_pkcs12_bag_set_data(keyBag, GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, key)
            withDatum(Array(identifier.prefix(size))) {
                check(gnutls_pkcs12_bag_set_key_id(keyBag, UInt32(index), $0))
            }
        }
        check(gnutls_pkcs12_set_bag(container, keyBag))
        check(gnutls_pkcs12_generate_mac(container, password))
        var output = gnutls_datum_t()
        check(gnutls_pkcs12_export2(container, GNUTLS_X509_FMT_DER, &output))
        return takeBytes(output)
    }

    private static func imported(_ certificate: TestCertificate) -> gnutls_x509_crt_t {
        let parsed = emptyCertificate()
        withDatum(certificate.der) { check(gnutls_x509_crt_import(parsed, $0, GNUTLS_X509_FMT_DER)) }
        return parsed
    }

    private static func make(
        commonName: String, names: [String], addresses: [String], issuer: TestCertificate?, isAuthority: Bool,
        purpose: Purpose, key: Key, reusingKeyOf keyOwner: TestCertificate?, notBefore: Int?, notAfter: Int?,
        extending extend: (gnutls_x509_crt_t) -> Void = { _ in }
    ) -> TestCertificate {
        GnuTLS.prepare()
        let privateKey = keyOwner.map { importKey($0.keyPEM) } ?? makeKey(key)
        defer { gnutls_x509_privkey_deinit(privateKey) }
        let certificate = emptyCertificate()
        defer { gnutls_x509_crt_deinit(certificate) }

        check(gnutls_x509_crt_set_version(certificate, 3))
        check(gnutls_x509_crt_set_key(certificate, privateKey))
        var serial = (0..<8).map { _ in UInt8.random(in: 0...255) }
        serial[0] = serial[0] & 0x7F | 0x40
        check(gnutls_x509_crt_set_serial(certificate, serial, serial.count))
        let now = time(nil)
        check(gnutls_x509_crt_set_activation_time(certificate, notBefore ?? now - 3600))
        check(gnutls_x509_crt_set_expiration_time(certificate, notAfter ?? now + 864_000))
        let name = Array(commonName.utf8)
        check(gnutls_x509_crt_set_dn_by_oid(certificate, "2.5.4.3", 0, name, UInt32(name.count)))

        for name in names {
            let bytes = Array(name.utf8)
            check(
                gnutls_x509_crt_set_subject_alt_name(
                    certificate, GNUTLS_SAN_DNSNAME, bytes, UInt32(bytes.count), UInt32(GNUTLS_FSAN_APPEND)))
        }
        for address in addresses {
            let bytes = addressBytes(address)
            check(
                gnutls_x509_crt_set_subject_alt_name(
                    certificate, GNUTLS_SAN_IPADDRESS, bytes, UInt32(bytes.count), UInt32(GNUTLS_FSAN_APPEND))
            )
        }

        check(gnutls_x509_crt_set_ca_status(certificate, isAuthority ? 1 : 0))
        if isAuthority {
            let usage = GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
            check(gnutls_x509_crt_set_key_usage(certificate, UInt32(usage)))
        } else {
            check(gnutls_x509_crt_set_key_usage(certificate, UInt32(GNUTLS_KEY_DIGITAL_SIGNATURE)))
        }
        switch purpose {
        case .server:
            check(gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0))
        case .client:
            check(gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_CLIENT, 0))
        case .any:
            break
        }
        extend(certificate)

        if let issuer {
            let issuerCertificate = emptyCertificate()
            defer { gnutls_x509_crt_deinit(issuerCertificate) }
            withDatum(issuer.der) {
                check(gnutls_x509_crt_import(issuerCertificate, $0, GNUTLS_X509_FMT_DER))
            }
            let issuerKey = importKey(issuer.keyPEM)
            defer { gnutls_x509_privkey_deinit(issuerKey) }
            sign(certificate, by: issuerCertificate, issuerKey)
        } else {
            sign(certificate, by: certificate, privateKey)
        }
        return TestCertificate(
            certificatePEM: String(decoding: export(certificate, GNUTLS_X509_FMT_PEM), as: UTF8.self),
            keyPEM: String(decoding: exportKey(privateKey), as: UTF8.self),
            der: export(certificate, GNUTLS_X509_FMT_DER))
    }

    private static func sign(
        _ certificate: gnutls_x509_crt_t, by issuer: gnutls_x509_crt_t, _ key: gnutls_x509_privkey_t
    ) {
        // Ed25519 brings its own digest; GnuTLS wants to hear SHA-512 for it.
        let digest = gnutls_x509_privkey_get_pk_algorithm(key) == GNUTLS_PK_EDDSA_ED25519.rawValue
        check(
            gnutls_x509_crt_sign2(certificate, issuer, key, digest ? GNUTLS_DIG_SHA512 : GNUTLS_DIG_SHA256, 0)
        )
    }

    private static func emptyCertificate() -> gnutls_x509_crt_t {
        var certificate: gnutls_x509_crt_t?
        check(gnutls_x509_crt_init(&certificate))
        guard let certificate else { preconditionFailure("GnuTLS made no certificate") }
        return certificate
    }

    private static func makeKey(_ kind: Key) -> gnutls_x509_privkey_t {
        var key: gnutls_x509_privkey_t?
        check(gnutls_x509_privkey_init(&key))
        guard let key else { preconditionFailure("GnuTLS made no key") }
        switch kind {
        case .ecdsa:
            let bits = UInt32(1) << 31 | GNUTLS_ECC_CURVE_SECP256R1.rawValue
            check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, bits, 0))
        case .ed25519:
            check(gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519, 256, 0))
        case .rsa(let bits):
            check(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, bits, 0))
        }
        return key
    }

    private static func importKey(_ pem: String) -> gnutls_x509_privkey_t {
        var key: gnutls_x509_privkey_t?
        check(gnutls_x509_privkey_init(&key))
        guard let key else { preconditionFailure("GnuTLS made no key") }
        withDatum(Array(pem.utf8)) { check(gnutls_x509_privkey_import(key, $0, GNUTLS_X509_FMT_PEM)) }
        return key
    }

    private static func export(_ certificate: gnutls_x509_crt_t, _ format: gnutls_x509_crt_fmt_t) -> [UInt8] {
        var datum = gnutls_datum_t()
        check(gnutls_x509_crt_export2(certificate, format, &datum))
        return takeBytes(datum)
    }

    private static func exportKey(_ key: gnutls_x509_privkey_t) -> [UInt8] {
        var datum = gnutls_datum_t()
        check(
            gnutls_x509_privkey_export2_pkcs8(
                key, GNUTLS_X509_FMT_PEM, nil, UInt32(GNUTLS_PKCS_PLAIN.rawValue), &datum))
        return takeBytes(datum)
    }

    private static func takeBytes(_ datum: gnutls_datum_t) -> [UInt8] {
        defer { free(datum.data) }
        return Array(UnsafeBufferPointer(start: datum.data, count: Int(datum.size)))
    }

    private static func withDatum(_ bytes: [UInt8], _ body: (UnsafePointer<gnutls_datum_t>) -> Void) {
        bytes.withUnsafeBufferPointer { buffer in
            var datum = gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: buffer.baseAddress), size: UInt32(buffer.count))
            body(&datum)
        }
    }

    private static func addressBytes(_ text: String) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        precondition(inet_pton(AF_INET6, text, &bytes) == 1, "not an address: \(text)")
        return bytes
    }

    private static func check(_ code: CInt) {
        precondition(code >= 0, "GnuTLS: \(code)")
    }
}
