/// The small rules of multipart bodies (RFC 2046 §5.1, RFC 7578): boundaries, quoted names, types of files.
package enum Multipart {
    /// 24 dashes and 22 letters and digits at random, so that no content holds it by chance.
    package static func makeBoundary(using generator: inout some RandomNumberGenerator) -> String {
        var bytes = [UInt8](repeating: 0x2D, count: 24)
        for _ in 0..<22 { bytes.append(letters[Int.random(in: 0..<letters.count, using: &generator)]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The type that a file's name ends like; nil for names that say nothing.
    package static func contentType(ofFileNamed name: String) -> String? {
        types.first { ASCII.equalIgnoringCase(name.utf8.suffix($0.ending.utf8.count), $0.ending.utf8) }?.type
    }

    private static let types: [(ending: String, type: String)] = [
        (".gif", "image/gif"), (".jpg", "image/jpeg"), (".jpeg", "image/jpeg"), (".png", "image/png"),
        (".svg", "image/svg+xml"), (".txt", "text/plain"), (".htm", "text/html"), (".html", "text/html"),
        (".pdf", "application/pdf"), (".xml", "application/xml"),
    ]

    /// A name as it is written between double quotes in `Content-Disposition`.
    ///
    /// Quotes are percent-encoded as browsers do (RFC 7578 §2), or with `usesBackslashes` escaped together with backslashes.
    /// Line breaks are percent-encoded either way: they would begin a header line of the part.
    package static func escaped(_ name: String, usesBackslashes: Bool) -> String {
        var result: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case ASCII.cr, ASCII.lf, 0: PercentCoding.appendEscape(of: byte, to: &result)
            case ASCII.quote where !usesBackslashes: PercentCoding.appendEscape(of: byte, to: &result)
            case ASCII.quote,
                ASCII.backslash where usesBackslashes:
                result += [ASCII.backslash, byte]
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
