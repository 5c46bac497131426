import Glibc
import HTTPCore

extension FileSink {
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
