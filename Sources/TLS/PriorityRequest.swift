/// Ciphers, groups and signatures as users of OpenSSL and curl name them, to be put into a GnuTLS priority string.
///
/// GnuTLS chooses by key exchange, cipher and authentication, not by suite. Invariant: what is offered is exactly the
/// list that was asked for, or a part of it; a list that cannot be expressed without offering more is refused.
package struct PriorityRequest: Sendable {
    /// Suites for TLS 1.2 and before, or a GnuTLS priority string; nil: the default.
    package var ciphers: String?
    /// Suites for TLS 1.3; nil: the default.
    package var tls13Ciphers: String?
    /// Key exchange groups; nil: the default.
    package var groups: String?
    /// Signature algorithms; nil: the default.
    package var signatures: String?

    /// Asks for the defaults.
    package init() {}

    /// Which of the four lists is at fault, and why.
    package struct Problem: Error, Sendable, Hashable {
        /// One of the lists.
        package enum List: Sendable, Hashable {
            case ciphers
            case tls13Ciphers
            case groups
            case signatures
        }
        /// The list.
        package var list: List
        /// Written to follow the list's text: `holds 'X', which is unknown`.
        package var text: String
    }

    /// Writes what was asked for into `configuration`. A list of CBC suites only also lowers the newest version to TLS
    /// 1.2, which alone knows them. Whether GnuTLS understands a priority string of its own shows when a context is made.
    package func apply(to configuration: inout TLSConfiguration) throws(Problem) {
        var parts: [String] = []
        let for12 = configuration.minimumVersion < .tls1_3
        let for13 = configuration.maximumVersion >= .tls1_3
        let modern = for13 ? try tls13Ciphers.map { text throws(Problem) in try Self.modern(text) } : nil
        if let ciphers, Self.isGnuTLS(ciphers) {
            guard modern == nil else {
                throw Problem(
                    list: .tls13Ciphers,
                    text: "cannot be joined with a GnuTLS priority string: name the ciphers there")
            }
            parts.append(ciphers)
        } else if for12, let ciphers, let list = try OpenSSLList(ciphers) {
            parts += try list.priority(adding: modern ?? [])
            if for13, modern == nil, !list.hasModernCipher { configuration.maximumVersion = .tls1_2 }
        } else if let modern {
            parts += ["-CIPHER-ALL"] + modern.map { "+" + $0 }
        }
        if let groups { parts += ["-GROUP-ALL"] + (try Self.groups(groups)) }
        if let signatures { parts += ["-SIGN-ALL"] + (try Self.signatures(signatures)) }
        if !parts.isEmpty { configuration.priority = parts.joined(separator: ":") }
    }

    /// The names in a list, as they are written.
    static func names(_ text: String) -> [String] {
        text.split { $0 == ":" || $0 == "," || $0 == " " || $0 == ";" }.map(String.init)
    }

    /// Whether the text is written for GnuTLS rather than for OpenSSL.
    static func isGnuTLS(_ text: String) -> Bool {
        if let first = text.utf8.first, "+-%@".utf8.contains(first) { return true }
        let words = ["NORMAL", "PERFORMANCE", "LEGACY", "PFS", "SECURE", "SUITEB", "NONE", "SYSTEM"]
        return words.contains { text.hasPrefix($0) }
    }

    private static let modernCiphers = [
        "TLS_AES_128_GCM_SHA256": "AES-128-GCM", "TLS_AES_256_GCM_SHA384": "AES-256-GCM",
        "TLS_CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305", "TLS_AES_128_CCM_SHA256": "AES-128-CCM",
        "TLS_AES_128_CCM_8_SHA256": "AES-128-CCM-8",
    ]

    private static func modern(_ text: String) throws(Problem) -> [String] {
        var ciphers: [String] = []
        for name in names(text) {
            guard let cipher = modernCiphers[name.uppercased()] else { throw .unknown(name, .tls13Ciphers) }
            if !ciphers.contains(cipher) { ciphers.append(cipher) }
        }
        guard !ciphers.isEmpty else { throw Problem(list: .tls13Ciphers, text: "names no cipher") }
        return ciphers
    }

    private static func groups(_ text: String) throws(Problem) -> [String] {
        let known = [
            "X25519": "X25519", "X448": "X448", "P-256": "SECP256R1", "PRIME256V1": "SECP256R1",
            "SECP256R1": "SECP256R1", "P-384": "SECP384R1", "SECP384R1": "SECP384R1", "P-521": "SECP521R1",
            "SECP521R1": "SECP521R1", "FFDHE2048": "FFDHE2048", "FFDHE3072": "FFDHE3072",
            "FFDHE4096": "FFDHE4096", "FFDHE6144": "FFDHE6144", "FFDHE8192": "FFDHE8192",
        ]
        var parts: [String] = []
        for name in names(text) {
            guard let group = known[name.uppercased()] else { throw .unknown(name, .groups) }
            parts.append("+GROUP-" + group)
        }
        guard !parts.isEmpty else { throw Problem(list: .groups, text: "names no group") }
        return parts
    }

    private static func signatures(_ text: String) throws(Problem) -> [String] {
        // One code point (RFC 8446 §4.2.3) may bear one name for TLS 1.2 and one for 1.3.
        let known = [
            "RSA+SHA256": ["RSA-SHA256"], "RSA_PKCS1_SHA256": ["RSA-SHA256"],
            "RSA+SHA384": ["RSA-SHA384"], "RSA_PKCS1_SHA384": ["RSA-SHA384"],
            "RSA+SHA512": ["RSA-SHA512"], "RSA_PKCS1_SHA512": ["RSA-SHA512"],
            "RSA+SHA1": ["RSA-SHA1"], "RSA_PKCS1_SHA1": ["RSA-SHA1"],
            "ECDSA+SHA256": ["ECDSA-SHA256", "ECDSA-SECP256R1-SHA256"],
            "ECDSA_SECP256R1_SHA256": ["ECDSA-SHA256", "ECDSA-SECP256R1-SHA256"],
            "ECDSA+SHA384": ["ECDSA-SHA384", "ECDSA-SECP384R1-SHA384"],
            "ECDSA_SECP384R1_SHA384": ["ECDSA-SHA384", "ECDSA-SECP384R1-SHA384"],
            "ECDSA+SHA512": ["ECDSA-SHA512", "ECDSA-SECP521R1-SHA512"],
            "ECDSA_SECP521R1_SHA512": ["ECDSA-SHA512", "ECDSA-SECP521R1-SHA512"],
            "ECDSA+SHA1": ["ECDSA-SHA1"],
            "RSA-PSS+SHA256": ["RSA-PSS-RSAE-SHA256", "RSA-PSS-SHA256"],
            "RSA_PSS_RSAE_SHA256": ["RSA-PSS-RSAE-SHA256"], "RSA_PSS_PSS_SHA256": ["RSA-PSS-SHA256"],
            "RSA-PSS+SHA384": ["RSA-PSS-RSAE-SHA384", "RSA-PSS-SHA384"],
            "RSA_PSS_RSAE_SHA384": ["RSA-PSS-RSAE-SHA384"], "RSA_PSS_PSS_SHA384": ["RSA-PSS-SHA384"],
            "RSA-PSS+SHA512": ["RSA-PSS-RSAE-SHA512", "RSA-PSS-SHA512"],
            "RSA_PSS_RSAE_SHA512": ["RSA-PSS-RSAE-SHA512"], "RSA_PSS_PSS_SHA512": ["RSA-PSS-SHA512"],
            "ED25519": ["EDDSA-ED25519"], "ED448": ["EDDSA-ED448"],
        ]
        var parts: [String] = []
        for name in names(text) {
            guard let signatures = known[name.uppercased()] else { throw .unknown(name, .signatures) }
            parts += signatures.map { "+SIGN-" + $0 }
        }
        guard !parts.isEmpty else { throw Problem(list: .signatures, text: "names no algorithm") }
        return parts
    }
}

