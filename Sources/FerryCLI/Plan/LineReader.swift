import Glibc

/// Reads a list of URLs line by line: blank lines and those that begin with `#` are skipped, so are blanks around a URL.
/// Holds one buffer, however long the list is.
final class LineReader {
    private let descriptor: Int32
    private let isOwned: Bool
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private static let pieceBytes = 64 * 1024
    /// No URL is longer.
    private static let longestLine = 8 * 1024 * 1024

    /// Opens `path`; `-` is standard input.
    init(_ path: String) throws(FileReadError) {
        isOwned = path != "-"
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw .system(errno) }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next URL; nil at the end, and for good after a throw.
    func next() throws(FileReadError) -> String? {
        while let line = try nextLine() {
            let text = line.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = text.first, first != UInt8(ascii: "#") else { continue }
            let end = text.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
            guard let end else { continue }
            return String(decoding: text[...end], as: UTF8.self)
        }
        return nil
    }

    private func nextLine() throws(FileReadError) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            searched = buffer.count
            guard !isAtEnd else {
                defer { start = buffer.count }
                return start < buffer.count ? buffer[start...] : nil
            }
            guard buffer.count - start <= Self.longestLine else {
                isAtEnd = true
                start = buffer.count
                throw .tooLarge(limit: Self.longestLine)
            }
            searched -= start
            try fill()
        }
    }

    private func fill() throws(FileReadError) {
        buffer.removeFirst(start)
        start = 0
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { room, count in
            var got = read(descriptor, room.baseAddress, Self.pieceBytes)
            while got < 0, errno == EINTR { got = read(descriptor, room.baseAddress, Self.pieceBytes) }
            if got < 0 { failure = errno }
            count = max(0, got)
        }
        isAtEnd = piece.isEmpty
        guard failure == 0 else { throw .system(failure) }
        buffer += piece
    }
}
