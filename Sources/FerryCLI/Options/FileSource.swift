internal import Glibc
internal import HTTPCore

/// How options get at the files they name, so that parsing is testable without any.
package protocol FileSource: Sendable {
    /// The whole of `path`, at most `limit` bytes.
    func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8]
    /// All that is left of standard input, at most `limit` bytes.
    func standardInput(limit: Int) throws(FileReadError) -> [UInt8]
    /// Whether something is at `path`.
    func exists(_ path: String) -> Bool
    /// Whether standard input is a regular file, whose size is known and which can be read again.
    var isStandardInputFile: Bool { get }
    /// When the file was last changed, in seconds since 1970; nil when there is none.
    func modificationTime(of path: String) -> Int64?
}

extension FileSource {
    /// False.
    package var isStandardInputFile: Bool { false }

    /// nil.
    package func modificationTime(of path: String) -> Int64? { nil }
}

/// Why a file that an option names could not be loaded.
package enum FileReadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The errno of the call that failed.
    case system(Int32)
    /// The file has more than this many bytes.
    case tooLarge(limit: Int)
    /// Nothing is there to be read yet.
    case notYet

    /// The cause in words.
    package var description: String {
        switch self {
        case .system(let code):
            guard let text = strerror(code) else { return "error \(code)" }
            return String(cString: text)
        case .tooLarge(let limit):
            return "it has more than \(limit) bytes"
        case .notYet:
            return "nothing has come yet"
        }
    }
}

/// The real files.
package struct PosixFileSource: FileSource {
    package init() {}

    package func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        let descriptor = open(path.onDisk, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        return try readAll(descriptor, limit: limit)
    }

    package func standardInput(limit: Int) throws(FileReadError) -> [UInt8] {
        try readAll(STDIN_FILENO, limit: limit)
    }

    package func exists(_ path: String) -> Bool {
        access(path.onDisk, F_OK) == 0
    }

    package var isStandardInputFile: Bool {
        var information = stat()
        return fstat(STDIN_FILENO, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
    }

    package func modificationTime(of path: String) -> Int64? {
        var information = stat()
        return stat(path.onDisk, &information) == 0 ? Int64(information.st_mtim.tv_sec) : nil
    }

    /// The size that `fstat` tells is only a hint: pipes have none and files grow.
    private func readAll(_ descriptor: Int32, limit: Int) throws(FileReadError) -> [UInt8] {
        var information = stat()
        let hint = fstat(descriptor, &information) == 0 ? Int(information.st_size) : 0
        guard hint <= limit else { throw .tooLarge(limit: limit) }
        var bytes = try read(descriptor, atMost: hint)
        while true {
            let chunk = try read(descriptor, atMost: 65_536)
            guard !chunk.isEmpty else { return bytes }
            guard bytes.count + chunk.count <= limit else { throw .tooLarge(limit: limit) }
            bytes.append(contentsOf: chunk)
        }
    }

    /// Reads until that many bytes are there or there are no more.
    private func read(_ descriptor: Int32, atMost most: Int) throws(FileReadError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            while count < most {
                let result = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), most - count)
                if result > 0 { count += result }
                if result == 0 { return }
                guard result >= 0 || errno == EINTR else {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw .system(failure) }
        return bytes
    }
}
