/// Arguments and lines of files as text, also where they are not UTF-8: a byte that is part of no UTF-8 is carried by a
/// character of its own (U+10FF80 to U+10FFFF, which stand for nothing else) until somebody wants bytes.
///
/// Invariant: `bytes(of: text(of: b)) == b` for all bytes. Names of files and sockets travel so through all layers;
/// options without the trait `.bytes` never see such characters.
package enum CarriedText {
    /// What U+10FF00 is for byte 0.
    private static let base: UInt32 = 0x10FF00
    /// The first byte of the UTF-8 of every such character, and of few others.
    private static let lead: UInt8 = 0xF4

    /// Whether two names of files are the same bytes. `==` also calls those equal that only look the same, such as an é of
    /// one character and one of two.
    package static func areSame(_ left: String?, _ right: String?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return areSame(left, right)
    }

    /// The same for texts that are there.
    package static func areSame(_ left: String, _ right: String) -> Bool {
        let verdict = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { ASCII.areSame(left, $0) }
        }
        return (verdict ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    /// Text that stands for `bytes`. None of these is generic: a generic function of another module is not specialised, and
    /// looks for conformances at each call (see the article Performance, generic types).
    package static func text(of bytes: [UInt8]) -> String { bytes.withUnsafeBytes { text(of: $0) } }

    /// Text that stands for `bytes`.
    package static func text(of bytes: ArraySlice<UInt8>) -> String { bytes.withUnsafeBytes { text(of: $0) } }

    /// Text that stands for `bytes`.
    package static func text(of bytes: Slice<UnsafeRawBufferPointer>) -> String {
        text(of: UnsafeRawBufferPointer(rebasing: bytes))
    }

    /// Text that stands for `bytes`.
    package static func text(of bytes: UnsafeRawBufferPointer) -> String {
        let hasLead = ASCII.index(of: lead, in: bytes, from: 0, to: bytes.count) != nil
        if !hasLead, let text = String(validating: bytes, as: UTF8.self) { return text }
        var result = String.UnicodeScalarView()
        var parser = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var rest = bytes[...]
        while true {
            let count: Int
            switch parser.parseScalar(from: &input) {
            case .emptyInput: return String(result)
            case .valid(let encoded):
                count = encoded.count
                let scalar = Unicode.UTF8.decode(encoded)
                if !isCarrier(scalar) {
                    result.append(scalar)
                    rest = rest.dropFirst(count)
                    continue
                }
            case .error(let length): count = length
            }
            for byte in rest.prefix(count) { result.append(carrier(of: byte)) }
            rest = rest.dropFirst(count)
        }
    }

    /// The bytes that `text` stands for.
    package static func bytes(of text: Substring) -> ByteString { bytes(of: String(text)) }

    /// The bytes that `text` stands for.
    package static func bytes(of text: String) -> ByteString {
        guard isCarried(text) else { return ByteString(text) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isCarrier(scalar) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return ByteString(bytes)
    }

    /// Whether some of the text is not UTF-8.
    package static func isCarried(_ text: String) -> Bool {
        let hasLead = text.utf8.withContiguousStorageIfAvailable { bytes in
            ASCII.index(of: lead, in: UnsafeRawBufferPointer(bytes), from: 0, to: bytes.count) != nil
        }
        return hasLead ?? true && text.unicodeScalars.contains(where: isCarrier)
    }

    /// The text of a URL, in which such bytes are written percent-encoded as all others beyond ASCII will be.
    package static func percentEncoded(_ text: String) -> String {
        guard isCarried(text) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isCarrier(scalar) {
                result += PercentCoding.encode([UInt8(truncatingIfNeeded: scalar.value)])
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isCarrier(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= base + 0x80 }

    private static func carrier(of byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(base + UInt32(byte)) ?? "\u{FFFD}"
    }
}

extension String {
    /// The name of a file as the kernel takes it, with the NUL at its end.
    package var onDisk: [CChar] {
        guard CarriedText.isCarried(self) else { return Array(utf8CString) }
        return CarriedText.bytes(of: self).bytes.map(CChar.init(bitPattern:)) + [0]
    }
}
