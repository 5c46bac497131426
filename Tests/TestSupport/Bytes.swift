import Glibc

/// The UTF-8 bytes of `text`: `bytes("GET / HTTP/1.1\r\n\r\n")`.
public func bytes(_ text: String) -> [UInt8] {
    Array(text.utf8)
}

/// `bytes` as text, invalid UTF-8 replaced.
public func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
}

/// Writes text to a descriptor at once, standard error by default; what cannot be written is lost.
public func say(_ text: String, to descriptor: Int32 = 2) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Bytes whose value at each place depends on the place, so that a lost or doubled piece shows: `count` of them,
/// the same ones for the same `seed`.
public func patternBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

extension Collection where Element == UInt8 {
    /// Where `needle` first begins, or nil.
    public func firstIndex(ofSequence needle: [UInt8]) -> Index? {
        guard !needle.isEmpty else { return startIndex }
        var start = startIndex
        while start != endIndex {
            if self[start...].starts(with: needle) { return start }
            start = index(after: start)
        }
        return nil
    }
}
