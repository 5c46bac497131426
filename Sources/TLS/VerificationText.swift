/// Puts what is wrong with a certificate into one line for the user.
struct VerificationText {
    /// The peer's certificates, leaf first.
    var chain: [Certificate]
    var host: CertificateHost

    /// All problems, the most telling first, joined by semicolons.
    func describe(_ problems: Set<CertificateProblem>) -> String {
        problems.sorted().map(describe).joined(separator: "; ")
    }

    private func describe(_ problem: CertificateProblem) -> String {
        switch problem {
        case .nameMismatch: "certificate is not valid for '\(host.text)' (\(names))"
        case .namesMissing: "certificate has no subject alternative name\(commonName)"
        case .expired: expiry
        case .notYetValid: beginning
        case .selfSigned: "certificate is self-signed and not trusted"
        case .unknownIssuer: "certificate's issuer '\(missingIssuer)' is not trusted"
        case .issuerNotAuthority: "certificate's issuer may not issue certificates"
        case .constraintViolated: "certificate breaks a constraint of its issuer"
        case .badSignature: "certificate's signature is wrong"
        case .insecureAlgorithm: "certificate uses a key or signature that is too weak"
        case .wrongPurpose: "certificate is not meant for TLS servers"
        case .revoked: "certificate was revoked by its issuer"
        case .revocationListOutdated: "revocation list of the certificate's issuer is out of date"
        case .unknownCriticalExtension: "certificate has a critical extension that is not understood"
        case .statusMissing: "server sent no OCSP answer about its certificate"
        case .statusInvalid: "server's OCSP answer cannot be used"
        case .statusNotGood: "server's OCSP answer does not call the certificate good"
        case .chainTooLong: "certificate chain is too long"
        case .malformed: "certificate cannot be parsed"
        case .missing: "server sent no certificate"
        case .untrusted: "certificate is not trusted"
        }
    }

    /// The hosts that the leaf is for; a few, since some certificates name hundreds.
    private var names: String {
        guard let leaf = chain.first else { return "it names no host" }
        let names = leaf.alternativeNames
        switch names.count {
        case 0: return "it names no host"
        case 1...4: return "it names \(names.joined(separator: ", "))"
        default: return "it names \(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
        }
    }

    /// The common name, which may have been taken for the host's.
    private var commonName: String {
        guard let name = chain.first?.commonName, !name.isEmpty else { return "" }
        return ", and its common name '\(name)' does not count"
    }

    private var expiry: String {
        let now = VerificationClock.now
        guard let index = chain.firstIndex(where: { $0.notAfter < now }) else {
            return "certificate of a trusted authority expired"
        }
        let day = CalendarDay(secondsSince1970: chain[index].notAfter)
        return index == 0
            ? "certificate expired on \(day)"
            : "certificate of the issuer '\(chain[index].commonName)' expired on \(day)"
    }

    private var beginning: String {
        let now = VerificationClock.now
        guard let index = chain.firstIndex(where: { $0.notBefore > now }) else {
            return "certificate of a trusted authority is not yet valid"
        }
        let day = CalendarDay(secondsSince1970: chain[index].notBefore)
        return index == 0
            ? "certificate is not valid before \(day)"
            : "certificate of the issuer '\(chain[index].commonName)' is not valid before \(day)"
    }

    /// Follows the issuers through the chain as far as it goes.
    private var missingIssuer: String {
        guard var current = chain.first else { return "" }
        for _ in chain {
            let issuer = current.issuer
            guard let next = chain.first(where: { $0 !== current && $0.subject == issuer }) else { break }
            current = next
        }
        return current.issuerCommonName
    }
}

/// A day in Greenwich, printed as `2024-05-01`.
struct CalendarDay: CustomStringConvertible {
    var secondsSince1970: Int

    var description: String {
        // Days since 0000-03-01, so that leap days end a year (proleptic Gregorian calendar, 400-year cycles).
        let days = Int((Double(secondsSince1970) / 86400).rounded(.down)) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
