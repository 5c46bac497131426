import Connector
import Glibc

/// A record that is made while a run lasts: a file has its name once the record is whole, everything else takes the bytes
/// as they come.
@LoopActor
final class RecordFile {
    /// nil for a descriptor.
    private var sink: FileSink?
    /// nil for a file.
    private var writer: DescriptorWriter?
    private let fail: (OutputError) -> Void
    private(set) var hasFailed = false

    /// Touches nothing yet. `fail` is told once when it takes no more; what follows is dropped then.
    init(
        _ target: RecordTarget, temporaryFiles: TemporaryFiles, shouldStop: @escaping () -> Bool,
        fail: @escaping (OutputError) -> Void
    ) {
        self.fail = fail
        switch target {
        case .file(let path):
            // A signal that ends the run must not cut what goes to a disk; a pipe may keep the run waiting for ever.
            var status = stat()
            let isPipe = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
            sink = FileSink(
                path: path, temporaryFiles: temporaryFiles, shouldStop: isPipe ? shouldStop : { false })
        case .standardOutput, .descriptor:
            let descriptor = if case .descriptor(let number) = target { number } else { STDOUT_FILENO }
            writer = DescriptorWriter(
                OutputDescriptor(descriptor), path: target.name, isBuffered: true, shouldStop: shouldStop)
        }
    }

    /// Adds bytes.
    func write(_ bytes: [UInt8]) {
        attempt { () throws(OutputError) in
            try sink?.write(bytes)
            try writeToDescriptor(bytes)
        }
    }

    /// Adds a text.
    func write(_ text: String) { write(Array(text.utf8)) }

    /// The record is whole.
    func finish() {
        attempt { () throws(OutputError) in
            try sink?.commit()
            try writer?.flush()
        }
    }

    private func attempt(_ body: () throws(OutputError) -> Void) {
        guard !hasFailed else { return }
        do throws(OutputError) {
            try body()
        } catch {
            hasFailed = true
            sink?.abort()
            fail(error)
        }
    }

    private func writeToDescriptor(_ bytes: [UInt8]) throws(OutputError) {
        var failure: OutputError?
        bytes.withUnsafeBytes { raw in
            do throws(OutputError) { try writer?.write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
