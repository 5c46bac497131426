internal import Glibc

/// Reads whole files, for certificates and keys.
enum FileReader {
    /// The error of a file that cannot be read, as an `errno`.
    struct Failure: Error {
        var errno: CInt
    }

    /// No file of certificates is anywhere near this; a device that never ends must not fill the memory.
    private static let limit = 64 << 20

    /// The bytes of the file, symbolic links followed.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(errno: errno) }
        if status.st_mode & S_IFMT == S_IFDIR { throw Failure(errno: EISDIR) }
        // One byte more than the size, so that one read meets the end of an ordinary file.
        var capacity = max(Int(status.st_size), 4095) + 1
        guard capacity <= limit else { throw Failure(errno: EFBIG) }
        var content: [UInt8] = []
        while true {
            var failure: CInt = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                while count < buffer.count {
                    let result = Glibc.read(
                        descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                    if result > 0 {
                        count += result
                    } else if result == 0 {
                        return
                    } else if errno != EINTR {
                        return failure = errno
                    }
                }
            }
            guard failure == 0 else { throw Failure(errno: failure) }
            let isWhole = chunk.count < capacity
            if content.isEmpty { content = chunk } else { content += chunk }
            if isWhole { return content }
            capacity *= 2
            guard content.count + capacity <= limit else { throw Failure(errno: EFBIG) }
        }
    }
}
