import HTTPCore
import Testing

@Suite struct DigestFieldTests {
    private static let sha256 = Base64.encode([UInt8](repeating: 1, count: 32))
    private static let sha512 = Base64.encode([UInt8](repeating: 2, count: 64))

    private static func digests(_ fields: String...) throws -> [DigestField.Digest] {
        let lines = fields.map { "Repr-Digest: \($0)\r\n" }.joined()
        return DigestField.digests(
            "Repr-Digest", in: try ResponseHead(parsing: "HTTP/1.1 200 OK\r\n\(lines)\r\n"))
    }

    @Test func `digests of known algorithms (V-03)`() throws {
        let both = try Self.digests("unixsum=:AAAB:, sha-512=:\(Self.sha512):;q=1,\tSHA-256=:\(Self.sha256):")
        #expect(both.map(\.algorithm) == [.sha256, .sha512])
        #expect(both.map(\.bytes) == [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 64)])
        #expect(try Self.digests("sha-256=:\(Self.sha256):", "sha-512=:\(Self.sha512):").count == 2)
        #expect(try Self.digests("md5=:AAAB:, sha=:AAAB:").isEmpty)
        #expect(try Self.digests().isEmpty)
    }

    @Test(arguments: [
        "", "=:", "=::", "=:AAAB:", "=\"x\"", "=1", "=:\(sha256)", "=:\(sha256):x", "=:\(sha512):",
    ])
    func `what makes no sense is a digest without bytes (V-03)`(_ value: String) throws {
        #expect(try Self.digests("sha-256\(value)").map(\.bytes) == [nil])
    }
}
