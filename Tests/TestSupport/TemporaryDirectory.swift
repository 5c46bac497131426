import Glibc

/// A folder of its own, removed with everything in it by `remove()` or when the last reference goes.
public final class TemporaryDirectory: Sendable {
    /// Its absolute path, without a trailing slash. Short enough for a Unix socket's path inside it.
    public let path: String

    /// Makes the folder under `TMPDIR`, or `/tmp`.
    public init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/ferry-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure("mkdtemp in \(base)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { remove() }

    /// Removes the folder and everything in it. Harmless when called again.
    public func remove() {
        removeTree(path)
    }

    /// The absolute path of `name` in the folder.
    public func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file in the folder and returns its path. `mode` is exact, whatever the umask.
    @discardableResult
    public func write(_ bytes: some Sequence<UInt8>, to name: String, mode: UInt32 = 0o644) throws -> String {
        try writeFile(file(name), Array(bytes), mode: mode)
        return file(name)
    }

    /// Writes text in the folder and returns the file's path.
    @discardableResult
    public func write(_ text: String, to name: String, mode: UInt32 = 0o644) throws -> String {
        try write(text.utf8, to: name, mode: mode)
    }

    /// Makes a file of `size` zero bytes that takes no room on disk, and returns its path.
    @discardableResult
    public func writeSparse(_ name: String, size: Int) throws -> String {
        try write("", to: name)
        guard truncate(file(name), size) == 0 else { throw SystemFailure("truncate \(file(name))") }
        return file(name)
    }

    /// The bytes of a file in the folder, or nil when there is none.
    public func read(_ name: String) -> [UInt8]? {
        readFile(file(name))
    }

    /// The names in the folder, sorted, hidden ones included: what a test of "nothing left behind" compares.
    public func names() -> [String] {
        listNames(path)
    }
}

/// The bytes of a file, or nil when it can't be read.
public func readFile(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { return nil }
        guard count > 0 else { return result }
        result.append(contentsOf: buffer[..<count])
    }
}

/// Creates or replaces a file, with exactly this mode, so many bytes at a time.
public func writeFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644, pieceBytes: Int = .max) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw SystemFailure("open \(path)") }
    defer { close(descriptor) }
    fchmod(descriptor, mode)
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].prefix(pieceBytes).withUnsafeBytes {
            write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw SystemFailure("write \(path)") }
        written += count
    }
}

/// Whether something has this name; a dangling link counts.
public func fileExists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}

/// The permission bits of a file, or nil when there is none.
public func fileMode(_ path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
}

/// The names in a folder, sorted, hidden ones included; none when it cannot be read.
public func listNames(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

private func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
        chmod(path, 0o700)
        for name in listNames(path) { removeTree("\(path)/\(name)") }
        rmdir(path)
    } else {
        unlink(path)
    }
}
