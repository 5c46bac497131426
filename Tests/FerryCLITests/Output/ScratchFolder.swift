import Glibc

/// A folder of its own for one test, removed with everything in it when the value goes.
final class ScratchFolder {
    let path: String

    init() {
        var template = Array("/tmp/ferry-output-tests.XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        path = made.map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit { remove(path) }

    subscript(_ name: String) -> String { path + "/" + name }

    /// Names in the folder, sorted.
    var names: [String] { Self.list(path).sorted() }

    func put(_ name: String, _ text: String, mode: mode_t = 0o644) {
        let descriptor = open(self[name], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        fchmod(descriptor, mode)
        close(descriptor)
    }

    func text(_ name: String) -> String? { readFile(self[name]) }

    func mode(_ name: String) -> mode_t {
        var status = stat()
        return lstat(self[name], &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    static func names(in folder: String) -> [String] { list(folder) }

    private static func list(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func remove(_ folder: String) {
        for name in Self.list(folder) {
            let path = folder + "/" + name
            if unlink(path) != 0 { remove(path) }
        }
        rmdir(folder)
    }
}

/// The file's text; nil when it cannot be opened.
func readFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return readToEnd(descriptor)
}

/// The process's umask, without changing it under other tests.
func currentUmask() -> mode_t? {
    let line = readFile("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("Umask:") }
    return line?.split(separator: "\t").last.flatMap { mode_t($0, radix: 8) }
}

func readToEnd(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count <= 0 { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// A file to stand for standard output, read back from its start.
struct OutputFile {
    let folder = ScratchFolder()
    let descriptor: Int32

    init() {
        descriptor = open(folder["stdout"], O_RDWR | O_CREAT | O_TRUNC, 0o600)
    }

    var text: String { folder.text("stdout") ?? "" }
}
