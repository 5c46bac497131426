import HTTPCore
import Testing

@Suite struct PercentCodingTests {
    @Test func `all but the kept bytes are escaped`() {
        let all = (UInt8(0)...255).map { $0 }
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let path = unreserved.union("!$&'()*+,;=:@/".utf8)
        for byte in all {
            let plain = String(decoding: [byte], as: UTF8.self)
            #expect((PercentCoding.encode([byte]) == plain) == unreserved.contains(byte))
            #expect((PercentCoding.encode([byte], keeping: .path) == plain) == path.contains(byte))
        }
        #expect(PercentCoding.decode(PercentCoding.encode(all)) == all)
        #expect(PercentCoding.encode([0x2F, 0xAB]) == "%2F%AB")
    }

    @Test(arguments: [("", ""), ("a", "a"), ("%41%6a", "Aj"), ("%2F%2f", "//"), ("a%20", "a ")])
    func `escapes are decoded`(text: String, expected: String) {
        #expect(PercentCoding.decode(text) == Array(expected.utf8))
        #expect(PercentCoding.decodeLeniently(text.utf8) == Array(expected.utf8))
    }

    @Test(arguments: ["%", "%4", "%g1", "%1g", "a%", "%%41", "% 1", "%+1"])
    func `a broken escape is refused, or left alone on request`(text: String) {
        #expect(PercentCoding.decode(text) == nil)
        #expect(PercentCoding.decodeLeniently(text.utf8).first == text.utf8.first)
    }

    @Test func `a lenient reader still decodes what follows a broken escape`() {
        #expect(PercentCoding.decodeLeniently("%%41%zz%4".utf8) == Array("%A%zz%4".utf8))
    }
}
