import HTTPCore
import TLS
import Testing

@testable import FerryCLI

/// Files of checksums, and checksums as they are given.
@Suite struct SumsFileTests {
    private static let hex = String(repeating: "0123456789abcdef", count: 4)
    private static let other = String(repeating: "f", count: 64)

    private static func sums(_ text: String) -> SumsFile { SumsFile(Array(text.utf8), source: "S") }

    private static func sum(_ hex: String) throws -> SumsFile.Answer {
        .sum(try #require(Checksum(hex: hex.utf8)))
    }

    /// An é of one character, of two, and in ISO-8859-1.
    @Test func `names are bytes (V-02)`() throws {
        let names: [[UInt8]] = [[0xC3, 0xA9], [0x65, 0xCC, 0x81], [0xE9]]
        let hexes = [Self.hex, Self.other, String(repeating: "1", count: 64)]
        let lines = zip(hexes, names).map { Array("\($0)  ".utf8) + $1 + [0x0A] }
        let sums = SumsFile(Array(lines.joined()), source: "S")
        for (hex, name) in zip(hexes, names) {
            #expect(try sums.sum(of: CarriedText.text(of: name)) == Self.sum(hex))
        }
    }

    @Test(arguments: [
        "\(hex)  f", "\(hex) *f", "\(hex)\tf", "\(hex) f", "SHA256 (f) = \(hex)", "SHA256(f)= \(hex)",
        "SHA-256 (dir/f) = \(hex)", "\(hex)  ./dir/f", "\(hex)  f\r", "# sums\n\n\(hex)  f\n\(other)  g",
        "\(hex.uppercased())  f", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\(hex)  f",
        "  \(hex)  f", "\u{FEFF}\(hex)  f", "\(hex)  f\n\(hex)  f",
    ])
    func `a line is found by the last part of its name (V-02)`(_ text: String) throws {
        #expect(try Self.sums(text).sum(of: "f") == Self.sum(Self.hex))
        #expect(try Self.sums(text).sum(of: "x/f") == Self.sum(Self.hex))
        #expect(Self.sums(text).sum(of: "F") == .missing)
    }

    @Test func `names of every kind (V-02)`() throws {
        let sums = Self.sums(
            "\(Self.hex)  a b (c) \n\\\(Self.other)  l\\nm\\\\n\nSHA256 (p (1) = q) = \(Self.hex)\n")
        #expect(try sums.sum(of: "a b (c) ") == Self.sum(Self.hex))
        #expect(try sums.sum(of: "l\nm\\n") == Self.sum(Self.other))
        #expect(try sums.sum(of: "p (1) = q") == Self.sum(Self.hex))
    }

    @Test(arguments: [(32, MessageDigest.md5), (40, .sha1), (64, .sha256), (96, .sha384), (128, .sha512)])
    func `the number of digits tells the algorithm (V-02)`(_ count: Int, _ algorithm: MessageDigest) {
        let answer = Self.sums("\(String(repeating: "a", count: count))  f").sum(of: "f")
        guard case .sum(let sum) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(sum.algorithm == algorithm)
    }

    @Test func `lines that differ, and sums that are none (V-02)`() throws {
        #expect(Self.sums("\(Self.hex)  f\n\(Self.other)  f").sum(of: "f") == .several)
        #expect(Self.sums("\(Self.hex)0  f").sum(of: "f") == .malformed(digits: 65))
        #expect(Self.sums("\(Self.hex)00  f").sum(of: "f") == .malformed(digits: 66))
        #expect(Self.sums("SHA512 (f) = \(Self.hex)").sum(of: "f") == .malformed(digits: 64))
        // Sums of two algorithms are no contradiction.
        let long = String(repeating: "b", count: 128)
        #expect(try Self.sums("\(Self.hex)  f\n\(long)  f").sum(of: "f") == Self.sum(long))
    }

    @Test(arguments: [
        "", "\n\r\n", "# nothing", "f", "hello world", "\(hex)", "\(hex)f", "BLAKE2 (f) = \(hex)",
    ])
    func `files without sums (V-02)`(_ text: String) {
        #expect(Self.sums(text).isEmpty)
    }

    @Test func `every cut and every byte is harmless`() {
        let text = Array("\\\(Self.hex)  a\\n\nSHA256 (f) = \(Self.hex)\n".utf8)
        for count in text.indices {
            for byte in [UInt8(0), 0x28, 0x29, 0x3D, 0x5C, 0xFF] {
                var changed = Array(text[..<count])
                changed.append(byte)
                _ = SumsFile(changed, source: "S").sum(of: "f")
            }
        }
    }

    @Test(arguments: [
        ("sha256:\(hex)", MessageDigest.sha256), ("SHA256:\(hex)", .sha256),
        ("md5:\(String(repeating: "0", count: 32))", .md5),
        ("sha512:\(String(repeating: "0", count: 128))", .sha512),
    ])
    func `checksums (V-01)`(_ text: String, _ algorithm: MessageDigest) {
        #expect(Checksum(text)?.algorithm == algorithm)
    }

    @Test(arguments: [
        "", "sha256", "sha256:", "sha256:\(hex)0", "sha256:\(hex.dropLast())", "sha512:\(hex)", "sha3:\(hex)",
        ":\(hex)", "sha256:\(hex.dropLast())g", "sha256: \(hex)", "sha256:\(hex.dropLast(2))::",
    ])
    func `no checksums (V-01)`(_ text: String) {
        #expect(Checksum(text) == nil)
    }
}