extension PriorityRequest.Problem {
    static func unknown(_ name: String, _ list: List) -> Self {
        Self(list: list, text: "holds '\(name.prefix(64))', which is unknown")
    }
}

/// A list in OpenSSL's syntax, as far as GnuTLS's syntax can express it.
private struct OpenSSLList {
    /// Named suites in the order of their first mention.
    private var suites: [CipherSuite] = []
    /// GnuTLS's keywords that remove parts of the default.
    private var exclusions: [String] = []

    /// Nil for a list that means the default and takes nothing out of it.
    init?(_ text: String) throws(PriorityRequest.Problem) {
        var hasDefault = false
        for name in PriorityRequest.names(text) {
            let word = name.uppercased()
            if word == "DEFAULT" || word == "HIGH" || word == "ALL" {
                hasDefault = true
            } else if word.hasPrefix("!") || word.hasPrefix("-") {
                guard let words = Self.exclusion(String(word.dropFirst())) else {
                    throw .unknown(name, .ciphers)
                }
                exclusions += words
            } else {
                guard let suite = CipherSuite(named: word) else { throw .unknown(name, .ciphers) }
                if !suites.contains(suite) { suites.append(suite) }
            }
        }
        guard hasDefault || !suites.isEmpty else {
            throw PriorityRequest.Problem(list: .ciphers, text: "names no cipher")
        }
        if hasDefault {
            // Suites that are named beside a whole class add nothing to it, but exclusions count.
            suites = []
            if exclusions.isEmpty { return nil }
        }
        suites.removeAll { suite in exclusions.contains { Self.covers($0, suite) } }
        guard hasDefault || !suites.isEmpty else {
            throw PriorityRequest.Problem(list: .ciphers, text: "excludes everything that it names")
        }
    }

