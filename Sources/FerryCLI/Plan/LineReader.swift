import Connector
import Glibc
import HTTPCore

/// Reads a list of URLs line by line: blank lines and those that begin with `#` are skipped, so are blanks around a URL.
/// Holds one buffer, however long the list is.
final class LineReader {
    let descriptor: Int32
    private let isOwned: Bool
    private let lines: LineSplitter
    private var isFirst = true

    /// Opens `path`; `-` is standard input. `next` waits for lines that are to come if `waits`, else it throws `.notYet`.
    init(_ path: String, waits: Bool = true) throws(FileReadError) {
        let isOwned = path != "-"
        let descriptor = isOwned ? FileInput.open(path.onDisk) : STDIN_FILENO
        guard descriptor >= 0 else { throw .system(errno) }
        self.isOwned = isOwned
        self.descriptor = descriptor
        lines = LineSplitter(longest: 8 * 1024 * 1024) { (room) throws(FileReadError) in
            while true {
                var asked = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&asked, 1, waits ? -1 : 0) == 0 { throw .notYet }
                let got = read(descriptor, room.baseAddress, room.count)
                if got >= 0 { return got }
                guard errno == EINTR || errno == EAGAIN else { throw .system(errno) }
            }
        }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next URL; nil at the end, and for good after a throw other than `.notYet`.
    func next() throws(FileReadError) -> String? {
        while let line = try lines.next() {
            defer { isFirst = false }
            if let url = lines.withBytes(line, isFirst ? Self.firstURL : Self.url) { return url }
        }
        return nil
    }

    private static func firstURL(_ line: UnsafeRawBufferPointer) -> String? {
        url(UnsafeRawBufferPointer(rebasing: line.withoutByteOrderMark))
    }

    private static func url(_ line: UnsafeRawBufferPointer) -> String? {
        let text = line.drop { $0 == 0x20 || $0 == 0x09 }
        guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
        let end = text.lastIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
        guard let end else { return nil }
        return CarriedText.percentEncoded(CarriedText.text(of: text[...end]))
    }
}
