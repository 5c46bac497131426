import Glibc

/// A file that lives as long as the object.
final class TemporaryFile {
    let path: String

    convenience init(_ text: String) throws {
        try self.init(Array(text.utf8))
    }

    init(_ bytes: [UInt8]) throws {
        var template = Array("/tmp/ferry-tls-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(errno: errno) }
    }

    deinit {
        unlink(path)
    }

    struct Failure: Error {
        var errno: CInt
    }
}

/// An empty directory that is removed, with its files, together with the object.
final class TemporaryDirectory {
    let path: String
    private var files: [String] = []

    init() throws {
        var template = Array("/tmp/ferry-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TemporaryFile.Failure(errno: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func add(_ name: String, _ text: String) throws {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw TemporaryFile.Failure(errno: errno) }
        defer { close(descriptor) }
        files.append(file)
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw TemporaryFile.Failure(errno: errno)
        }
    }

    func link(_ name: String, to target: String) {
        let file = path + "/" + name
        if symlink(target, file) == 0 { files.append(file) }
    }

    deinit {
        for file in files { unlink(file) }
        rmdir(path)
    }
}
