public import Connector
internal import Glibc

/// Where the bytes of a request's body come from.
@LoopActor
public protocol BodySource: AnyObject, Sendable {
    /// The number of bytes it will give; nil when it cannot know.
    var length: Int64? { get }

    /// Moves the next bytes to the start of `buffer`.
    /// - Returns: their number; 0 at the end.
    /// - Throws: why it cannot be read; the description is shown to the user.
    func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int

    /// Goes back to the first byte, for a request that is sent again; false when that cannot be.
    func rewind() -> Bool

    /// Whether `rewind` would go back. May be asked while the source is read.
    var canRewind: Bool { get }

    /// Whether its bytes are made as they are read, by the program that sends them: to wait for them is not to wait for the
    /// peer, so that time counts for no lowest speed.
    var isOfProgram: Bool { get }

    /// The next bytes as a range of a regular file, which the kernel may send by itself; nil = the bytes have to be
    /// read.
    var fileStretch: FileStretch? { get }

    /// `count` bytes of `fileStretch` were sent and are not to be given again.
    func skip(_ count: Int)
}

extension BodySource {
    /// True.
    public var canRewind: Bool { true }
    /// False.
    public var isOfProgram: Bool { false }
    /// nil.
    public var fileStretch: FileStretch? { nil }
    /// Does nothing.
    public func skip(_ count: Int) {}
}

/// Bytes of a regular file.
public struct FileStretch: Hashable, Sendable {
    /// The open file; its own offset does not matter.
    public var descriptor: CInt
    /// Of the first byte.
    public var offset: Int64
    /// At least one.
    public var count: Int64

    /// A range of an open file.
    public init(descriptor: CInt, offset: Int64, count: Int64) {
        self.descriptor = descriptor
        self.offset = offset
        self.count = count
    }
}

/// A local input that could not be read.
public struct BodySourceError: Error, Sendable, CustomStringConvertible {
    /// The file, or `standard input`.
    public var name: String
    /// The kernel's number; nil when the input became shorter than its size at the start.
    public var errno: Errno?

    /// One sentence.
    public var description: String {
        errno.map { "cannot read \(name): \($0)" }
            ?? "cannot read \(name): it became shorter while it was sent"
    }
}

/// A regular file from a given offset to its end as it was when opened.
@LoopActor
public final class FileBodySource: BodySource {
    /// Bytes from the offset to the end.
    public let length: Int64?
    private let name: String
    private let descriptor: CInt
    private let start: Int64
    private var position: Int64

    /// Takes over `descriptor`, which is closed with the source.
    /// - Parameters:
    ///   - name: for messages.
    ///   - descriptor: any offset; it is not moved.
    ///   - start: the offset of the first byte to give.
    ///   - length: how many bytes there are from `start`.
    public init(name: String, descriptor: CInt, start: Int64, length: Int64) {
        self.name = name
        self.descriptor = descriptor
        self.start = start
        self.length = length
        position = start
    }

    deinit {
        close(descriptor)
    }

    /// Reads where the last read ended. A file's read blocks no longer than its disk needs.
    public func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        let wanted = Int(min(Int64(buffer.count), left))
        guard wanted > 0 else { return 0 }
        while true {
            let count = pread(descriptor, buffer.baseAddress, wanted, off_t(position))
            if count > 0 {
                position += Int64(count)
                return count
            }
            if count == 0 { throw BodySourceError(name: name, errno: nil) }
            let error = Errno(rawValue: errno)
            guard error.rawValue == EINTR else { throw BodySourceError(name: name, errno: error) }
        }
    }

    private var left: Int64 { start + (length ?? 0) - position }

    /// What was not given yet.
    public var fileStretch: FileStretch? {
        left > 0 ? FileStretch(descriptor: descriptor, offset: position, count: left) : nil
    }

    /// Moves on by `count` bytes.
    public func skip(_ count: Int) { position += Int64(count) }

    /// Always possible.
    public func rewind() -> Bool {
        position = start
        return true
    }
}

/// Standard input or another stream that may make its reader wait: what is not there yet is waited for on the loop. What
/// the loop cannot watch is read on a worker thread, one piece at a time.
@LoopActor
public final class StreamBodySource: BodySource {
    /// Unknown.
    public let length: Int64? = nil
    private let name: String
    private let descriptor: CInt
    private let isOwned: Bool
    /// The offset of a file at first; nil for what can be read only once.
    private let start: off_t?
    private var wasRead = false

    /// Borrows `descriptor`, which stays open, unless `isOwned` hands it over to be closed with the source.
    public init(name: String, descriptor: CInt, isOwned: Bool = false) {
        self.name = name
        self.descriptor = descriptor
        self.isOwned = isOwned
        let position = lseek(descriptor, 0, SEEK_CUR)
        start = position >= 0 ? position : nil
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Waits until the stream has something.
    public func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        wasRead = true
        if let count = FileInput.readAtOnce(descriptor, into: buffer) { return count }
        while !FileInput.isReadable(descriptor) {
            do {
                if case .cancelled = try await EventLoop.shared.untilReadable(descriptor) {
                    throw CancellationError()
                }
            } catch is Errno {
                break
            }
            if let count = FileInput.readAtOnce(descriptor, into: buffer) { return count }
        }
        return try await readOnWorker(into: buffer)
    }

    private func readOnWorker(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        let descriptor = self.descriptor
        let wanted = min(buffer.count, 64 * 1024)
        let piece: Result<[UInt8], Errno>
        do {
            piece = try await BlockingWorker.files.run {
                var failure: Errno?
                let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { room, count in
                    while true {
                        let got = Glibc.read(descriptor, room.baseAddress, wanted)
                        if got >= 0 {
                            count = got
                            return
                        }
                        // Somebody else has made it non-blocking.
                        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                        if errno == EAGAIN {
                            poll(&waiting, 1, -1)
                        } else if errno != EINTR {
                            failure = Errno(rawValue: errno)
                            return
                        }
                    }
                }
                return failure.map { .failure($0) } ?? .success(bytes)
            }
        } catch {
            throw CancellationError()
        }
        switch piece {
        case .success(let bytes):
            buffer.copyBytes(from: bytes)
            return bytes.count
        case .failure(let errno): throw BodySourceError(name: name, errno: errno)
        }
    }

    /// Back to the offset at first; does nothing while nothing was read.
    public func rewind() -> Bool {
        guard wasRead else { return true }
        guard let start, lseek(descriptor, start, SEEK_SET) == start else { return false }
        wasRead = false
        return true
    }

    /// True for a file, and while nothing was read.
    public var canRewind: Bool { !wasRead || start != nil }
}
