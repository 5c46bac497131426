/// Where `-D` puts received header blocks.
enum HeaderDumpTarget: Equatable {
    case file(String)
    case standardOutput
    case standardError

    /// `-` is standard output and `%` standard error.
    init(_ argument: String) {
        switch argument {
        case "-": self = .standardOutput
        case "%": self = .standardError
        default: self = .file(argument)
        }
    }
}

/// The header file of one operation: its first block empties the file, all later ones of any transfer are added.
///
/// Whole blocks only (with the blank line that ends them), so that parallel transfers do not mix within one.
final class HeaderDump {
    let target: HeaderDumpTarget
    private let file: FileSink?
    /// The error was reported when the block was written.
    private var hasFailed = false

    /// Touches nothing yet.
    init(
        _ target: HeaderDumpTarget, createsFolders: Bool, temporaryFiles: TemporaryFiles,
        shouldStop: @escaping () -> Bool = { false }
    ) {
        self.target = target
        guard case .file(let path) = target else {
            file = nil
            return
        }
        // In place: the file is useful while transfers still run, and those that failed have sent headers, too.
        file = FileSink(
            path: path, isAtomic: false, createsFolders: createsFolders, temporaryFiles: temporaryFiles,
            shouldStop: shouldStop)
    }

    /// Makes an empty file where there is none, so that one that cannot be written is reported before the first
    /// request.
    func prepare() throws(OutputError) {
        guard case .file(let path) = target, !FileSink.exists(path) else { return }
        try file?.write(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Adds one block as it was received, but for a terminal with its control characters escaped. `stdout` is the transfer's own sink, `stderr` the stream of messages.
    func write(
        _ block: UnsafeRawBufferPointer, stdout: any ByteSink, stderr: any ByteSink
    ) throws(OutputError) {
        switch target {
        case .file:
            do throws(OutputError) {
                try file?.write(block)
                try file?.flush()
            } catch {
                hasFailed = true
                throw error
            }
        case .standardOutput: try show(block, on: stdout)
        case .standardError: try show(block, on: stderr)
        }
    }

    private func show(_ block: UnsafeRawBufferPointer, on sink: any ByteSink) throws(OutputError) {
        if sink.isTerminal { try sink.write(TerminalText.escaped(block)) } else { try sink.write(block) }
    }

    /// Call once when the operation ends: makes the file, empty, if no header came.
    func finish() throws(OutputError) {
        if !hasFailed { try file?.commit() }
    }
}

extension HeaderDumpTarget {
    init(_ target: TextTarget) {
        switch target {
        case .file(let path): self = .file(path)
        case .standardOutput: self = .standardOutput
        case .standardError: self = .standardError
        }
    }
}
