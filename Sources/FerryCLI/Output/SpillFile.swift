import Glibc

/// Unnamed temporary files for output that waits for its turn. They disappear with the process, however it ends.
///
/// All waiting transfers share one file, so that thousands of them cost one descriptor. A file that has become long
/// is followed by a new one, and lives until the last of its pieces is dropped: that is how disk space is freed.
final class SpillFile {
    /// A piece of a file; the file is open as long as a piece of it exists.
    struct Extent {
        fileprivate let segment: Segment
        fileprivate var offset: Int64
        /// Bytes not read yet.
        fileprivate(set) var count: Int

        /// Takes so many bytes off its start.
        mutating func skip(_ bytes: Int) {
            offset += Int64(bytes)
            count -= bytes
        }

        /// Makes one of this piece and the one that follows it; false when that lies elsewhere.
        mutating func join(_ other: Extent) -> Bool {
            guard other.segment === segment, other.offset == offset + Int64(count) else { return false }
            count += other.count
            return true
        }
    }

    fileprivate final class Segment {
        let descriptor: Int32
        var end: Int64 = 0

        init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            close(descriptor)
        }
    }

    private static let segmentBytes: Int64 = 64 << 20

    private var segment: Segment?
    private let shouldStop: () -> Bool

    init(shouldStop: @escaping () -> Bool) {
        self.shouldStop = shouldStop
    }

    /// Adds bytes at the end; the file is made at the first call, in `$TMPDIR`, `/tmp` or `/var/tmp`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(OutputError) -> Extent {
        let segment = try segmentForAppending()
        let outcome = writeAll(segment.descriptor, bytes, shouldStop: shouldStop)
        // A failed write moved the file's position, too.
        let start = segment.end
        segment.end += Int64(outcome.written)
        if let cause = outcome.failure { throw OutputError(.spill, "a temporary file", cause) }
        return Extent(segment: segment, offset: start, count: bytes.count)
    }

    /// Reads the start of `extent` into `buffer` and takes it off the extent; the count read is never 0.
    func read(
        from extent: inout Extent, into buffer: UnsafeMutableRawBufferPointer
    ) throws(OutputError) -> Int {
        while true {
            let count = pread(
                extent.segment.descriptor, buffer.baseAddress, min(buffer.count, extent.count),
                off_t(extent.offset))
            if count > 0 {
                extent.offset += Int64(count)
                extent.count -= count
                return count
            }
            guard count < 0, errno == EINTR else {
                throw OutputError(.spill, "a temporary file", errno: count == 0 ? EIO : errno)
            }
        }
    }

    private func segmentForAppending() throws(OutputError) -> Segment {
        if let segment, segment.end < Self.segmentBytes { return segment }
        let fresh = Segment(descriptor: try Self.openUnnamed())
        segment = fresh
        return fresh
    }

    private static func openUnnamed() throws(OutputError) -> Int32 {
        var folders = ["/tmp", "/var/tmp"]
        if let custom = getenv("TMPDIR"), custom.pointee != 0 {
            folders.insert(String(cString: custom), at: 0)
        }
        // O_TMPFILE, whose macro Swift does not import.
        let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
        var code: Int32 = ENOENT
        for folder in folders {
            let descriptor = open(folder, unnamed | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 { return descriptor }
            var template = Array("\(folder)/ferry.XXXXXX".utf8CString)
            let named = mkstemp(&template)
            if named >= 0 {
                unlink(template)
                _ = fcntl(named, F_SETFD, FD_CLOEXEC)
                return named
            }
            code = errno
        }
        throw OutputError(.spill, folders[0], errno: code)
    }
}
