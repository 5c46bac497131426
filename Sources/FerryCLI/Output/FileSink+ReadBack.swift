import Glibc
import HTTPCore

// Files that are read or written whole.
extension FileSink {
    /// Makes `text` the whole content of the file, at once or not at all.
    static func replace(
        _ path: String, with text: String, createsFolders: Bool = false, temporaryFiles: TemporaryFiles,
        shouldStop: @escaping () -> Bool
    ) throws(OutputError) {
        try replace(
            path, with: Array(text.utf8), createsFolders: createsFolders, temporaryFiles: temporaryFiles,
            shouldStop: shouldStop)
    }

    /// The same for bytes.
    static func replace(
        _ path: String, with bytes: [UInt8], createsFolders: Bool = false, temporaryFiles: TemporaryFiles,
        shouldStop: @escaping () -> Bool
    ) throws(OutputError) {
        let sink = FileSink(
            path: path, createsFolders: createsFolders, temporaryFiles: temporaryFiles, shouldStop: shouldStop
        )
        try sink.write(bytes)
        try sink.commit()
    }

    /// Hands over the first bytes of a file.
    static func readBack(
        _ path: String, count: Int64, shouldStop: () -> Bool, into take: (UnsafeRawBufferPointer) -> Void
    ) throws(OutputError) {
        let descriptor = Glibc.open(path.onDisk, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OutputError(.takeUp, path, errno: errno) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 4096)
        defer { buffer.deallocate() }
        var left = count
        while left > 0 {
            if shouldStop() { throw OutputError(.takeUp, path, .interrupted) }
            let read = Glibc.read(descriptor, buffer.baseAddress, min(buffer.count, Int(left)))
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { throw OutputError(.takeUp, path, errno: read < 0 ? errno : EIO) }
            take(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
            left -= Int64(read)
        }
    }
}
