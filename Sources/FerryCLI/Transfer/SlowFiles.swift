import Connector
import Glibc

/// The pipes among the files that an operation reads before its first transfer: read once, on worker threads, so that
/// nothing but the transfers of that operation waits for who writes them.
@LoopActor
final class SlowFiles {
    private let paths: [String]
    private var contents: [String: Result<[UInt8], FileReadError>] = [:]
    private var isReading = false
    private var waiting: [Suspension] = []

    /// nil where none of them may keep its reader waiting; `-` is standard input.
    static func among(_ paths: [String]) -> SlowFiles? {
        let slow = paths.filter(mayWait)
        return slow.isEmpty ? nil : SlowFiles(slow)
    }

    /// True for a pipe and the like.
    static func mayWait(_ path: String) -> Bool {
        path == "-" ? !PosixFileSource().isStandardInputFile : OutputStreams.isStream(path)
    }

    private init(_ paths: [String]) {
        self.paths = paths
    }

    /// What to sleep on until all of them are read; nil = they are.
    func reading() -> Suspension? {
        if contents.count == Set(paths).count { return nil }
        if !isReading {
            isReading = true
            EventLoop.shared.start { await self.read() }
        }
        let suspension = Suspension()
        waiting.append(suspension)
        return suspension
    }

    private func read() async {
        for path in paths where contents[path] == nil {
            let read = try? await BlockingWorker.files.run { Self.read(path) }
            contents[path] = read ?? .failure(.system(ECANCELED))
        }
        for suspension in waiting { suspension.wake() }
        waiting = []
    }

    private nonisolated static func read(_ path: String) -> Result<[UInt8], FileReadError> {
        do throws(FileReadError) {
            let files = PosixFileSource()
            return .success(
                path == "-"
                    ? try files.standardInput(limit: StateFiles.mostBytes)
                    : try files.contents(of: path, limit: StateFiles.mostBytes))
        } catch {
            return .failure(error)
        }
    }

    /// What was read of `path`; nil where it is none of them.
    func content(of path: String) throws(FileReadError) -> [UInt8]? { try contents[path]?.get() }
}