    /// What a class of OpenSSL's is called by GnuTLS; empty for those that the default does not hold anyway.
    private static func exclusion(_ name: String) -> [String]? {
        switch name {
        case "ANULL", "ENULL", "NULL", "EXP", "EXPORT", "LOW", "MEDIUM", "MD5", "RC2", "RC4", "DES", "3DES",
            "DES-CBC3-SHA", "PSK", "SRP", "DSS", "ADSS", "CAMELLIA", "SEED", "IDEA", "ADH", "AECDH", "ARIA",
            "KRB5", "KDH", "KECDH", "ADHE", "GOST", "SSLV2":
            []
        case "KRSA": ["-RSA"]
        case "DHE", "EDH", "KDHE", "KEDH", "DH": ["-DHE-RSA"]
        case "ECDHE", "EECDH", "KECDHE", "KEECDH", "ECDH": ["-ECDHE-RSA", "-ECDHE-ECDSA"]
        case "ECDSA", "AECDSA": ["-ECDHE-ECDSA"]
        case "SHA", "SHA1": ["-SHA1"]
        case "CHACHA20": ["-CHACHA20-POLY1305"]
        case "AESGCM": ["-AES-128-GCM", "-AES-256-GCM"]
        case "AES128": ["-AES-128-GCM", "-AES-128-CBC"]
        case "AES256": ["-AES-256-GCM", "-AES-256-CBC"]
        default: nil
        }
    }

    private static func covers(_ exclusion: String, _ suite: CipherSuite) -> Bool {
        let word = exclusion.dropFirst()
        return suite.exchange == word || suite.cipher == word || suite.mac == word
    }

    private static let modern = [
        "AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305", "AES-128-CCM", "AES-128-CCM-8",
    ]

    /// Whether TLS 1.3 has one of these ciphers.
    var hasModernCipher: Bool {
        suites.isEmpty
            ? !Self.modern.prefix(3).allSatisfy { exclusions.contains("-" + $0) }
            : suites.contains { Self.modern.contains($0.cipher) }
    }

    /// The words of the priority string; `others` are ciphers that TLS 1.3 is to offer.
    func priority(adding others: [String]) throws(PriorityRequest.Problem) -> [String] {
        guard !suites.isEmpty else {
            guard others.isEmpty else {
                throw PriorityRequest.Problem(
                    list: .tls13Ciphers, text: "can only be joined with --ciphers that names single suites")
            }
            return exclusions
        }
        var ciphers = others
        var exchanges: [String] = []
        var macs: [String] = others.isEmpty ? [] : ["AEAD"]
        for suite in suites {
            if !ciphers.contains(suite.cipher) { ciphers.append(suite.cipher) }
            if !exchanges.contains(suite.exchange) { exchanges.append(suite.exchange) }
            if !macs.contains(suite.mac) { macs.append(suite.mac) }
        }
        for exchange in exchanges {
            for cipher in ciphers {
                for mac in macs {
                    let suite = CipherSuite(exchange: exchange, cipher: cipher, mac: mac)
                    guard suite.exists, !suites.contains(suite) else { continue }
                    throw PriorityRequest.Problem(
                        list: others.contains(cipher) ? .tls13Ciphers : .ciphers,
                        text:
                            "cannot be offered without \(suite.name): GnuTLS chooses by key exchange, cipher and hash"
                    )
                }
            }
        }
        return ["-CIPHER-ALL"] + ciphers.map { "+" + $0 } + ["-KX-ALL"] + exchanges.map { "+" + $0 }
            + ["-MAC-ALL"] + macs.map { "+" + $0 }
    }
}
