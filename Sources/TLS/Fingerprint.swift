/// The SHA-256 of a certificate's DER bytes: exactly 32 bytes, which name one certificate.
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Takes a digest's bytes. Throws ``FingerprintError`` unless there are 32 of them.
    public init(bytes: [UInt8]) throws(FingerprintError) {
        switch bytes.count {
        case 32: self.bytes = bytes
        case 16: throw .md5
        case 20: throw .sha1
        default: throw .length(bytes.count)
        }
    }

    /// Reads 64 hexadecimal digits of either case.
    ///
    /// Colons between pairs and white space are tolerated, and what tools print around the digits: `sha256:`, `SHA-256=`,
    /// `SHA256 Fingerprint=` before them, as openssl does, and `sha256` before and a host behind them, as ferry does.
    /// Throws ``FingerprintError`` for everything else.
    public init(hex: String) throws(FingerprintError) {
        let (name, digits) = Self.split(Array(hex.utf8))
        switch name {
        case nil, "sha256": break
        case "md5": throw .md5
        case "sha1": throw .sha1
        default: throw .notHexadecimal
        }
        let text = digits.filter { !Self.isBlank($0) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: ":") {
                guard !bytes.isEmpty, index + 1 < text.count, text[index - 1] != UInt8(ascii: ":") else {
                    throw .notHexadecimal
                }
                index += 1
                continue
            }
            guard let high = Self.value(text[index]), index + 1 < text.count,
                let low = Self.value(text[index + 1])
            else { throw .notHexadecimal }
            bytes.append(high << 4 | low)
            index += 2
        }
        try self.init(bytes: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        let digits = Array("0123456789abcdef".utf8)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The fingerprint of a certificate given as DER.
    package init(ofDER der: [UInt8]) {
        bytes = SHA256.digest(der)
    }

    /// Splits the name of a digest off, in lower case and without hyphens; nil where none stands before the digits.
    private static func split(_ text: [UInt8]) -> (name: String?, digits: ArraySlice<UInt8>) {
        let text = text.drop(while: isBlank)
        if let separator = text.firstIndex(of: UInt8(ascii: "=")) {
            return (name(text[..<separator]), text[(separator + 1)...])
        }
        // "s" and "m" are no digits.
        guard let first = text.first, value(first) == nil,
            let separator = text.firstIndex(where: { $0 == UInt8(ascii: ":") || isBlank($0) })
        else { return (nil, text) }
        let digits = text[(separator + 1)...].drop(while: isBlank)
        guard isBlank(text[separator]), let end = digits.firstIndex(where: isBlank),
            end - digits.startIndex == 64
        else { return (name(text[..<separator]), digits) }
        return (name(text[..<separator]), digits[..<end])
    }

    /// The first word without hyphens and without the file that `openssl dgst` names behind it.
    private static func name(_ label: ArraySlice<UInt8>) -> String {
        let word = label.prefix { !isBlank($0) && $0 != UInt8(ascii: "(") }.filter { $0 != UInt8(ascii: "-") }
        let name = String(decoding: word, as: UTF8.self).lowercased()
        return name == "sha2256" ? "sha256" : name
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Why something is not a ``Fingerprint``.
public enum FingerprintError: Error, Sendable, Hashable, CustomStringConvertible {
    /// 16 bytes: an MD5 digest, which can be forged.
    case md5
    /// 20 bytes: a SHA-1 digest, which can be forged.
    case sha1
    /// Any other wrong number of bytes.
    case length(Int)
    /// Something other than pairs of hexadecimal digits.
    case notHexadecimal

    /// One line for the user.
    public var description: String {
        switch self {
        case .md5: "MD5 fingerprints are insecure; use the SHA-256 one"
        case .sha1: "SHA-1 fingerprints are insecure; use the SHA-256 one"
        case .length(let count): "a SHA-256 fingerprint has 32 bytes, not \(count)"
        case .notHexadecimal: "a fingerprint is written as pairs of hexadecimal digits"
        }
    }
}

/// The SHA-256 of a certificate's public key (its SubjectPublicKeyInfo): it survives the certificate's renewal.
public struct PublicKeyPin: Sendable, Hashable, CustomStringConvertible {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Takes a digest's bytes; nil unless there are 32 of them.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads a list as curl's `--pinnedpubkey` takes it: `sha256//BASE64`, more of them after semicolons.
    ///
    /// An entry of another form or another length fits no key and is left out; nil when there is no other.
    public static func list(_ text: String) -> [PublicKeyPin]? {
        let pins = text.split(separator: ";").compactMap { (entry) -> PublicKeyPin? in
            guard entry.hasPrefix("sha256//") else { return nil }
            let digits = Array(entry.dropFirst(8).utf8)
            return digits.withUnsafeBytes { Base64.decode($0) }.flatMap(PublicKeyPin.init(bytes:))
        }
        return pins.isEmpty ? nil : pins
    }

    /// Reads a public key (PEM `PUBLIC KEY`, or the DER of a SubjectPublicKeyInfo) and pins it; nil when it is neither.
    public init?(publicKey: [UInt8]) {
        guard let der = PublicKeyFile.subjectPublicKeyInfo(publicKey) else { return nil }
        bytes = SHA256.digest(der)
    }

    /// `sha256//` and the digest in Base64.
    public var description: String {
        "sha256//" + Base64.encode(bytes)
    }

    /// The pin of a public key given as the DER of its SubjectPublicKeyInfo.
    init(ofSubjectPublicKeyInfo der: [UInt8]) {
        bytes = SHA256.digest(der)
    }
}
