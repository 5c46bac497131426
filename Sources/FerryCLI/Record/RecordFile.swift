import Connector
import Glibc

/// A record that is made while a run lasts: a file has its name once the record is whole, everything else takes the bytes
/// as they come.
@LoopActor
final class RecordFile {
    /// nil for a descriptor.
    private var sink: FileSink?
    /// nil for a file.
    private var stream: StdoutSink?
    private let fail: (OutputError) -> Void
    private(set) var hasFailed = false

    /// Touches nothing yet. `fail` is told once when it takes no more; what follows is dropped then.
    init(
        _ target: RecordTarget, temporaryFiles: TemporaryFiles, streams: OutputStreams,
        fail: @escaping (OutputError) -> Void
    ) {
        self.fail = fail
        switch target {
        // A signal that ends the run must not cut what goes to a disk.
        case .file(let path): sink = FileSink(path: path, temporaryFiles: temporaryFiles)
        case .standardOutput: stream = streams.use(STDOUT_FILENO, name: target.name, isBuffered: true)
        case .descriptor(let number): stream = streams.use(number, name: target.name, isBuffered: true)
        }
    }

    /// Adds bytes.
    func write(_ bytes: [UInt8]) {
        attempt { () throws(OutputError) in
            try sink?.write(bytes)
            try stream?.write(bytes)
        }
    }

    /// Adds a text.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// The record is whole.
    func finish() {
        attempt { () throws(OutputError) in
            try sink?.commit()
            try stream?.finish()
        }
    }

    private func attempt(_ body: () throws(OutputError) -> Void) {
        guard !hasFailed else { return }
        do throws(OutputError) {
            try body()
        } catch {
            hasFailed = true
            sink?.abort()
            fail(error.ofRecord)
        }
    }
}
