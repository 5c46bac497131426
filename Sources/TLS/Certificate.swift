internal import CGnuTLS
internal import Glibc

/// A parsed certificate; its handle lives as long as this does.
final class Certificate {
    let handle: gnutls_x509_crt_t

    /// Parses DER; nil when GnuTLS does not accept it.
    init?(der: [UInt8]) {
        GnuTLS.prepare()
        var handle: gnutls_x509_crt_t?
        guard gnutls_x509_crt_init(&handle) >= 0, let handle else { return nil }
        guard der.withDatum({ gnutls_x509_crt_import(handle, &$0, GNUTLS_X509_FMT_DER) }) >= 0 else {
            gnutls_x509_crt_deinit(handle)
            return nil
        }
        self.handle = handle
    }

    deinit {
        gnutls_x509_crt_deinit(handle)
    }

    /// Start of validity, seconds since 1970; -1 when unknown.
    var notBefore: Int { gnutls_x509_crt_get_activation_time(handle) }
    /// End of validity, seconds since 1970; -1 when unknown.
    var notAfter: Int { gnutls_x509_crt_get_expiration_time(handle) }

    /// The subject in RFC 4514 form, on one line.
    var subject: String {
        var datum = gnutls_datum_t()
        return gnutls_x509_crt_get_dn3(handle, &datum, 0) >= 0 ? Self.line(datum.take()) : ""
    }

    /// The issuer in RFC 4514 form, on one line.
    var issuer: String {
        var datum = gnutls_datum_t()
        return gnutls_x509_crt_get_issuer_dn3(handle, &datum, 0) >= 0 ? Self.line(datum.take()) : ""
    }

    /// The subject's common name, or all of the subject without one.
    var commonName: String {
        Self.attribute { gnutls_x509_crt_get_dn_by_oid(handle, "2.5.4.3", 0, 0, $0, $1) } ?? subject
    }

    /// The issuer's common name, or all of the issuer without one.
    var issuerCommonName: String {
        Self.attribute { gnutls_x509_crt_get_issuer_dn_by_oid(handle, "2.5.4.3", 0, 0, $0, $1) } ?? issuer
    }

    /// The serial number, big-endian.
    var serial: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        var size = bytes.count
        guard gnutls_x509_crt_get_serial(handle, &bytes, &size) >= 0 else { return [] }
        return Array(bytes.prefix(size))
    }

    /// What it is valid for.
    var subjectNames: SubjectNames {
        var datum = gnutls_datum_t()
        guard gnutls_x509_crt_get_extension_by_oid2(handle, "2.5.29.17", 0, &datum, nil) >= 0 else {
            return SubjectNames()
        }
        return SubjectNames(extension: datum.take())
    }

    /// The same in text: DNS names, then addresses.
    var alternativeNames: [String] {
        let names = subjectNames
        return names.dnsNames.map(Self.line) + names.addresses.map(Self.address)
    }

    /// The DER of the SubjectPublicKeyInfo.
    var subjectPublicKeyInfo: [UInt8]? {
        var key: gnutls_pubkey_t?
        guard gnutls_pubkey_init(&key) >= 0, let key else { return nil }
        defer { gnutls_pubkey_deinit(key) }
        var datum = gnutls_datum_t()
        guard gnutls_pubkey_import_x509(key, handle, 0) >= 0,
            gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &datum) >= 0
        else { return nil }
        return datum.take()
    }

    /// Whether it names itself as its issuer.
    var isSelfIssued: Bool {
        gnutls_x509_crt_check_issuer(handle, handle) != 0
    }

    private static func attribute(_ get: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>) -> CInt)
        -> String?
    {
        var buffer = [UInt8](repeating: 0, count: 512)
        var size = buffer.count
        guard buffer.withUnsafeMutableBytes({ get($0.baseAddress, &size) }) >= 0 else { return nil }
        return line(Array(buffer.prefix(size)))
    }

    private static func address(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard bytes.count == 4 || bytes.count == 16,
            inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil
        else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Text from a certificate for messages. Its maker must not get control characters onto a terminal.
    private static func line(_ bytes: [UInt8]) -> String {
        var text = ""
        for scalar in String(decoding: bytes.prefix(512), as: UTF8.self).unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return text
    }
}

/// What a certificate says, for people and for `--write-out`.
package struct CertificateInfo: Sendable, Hashable {
    /// The subject in RFC 4514 form.
    package var subject: String
    /// The issuer in RFC 4514 form.
    package var issuer: String
    /// Start of validity, seconds since 1970.
    package var notBefore: Int
    /// End of validity, seconds since 1970.
    package var notAfter: Int
    /// The serial number in lower-case hexadecimal digits.
    package var serial: String
    /// The DNS names and addresses that it is valid for.
    package var names: [String]
    /// The certificate itself.
    package var der: [UInt8]
    /// The SHA-256 of ``der``.
    package var fingerprint: Fingerprint
    /// The SHA-256 of its public key; nil for a kind of key that GnuTLS does not know.
    package var publicKeyPin: PublicKeyPin?

    /// Reads a certificate; nil when it cannot be parsed.
    package init?(der: [UInt8]) {
        guard let certificate = Certificate(der: der) else { return nil }
        subject = certificate.subject
        issuer = certificate.issuer
        notBefore = certificate.notBefore
        notAfter = certificate.notAfter
        serial = certificate.serial.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        names = certificate.alternativeNames
        self.der = der
        fingerprint = Fingerprint(ofDER: der)
        publicKeyPin = certificate.subjectPublicKeyInfo.map(PublicKeyPin.init(ofSubjectPublicKeyInfo:))
    }

    /// The certificate as PEM text.
    package var pem: String {
        var text = "-----BEGIN CERTIFICATE-----\n"
        var rest = Base64.encode(der)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END CERTIFICATE-----\n"
    }
}
