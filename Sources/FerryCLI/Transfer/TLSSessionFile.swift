import Connector
import Glibc
import HTTPCore

/// `--ssl-sessions`: the file that carries TLS sessions from one run to the next.
@LoopActor
final class TLSSessionFile {
    /// What the connectors of the run use.
    let cache: TLSSessionCache
    private let path: String

    /// Reads the file, or makes it for its owner alone.
    ///
    /// What is damaged in it is dropped, of which `note` tells.
    /// - Throws: a failure with status 26 when it cannot be read or when others could have written it: a session whose
    ///   keys they know would let them pose as its server.
    init(_ path: String, note: (String) -> Void) throws(TransferFailure) {
        self.path = path
        var table = TLSSessionTable()
        if let content = try Self.read(path) {
            let damaged = table.load(content, now: Self.now())
            if damaged > 0 {
                note(
                    "\(damaged) \(damaged == 1 ? "line" : "lines") of the TLS sessions in "
                        + "\(Quoting.quoted(path)) cannot be used and will be dropped")
            }
        }
        cache = TLSSessionCache(table: table, now: Self.now)
    }

    /// Writes what can still be used, whole or not at all.
    func save(_ temporaryFiles: TemporaryFiles, shouldStop: @escaping () -> Bool) throws(OutputError) {
        try FileSink.replace(
            path, with: cache.table.text(now: Self.now()), temporaryFiles: temporaryFiles,
            shouldStop: shouldStop)
    }

    private nonisolated static func now() -> Int64 { WallTime.second }

    private static func read(_ path: String) throws(TransferFailure) -> [UInt8]? {
        func failure(_ problem: String) -> TransferFailure {
            TransferFailure(.readFailed, "TLS sessions cannot be kept in \(Quoting.quoted(path)): \(problem)")
        }
        var status = stat()
        if stat(path.onDisk, &status) != 0 {
            guard errno == ENOENT else { throw failure("\(FileReadError.system(errno))") }
            let descriptor = open(path.onDisk, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("\(FileReadError.system(errno))") }
            close(descriptor)
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("it is not a file") }
        guard status.st_mode & 0o022 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw failure("others may write it, and could pose as any server in it")
        }
        // Keys are nobody else's to read.
        if status.st_mode & 0o077 != 0 { chmod(path.onDisk, status.st_mode & 0o700) }
        do {
            return try PosixFileSource().contents(of: path, limit: 16 << 20)
        } catch {
            throw failure("\(error)")
        }
    }
}
