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
