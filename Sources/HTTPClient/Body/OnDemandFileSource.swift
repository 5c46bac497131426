internal import Glibc

/// A regular file that is open only while it is read, so that a body may consist of more files than a process may
/// have open.
@LoopActor
package final class OnDemandFileSource: FailingSource {
    /// The size that was given.
    package let length: Int64?
    private let path: String
    private let name: [CChar]
    private let size: Int64
    private var position: Int64 = 0
    private var file: FileBodySource?
    private(set) var failure: BodyFailure?

    /// Gives the first `size` bytes of the file. `name` is what the kernel calls it, with a NUL at its end, where that is not
    /// the UTF-8 of `path`.
    package init(path: String, name: [CChar]? = nil, size: Int64) {
        self.path = path
        self.name = name ?? Array(path.utf8CString)
        self.size = size
        length = size
    }

    /// Opens the file at the first byte and closes it after the last.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        guard position < size else { return 0 }
        do {
            let file = try self.file ?? open()
            self.file = file
            let count = try await file.read(into: buffer)
            note(count)
            return count
        } catch {
            failure = .ofBody(error)
            throw error
        }
    }

    private func note(_ count: Int) {
        position += Int64(count)
        if position == size { file = nil }
    }

    /// What was not given yet, once the file is open.
    package var fileStretch: FileStretch? { file?.fileStretch }

    /// Moves on by `count` bytes.
    package func skip(_ count: Int) {
        file?.skip(count)
        note(count)
    }

    private func open() throws -> FileBodySource {
        // A pipe in its place would block without O_NONBLOCK, and cannot be read at an offset.
        let descriptor = Glibc.open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw BodySourceError(name: path, errno: Errno(rawValue: errno)) }
        return FileBodySource(name: path, descriptor: descriptor, start: position, length: size - position)
    }

    /// Always possible.
    package func rewind() -> Bool {
        position = 0
        file = nil
        failure = nil
        return true
    }
}
