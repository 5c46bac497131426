package import HTTPClient
internal import HTTPCore

/// A checksum: an algorithm and what it makes of the bytes that are meant.
package struct Checksum: Hashable, Sendable {
    package var algorithm: MessageDigest
    package var bytes: [UInt8]

    /// Reads `ALG:HEX`.
    /// - Returns: nil for an algorithm that is not known, or a number of digits that is not its own.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"),
            let algorithm = MessageDigest(rawValue: text[..<colon].lowercased()),
            let bytes = Self.bytes(text[text.index(after: colon)...].utf8), bytes.count == algorithm.length
        else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// A sum whose number of digits names the algorithm.
    /// - Returns: nil where it does not.
    package init?(hex: some Collection<UInt8>) {
        guard let bytes = Self.bytes(hex),
            let algorithm = MessageDigest.allCases.first(where: { $0.length == bytes.count })
        else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    package init(_ algorithm: MessageDigest, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Catches accidents, and nobody who wants the bytes to be others.
    package var isWeak: Bool { algorithm == .md5 || algorithm == .sha1 }

    package var hex: String { ASCII.hexadecimal(bytes) }

    /// Pairs of hexadecimal digits and nothing else.
    private static func bytes(_ hex: some Collection<UInt8>) -> [UInt8]? {
        guard !hex.isEmpty, hex.count % 2 == 0, hex.allSatisfy({ ASCII.hexValue($0) != nil }) else {
            return nil
        }
        return OptionValue.hexadecimal(String(decoding: hex, as: UTF8.self))
    }
}

/// What `--checksum` and `--checksum-url` bring.
package struct ChecksumSettings: Equatable, Sendable {
    /// The n-th belongs to the n-th output.
    package var sums: [Checksum] = []
    /// The sums of files by name.
    package var files: [SumsFile] = []
    /// Where further ones are fetched from.
    package var urls: [String] = []
    /// `--verify-digest`; nil = not given.
    package var digests: DigestDemand?
    /// `--print-checksum`; nil = not given.
    package var printed: MessageDigest?

    package init() {}

    /// Nothing has to be hashed.
    package var isEmpty: Bool {
        sums.isEmpty && files.isEmpty && urls.isEmpty && digests == nil && printed == nil
    }
}

/// What is asked of the digest fields of an answer.
package enum DigestDemand: Equatable, Sendable {
    /// Those that are there are right.
    case right
    /// There is one, and it is right.
    case present
}
