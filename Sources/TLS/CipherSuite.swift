/// A cipher suite of TLS 1.2 and before, in the parts that GnuTLS chooses by.
struct CipherSuite: Hashable {
    /// How the key is agreed on and the server signs: `ECDHE-RSA`, `ECDHE-ECDSA`, `DHE-RSA` or `RSA`.
    var exchange: String
    /// GnuTLS's name of the cipher.
    var cipher: String
    /// GnuTLS's name of the authentication: `AEAD`, `SHA1`, `SHA256` or `SHA384`.
    var mac: String

    static let exchanges = ["ECDHE-ECDSA", "ECDHE-RSA", "DHE-RSA", "RSA"]

    /// OpenSSL's names of ciphers, and the end of their names in the IANA registry.
    private static let ciphers: [(openSSL: String, iana: String, cipher: String, mac: String)] = [
        ("AES128-GCM-SHA256", "AES_128_GCM_SHA256", "AES-128-GCM", "AEAD"),
        ("AES256-GCM-SHA384", "AES_256_GCM_SHA384", "AES-256-GCM", "AEAD"),
        ("CHACHA20-POLY1305", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "AEAD"),
        ("AES128-CCM", "AES_128_CCM", "AES-128-CCM", "AEAD"),
        ("AES256-CCM", "AES_256_CCM", "AES-256-CCM", "AEAD"),
        ("AES128-CCM8", "AES_128_CCM_8", "AES-128-CCM-8", "AEAD"),
        ("AES256-CCM8", "AES_256_CCM_8", "AES-256-CCM-8", "AEAD"),
        ("AES128-SHA", "AES_128_CBC_SHA", "AES-128-CBC", "SHA1"),
        ("AES256-SHA", "AES_256_CBC_SHA", "AES-256-CBC", "SHA1"),
        ("AES128-SHA256", "AES_128_CBC_SHA256", "AES-128-CBC", "SHA256"),
        ("AES256-SHA256", "AES_256_CBC_SHA256", "AES-256-CBC", "SHA256"),
        ("AES256-SHA384", "AES_256_CBC_SHA384", "AES-256-CBC", "SHA384"),
        ("DES-CBC3-SHA", "3DES_EDE_CBC_SHA", "3DES-CBC", "SHA1"),
    ]

    init(exchange: String, cipher: String, mac: String) {
        self.exchange = exchange
        self.cipher = cipher
        self.mac = mac
    }

    /// Reads OpenSSL's name (`ECDHE-RSA-AES128-GCM-SHA256`) or that of the IANA registry
    /// (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`), upper case; nil for one that is unknown or does not exist.
    init?(named name: String) {
        let exchange: String
        let found: (openSSL: String, iana: String, cipher: String, mac: String)?
        if name.hasPrefix("TLS_") {
            guard let with = Self.position(of: "_WITH_", in: name) else { return nil }
            let words = name.utf8.dropFirst(4).prefix(with - 4)
            exchange = String(
                decoding: words.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
            let end = String(decoding: name.utf8.dropFirst(with + 6), as: UTF8.self)
            found = Self.ciphers.first { $0.iana == end }
        } else {
            exchange = Self.exchanges.first { name.hasPrefix($0 + "-") } ?? "RSA"
            let end = exchange == "RSA" ? name : String(name.dropFirst(exchange.count + 1))
            found = Self.ciphers.first { $0.openSSL == end }
        }
        guard let found, Self.exchanges.contains(exchange) else { return nil }
        self.init(exchange: exchange, cipher: found.cipher, mac: found.mac)
        guard exists else { return nil }
    }

    /// OpenSSL's name.
    var name: String {
        let end = Self.ciphers.first { $0.cipher == cipher && $0.mac == mac }?.openSSL ?? cipher
        return exchange == "RSA" ? end : exchange + "-" + end
    }

    /// Whether there is such a suite: not every cipher was given one with every key exchange.
    var exists: Bool {
        let isCCM = cipher.hasSuffix("CCM") || cipher.hasSuffix("CCM-8")
        switch mac {
        case "AEAD":
            if isCCM { return exchange != "ECDHE-RSA" }
            if cipher == "CHACHA20-POLY1305" { return exchange != "RSA" }
            return cipher.hasSuffix("GCM")
        case "SHA1": return cipher.hasSuffix("CBC")
        case "SHA256":
            return cipher == "AES-128-CBC" || cipher == "AES-256-CBC" && !exchange.hasPrefix("ECDHE")
        case "SHA384": return cipher == "AES-256-CBC" && exchange.hasPrefix("ECDHE")
        default: return false
        }
    }

    private static func position(of word: String, in text: String) -> Int? {
        let text = Array(text.utf8)
        let word = Array(word.utf8)
        guard text.count >= word.count else { return nil }
        return (0...text.count - word.count).first { text[$0..<$0 + word.count].elementsEqual(word) }
    }
}
