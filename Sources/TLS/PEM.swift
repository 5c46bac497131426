internal import Glibc

/// Finds the certificates in PEM text (RFC 7468) without decoding them, in one pass.
///
/// Text outside the blocks and blocks of other kinds are ignored; so is a block that the next one interrupts.
struct PEMScanner {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// The range of the next certificate's Base64 body; nil when no further one is complete.
    mutating func next() -> Range<Int>? {
        var body: Int?
        while let dashes = nextDashes() {
            if has("-----BEGIN CERTIFICATE-----", at: dashes) {
                position = dashes + 27
                body = position
            } else if has("-----BEGIN X509 CERTIFICATE-----", at: dashes) {
                position = dashes + 32
                body = position
            } else if has("-----END ", at: dashes) {
                position = dashes + 9
                if let body { return body..<dashes }
            } else {
                position = dashes + 5
                if has("-----BEGIN ", at: dashes) { body = nil }
            }
        }
        return nil
    }

    /// Where the next five hyphens stand, which Base64 never holds.
    private mutating func nextDashes() -> Int? {
        guard let base = text.baseAddress else { return nil }
        while position < text.count, let found = memchr(base + position, 0x2D, text.count - position) {
            let start = UnsafeRawPointer(found) - base
            if has("-----", at: start) { return start }
            position = start + 1
        }
        position = text.count
        return nil
    }

    private func has(_ words: StaticString, at start: Int) -> Bool {
        guard let base = text.baseAddress, text.count - start >= words.utf8CodeUnitCount else { return false }
        return memcmp(base + start, words.utf8Start, words.utf8CodeUnitCount) == 0
    }
}
