/// Walks DER (X.690) just far enough to find a certificate's names, with every length checked against the end.
///
/// It decides nothing about trust: it only says which anchors are worth a look, GnuTLS parses and judges them.
struct DERReader {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, in: 0..<bytes.count)
    }

    private init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// One element: its tag byte, where it starts with its header, and where its content is.
    struct Element {
        var tag: UInt8
        var whole: Range<Int>
        var content: Range<Int>
    }

    /// The next element; nil at the end and for anything malformed.
    ///
    /// With `mayBeCut` the content may reach past the end: the element around a prefix of a certificate.
    mutating func next(mayBeCut: Bool = false) -> Element? {
        guard end - position >= 2 else { return nil }
        let start = position
        let tag = bytes[start]
        // Tags above 30 take several bytes; certificates have none on the way to their names.
        guard tag & 0x1F != 0x1F else { return nil }
        var cursor = start + 2
        var length = Int(bytes[start + 1])
        if length >= 0x80 {
            let count = length & 0x7F
            guard (1...4).contains(count), end - cursor >= count else { return nil }
            length = 0
            for byte in bytes[cursor..<cursor + count] { length = length << 8 | Int(byte) }
            cursor += count
        }
        guard length <= end - cursor else {
            guard mayBeCut else { return nil }
            position = end
            return Element(tag: tag, whole: start..<end, content: cursor..<end)
        }
        position = cursor + length
        return Element(tag: tag, whole: start..<position, content: cursor..<position)
    }

    /// A reader of what is inside `element`.
    func inside(_ element: Element) -> DERReader {
        DERReader(bytes, in: element.content)
    }
}

/// Where a certificate's issuer and subject stand in its DER bytes, header included.
struct CertificateNames: Equatable {
    var issuer: Range<Int>
    var subject: Range<Int>

    private static let sequence: UInt8 = 0x30
    private static let integer: UInt8 = 0x02
    private static let version: UInt8 = 0xA0

    /// Reads them from a certificate, or from its first bytes if those reach past the subject; nil when malformed.
    ///
    /// RFC 5280 §4.1: version (optional), serialNumber, signature, issuer, validity, subject.
    init?(_ der: UnsafeRawBufferPointer) {
        var outer = DERReader(der)
        guard let certificate = outer.next(mayBeCut: true), certificate.tag == Self.sequence else {
            return nil
        }
        var inner = outer.inside(certificate)
        guard let body = inner.next(mayBeCut: true), body.tag == Self.sequence else { return nil }
        var fields = inner.inside(body)
        guard var field = fields.next() else { return nil }
        if field.tag == Self.version {
            guard let serial = fields.next() else { return nil }
            field = serial
        }
        guard field.tag == Self.integer,
            let signature = fields.next(), signature.tag == Self.sequence,
            let issuer = fields.next(), issuer.tag == Self.sequence,
            let validity = fields.next(), validity.tag == Self.sequence,
            let subject = fields.next(), subject.tag == Self.sequence
        else { return nil }
        self.issuer = issuer.whole
        self.subject = subject.whole
    }

    /// The names as they are compared.
    struct Hashes {
        let issuer: TrustStore.NameHash
        let subject: TrustStore.NameHash
    }

    /// The names as they are compared; nil for a certificate that is malformed.
    static func hashes(_ der: [UInt8]) -> Hashes? {
        der.withUnsafeBytes { bytes in
            CertificateNames(bytes).map {
                Hashes(
                    issuer: TrustStore.hash(bytes[$0.issuer]), subject: TrustStore.hash(bytes[$0.subject]))
            }
        }
    }
}
