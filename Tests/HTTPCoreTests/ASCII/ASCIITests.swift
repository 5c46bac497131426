import Testing

@testable import HTTPCore

struct ASCIITests {
    private func tokenEnd(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { ASCII.tokenEnd(in: $0, from: start, to: end) } ?? start
        }
    }

    @Test func `a token ends where a byte is none of a token's, wherever that stands`() {
        for length in 1...20 {
            for position in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var name = Array("Content-Security-Pol".utf8.prefix(length))
                    name[position] = byte
                    let expected = name.firstIndex { !ASCII.isTokenByte($0) } ?? length
                    #expect(tokenEnd(name, from: 0, to: length) == expected, "\(name)")
                }
            }
        }
    }

    @Test func `a token's end is looked for between the bounds only`() {
        let line = Array("a b: Content-Disposition".utf8)
        #expect(tokenEnd(line, from: 2, to: line.count) == 3)
        #expect(tokenEnd(line, from: 5, to: 14) == 14)
        #expect(tokenEnd(line, from: 5, to: 5) == 5)
    }
}
