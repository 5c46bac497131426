import Connector
import Glibc
import HTTPClient
import HTTPCore

/// What `-T` names, opened: a source and what the request says of it.
@LoopActor
struct UploadFile {
    let source: any BodySource
    /// nil = sent in chunks.
    let length: Int64?
    /// Where an interrupted upload goes on.
    let offset: Int64
    let contentRange: String?
    /// Of a form: its type and boundary.
    var contentType: String?

    /// Opens the file or standard input.
    /// - Throws: `TransferFailure` when it cannot be read, or has not the bytes that are to be sent.
    static func open(_ argument: UploadArgument?, _ part: UploadPart) throws -> UploadFile? {
        switch argument {
        case nil, .some(.none):
            return nil
        case .standardInput, .standardInputWithoutWaiting:
            try part.refuseUnmeasured("standard input")
            return UploadFile(
                source: StreamBodySource(name: "standard input", descriptor: STDIN_FILENO), length: nil,
                offset: 0,
                contentRange: nil)
        case .file(let path):
            return try open(path, part)
        }
    }

    /// A part of a form: a regular file is opened again when its turn comes, so that any number of them can be sent.
    /// - Throws: `TransferFailure` when it cannot be read.
    static func openOnDemand(_ path: String) throws -> any BodySource {
        let file = try open(path, UploadPart())
        guard let length = file.length else { return file.source }
        return OnDemandFileSource(path: path, name: path.onDisk, size: length)
    }

    /// Whether the size of a regular file says how much there is to read. Files that the kernel writes as they are read
    /// say 0, or a page.
    private static func isMeasured(_ descriptor: CInt, _ size: off_t) -> Bool {
        // Longer ones are what they say.
        guard size <= 65536 else { return true }
        return withUnsafeTemporaryAllocation(byteCount: Int(size) + 1, alignment: 1) { room in
            var count = 0
            while count < room.count {
                let step = pread(
                    descriptor, room.baseAddress?.advanced(by: count), room.count - count, off_t(count))
                // What cannot be read is told when it is its turn.
                guard step >= 0 else { return false }
                guard step > 0 else { break }
                count += step
            }
            return count == Int(size)
        }
    }

    /// Standard input that is a regular file, from where it stands.
    static func openStandardInput() throws -> any BodySource {
        var status = stat()
        let position = lseek(STDIN_FILENO, 0, SEEK_CUR)
        let descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        guard position >= 0, descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw TransferFailure(.readFailed, "cannot read standard input: \(Errno(rawValue: errno))")
        }
        return FileBodySource(
            name: "standard input", descriptor: descriptor, start: Int64(position),
            length: max(0, Int64(status.st_size) - Int64(position)))
    }

    private static func open(_ path: String, _ part: UploadPart) throws -> UploadFile {
        let descriptor = FileInput.open(path.onDisk)
        guard descriptor >= 0 else {
            throw TransferFailure(.readFailed, "cannot read \(path): \(Errno(rawValue: errno))")
        }
        do {
            return try measure(descriptor, path, part)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The descriptor is the file's, but for a throw.
    private static func measure(
        _ descriptor: CInt, _ path: String, _ part: UploadPart
    ) throws(TransferFailure) -> UploadFile {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            throw TransferFailure(.readFailed, "cannot read \(path): is a directory")
        }
        guard status.st_mode & S_IFMT == S_IFREG, isMeasured(descriptor, status.st_size) else {
            try part.refuseUnmeasured(path)
            // A pipe, a device, or a file whose size is not true: it is read to its end, however long that takes.
            return UploadFile(
                source: StreamBodySource(name: path, descriptor: descriptor, isOwned: true), length: nil,
                offset: 0,
                contentRange: nil)
        }
        let sent = try part.place(in: path, size: Int64(status.st_size))
        return UploadFile(
            source: FileBodySource(
                name: path, descriptor: descriptor, start: sent.start, length: sent.length),
            length: sent.length, offset: part.range == nil ? sent.start : 0, contentRange: sent.contentRange)
    }
}
