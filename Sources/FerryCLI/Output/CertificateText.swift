import Connector

/// The certificates of a chain for `%{certs}`: a few fields of each in the words that curl's users know, then its PEM.
enum CertificateText {
    /// The text for DER certificates, leaf first; those that cannot be parsed are left out.
    static func text(_ chain: [[UInt8]]) -> String {
        chain.compactMap(CertificateInfo.init(der:)).map(text).joined()
    }

    private static func text(_ certificate: CertificateInfo) -> String {
        var text = "Subject:\(certificate.subject)\nIssuer:\(certificate.issuer)\n"
        text += "Serial Number:\(certificate.serial)\n"
        if !certificate.names.isEmpty {
            let names = certificate.names.map {
                (OptionValue.address($0[...]) == nil ? "DNS:" : "IP Address:") + $0
            }
            text += "X509v3 Subject Alternative Name:\(names.joined(separator: ", "))\n"
        }
        text += "Start date:\(date(certificate.notBefore))\nExpire date:\(date(certificate.notAfter))\n"
        return text + certificate.pem
    }

    /// `Nov 27 12:00:00 2026 GMT`.
    static func date(_ seconds: Int) -> String {
        WallTime(seconds: seconds, microseconds: 0).formattedUTC("%b %e %H:%M:%S %Y GMT")
    }
}

extension CertificateProblem {
    /// The number of this problem among OpenSSL's `X509_V_ERR_` constants.
    var verifyResult: Int {
        switch self {
        case .badSignature: 7
        case .notYetValid: 9
        case .expired: 10
        case .revocationListOutdated: 12
        case .selfSigned: 18
        case .unknownIssuer: 20
        case .chainTooLong: 22
        case .revoked: 23
        case .issuerNotAuthority: 24
        case .wrongPurpose: 26
        case .untrusted: 27
        case .unknownCriticalExtension: 34
        case .constraintViolated: 47
        case .nameMismatch, .namesMissing: 62
        case .insecureAlgorithm: 68
        case .statusMissing: 73
        case .statusInvalid: 74
        case .statusNotGood: 75
        case .malformed, .missing: 1
        }
    }
}
