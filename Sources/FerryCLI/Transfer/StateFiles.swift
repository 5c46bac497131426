import Glibc
import HTTPClient
import HTTPCore

/// The files that a run reads at its beginning and writes back at its end: cookies, and hosts over TLS.
///
/// Invariant: one that is there and could not be read, or made no sense, is never written over.
@LoopActor
final class StateFiles {
    private var kept: [(path: String, reason: String)] = []
    nonisolated static let mostBytes = 64 << 20

    /// The content of the file, standard input for `-`; nil when there is none yet, which is how one starts.
    /// What was read of `slow` ones is not read again.
    /// - Throws: why it cannot be read; `content` says what is in it.
    func read(
        _ path: String, content: String, _ slow: SlowFiles? = nil
    ) throws(TransferFailure) -> [UInt8]? {
        let files = PosixFileSource()
        do throws(FileReadError) {
            if let bytes = try slow?.content(of: path) { return bytes }
            if path == "-" { return try files.standardInput(limit: Self.mostBytes) }
            return try files.contents(of: path, limit: Self.mostBytes)
        } catch {
            if error == .system(ENOENT) || error == .system(ENOTDIR) { return nil }
            keep(path, "it could not be read")
            throw TransferFailure(.readFailed, "cannot read the \(content) in \(path): \(error)")
        }
    }

    /// What is at `path` stays as it is.
    func keep(_ path: String, _ reason: String) {
        kept.append((path, reason))
    }

    /// - Throws: why what is at `path` stays as it is.
    func checkMayReplace(_ path: String) throws(TransferFailure) {
        guard let known = kept.first(where: { Self.isSameFile($0.path, path) }) else { return }
        throw TransferFailure(.writeFailed, "\(path) is left as it is: \(known.reason)")
    }

    private static func isSameFile(_ one: String, _ other: String) -> Bool {
        if one == other { return true }
        guard let identity = FileIdentity(of: one) else { return false }
        return identity == FileIdentity(of: other)
    }
}
