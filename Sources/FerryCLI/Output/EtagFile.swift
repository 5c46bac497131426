import Connector

/// Where `--etag-save` keeps the tag of an answer: a file of one line, or standard output.
@LoopActor
final class EtagFile {
    private let target: TextTarget
    private let createsFolders: Bool
    private let temporaryFiles: TemporaryFiles
    private let shouldStop: () -> Bool

    init(
        _ target: TextTarget, createsFolders: Bool, temporaryFiles: TemporaryFiles,
        shouldStop: @escaping () -> Bool
    ) {
        self.target = target
        self.createsFolders = createsFolders
        self.temporaryFiles = temporaryFiles
        self.shouldStop = shouldStop
    }

    /// Makes an empty file where there is none, so that one that cannot be written is reported before the first
    /// request.
    func prepare() throws {
        guard case .file(let path) = target, !PosixFileSource().exists(path) else { return }
        try write([], to: path)
    }

    /// Replaces what the file holds. `standardOutput` is the transfer's share of it.
    func save(_ tag: [UInt8], standardOutput: StdoutSink?) throws {
        switch target {
        case .file(let path): try write(tag + [0x0A], to: path)
        case .standardOutput: try standardOutput?.write(tag + [0x0A])
        case .standardError: break
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try FileSink.replace(
            path, with: bytes, createsFolders: createsFolders, temporaryFiles: temporaryFiles,
            shouldStop: shouldStop)
    }
}
