import Glibc
import HTTPCore

// What stands at a name before anything is opened.
extension FileSink {
    /// Whether anything has this name.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path.onDisk, &status) == 0
    }

    /// The size of the file that `-C -` resumes; 0 when there is none. One that cannot be looked at is not taken for empty:
    /// the whole answer would be added to what it holds.
    static func existingSize(of path: String) throws(OutputError) -> Int64 {
        var status = stat()
        guard stat(path.onDisk, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return 0 }
            throw OutputError(.open, path, errno: errno)
        }
        return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : 0
    }

    /// Nothing is there that `-C -` could go on behind.
    static func isEmptyOrMissing(_ path: String) -> Bool { (try? existingSize(of: path)) == 0 }

    /// Whether `path` is the null device by its name.
    static func isNullDevice(_ path: String) -> Bool { path == "/dev/null" && nullDeviceIsReal }
}

/// Whether /dev/null is the device of that name and not a file that somebody put there.
private let nullDeviceIsReal: Bool = {
    var status = stat()
    return stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
        && status.st_rdev == 1 << 8 | 3
}()
