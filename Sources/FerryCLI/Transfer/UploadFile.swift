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
    /// - Throws: `TransferFailure` when it cannot be read.
    static func open(_ argument: UploadArgument?, resumingAt resume: ContinueAt?) throws -> UploadFile? {
        switch argument {
        case nil, .some(.none):
            return nil
        case .standardInput, .standardInputWithoutWaiting:
            if case .offset(1...) = resume {
                throw TransferFailure(
                    .badResumeOffset, "standard input cannot be resumed: how long it is is not known")
            }
            return UploadFile(
                source: StreamBodySource(name: "standard input", descriptor: STDIN_FILENO), length: nil,
                offset: 0,
                contentRange: nil)
        case .file(let path):
            return try open(path, resume)
        }
    }

    /// A part of a form: a regular file is opened again when its turn comes, so that any number of them can be sent.
    /// - Throws: `TransferFailure` when it cannot be read.
    static func openOnDemand(_ path: String) throws -> any BodySource {
        let file = try open(path, nil)
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

    private static func open(_ path: String, _ resume: ContinueAt?) throws -> UploadFile {
        let descriptor = FileInput.open(path.onDisk)
        guard descriptor >= 0 else {
            throw TransferFailure(.readFailed, "cannot read \(path): \(Errno(rawValue: errno))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw TransferFailure(.readFailed, "cannot read \(path): is a directory")
        }
        guard status.st_mode & S_IFMT == S_IFREG, isMeasured(descriptor, status.st_size) else {
            if case .offset(let wanted) = resume, wanted > 0 {
                close(descriptor)
                throw TransferFailure(
                    .badResumeOffset, "\(path) cannot be resumed: how long it is is not known")
            }
            // A pipe, a device, or a file whose size is not true: it is read to its end, however long that takes.
            return UploadFile(
                source: StreamBodySource(name: path, descriptor: descriptor, isOwned: true), length: nil,
                offset: 0,
                contentRange: nil)
        }
        let size = Int64(status.st_size)
        var offset: Int64 = 0
        if case .offset(let wanted) = resume { offset = wanted }
        guard offset == 0 || offset != size else {
            close(descriptor)
            throw TransferFailure(.partialFile, "\(path) has \(size) bytes: all of it was uploaded already")
        }
        guard offset <= size else {
            close(descriptor)
            throw TransferFailure(
                .badResumeOffset, "\(path) has only \(size) bytes; it cannot be resumed at \(offset)")
        }
        return UploadFile(
            source: FileBodySource(name: path, descriptor: descriptor, start: offset, length: size - offset),
            length: size - offset, offset: offset,
            contentRange: resume != nil && size > 0 ? "bytes \(offset)-\(size - 1)/\(size)" : nil)
    }
}
