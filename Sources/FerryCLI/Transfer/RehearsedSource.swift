import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Stands for a body that is not read because nothing is sent: a file or a stream, of which no more is known than its size.
@LoopActor
final class RehearsedSource: BodySource {
    let name: String
    let length: Int64?

    init(name: String, length: Int64?) {
        self.name = name
        self.length = length
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int { 0 }

    func rewind() -> Bool { true }

    /// What `UploadFile.open` would open. Only where the size of a file may not be true is it opened: those of the kernel
    /// say 0, or have no blocks.
    /// - Throws: `TransferFailure` when it cannot be read.
    static func open(_ path: String) throws -> any BodySource {
        var status = stat()
        guard stat(path.onDisk, &status) == 0, access(path.onDisk, R_OK) == 0 else {
            throw TransferFailure(.readFailed, "cannot read \(path): \(Errno(rawValue: errno))")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw TransferFailure(.readFailed, "cannot read \(path): is a directory")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return RehearsedSource(name: path, length: nil) }
        guard status.st_size > 0, status.st_blocks > 0 else {
            return RehearsedSource(name: path, length: try UploadFile.openOnDemand(path).length)
        }
        return RehearsedSource(name: path, length: Int64(status.st_size))
    }

    /// The same for `-T`, with the range that an upload of a part says.
    static func upload(
        _ argument: UploadArgument?, _ part: UploadPart
    ) throws -> (source: RehearsedSource, range: String?)? {
        switch argument {
        case nil, .some(.none): return nil
        case .standardInput, .standardInputWithoutWaiting:
            try part.refuseUnmeasured("standard input")
            return (RehearsedSource(name: "standard input", length: nil), nil)
        case .file(let path):
            let source = try open(path)
            guard let size = source.length else {
                try part.refuseUnmeasured(path)
                return (RehearsedSource(name: path, length: nil), nil)
            }
            let sent = try part.place(in: path, size: size)
            return (RehearsedSource(name: path, length: sent.length), sent.contentRange)
        }
    }
}
