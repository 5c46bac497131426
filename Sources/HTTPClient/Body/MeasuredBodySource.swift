internal import Connector

/// A source of unknown length whose length the caller has stated. More bytes than that are an error here. Fewer are
/// an error in `Upload`, which knows what the head has announced.
@LoopActor
package final class MeasuredBodySource: FailingSource {
    package let length: Int64?
    private let source: any BodySource
    private let total: Int64
    private var position: Int64 = 0
    private var excess: BodyTooLong?

    package nonisolated init(_ source: any BodySource, length: Int64) {
        self.source = source
        self.length = length
        total = length
    }

    /// Reads on. The last bytes are given only once the source is known to end with them.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        let left = total - position
        guard left > 0 else {
            if total == 0 { try await checkEnd() }
            return 0
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), left))])
        let count = try await source.read(into: room)
        position += Int64(count)
        if position == total { try await checkEnd() }
        return count
    }

    private func checkEnd() async throws {
        let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { byte.deallocate() }
        guard try await source.read(into: byte) > 0 else { return }
        let error = BodyTooLong(length: total)
        excess = error
        throw error
    }

    package func rewind() -> Bool {
        guard source.rewind() else { return false }
        position = 0
        excess = nil
        return true
    }

    package var canRewind: Bool { source.canRewind }
    package var isOfProgram: Bool { source.isOfProgram }

    var failure: BodyFailure? { excess.map { .ofBody($0) } ?? (source as? any FailingSource)?.failure }
}

/// A request's body has more bytes than it said.
public struct BodyTooLong: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was said.
    public let length: Int64

    /// More than `length` bytes were given.
    public init(length: Int64) {
        self.length = length
    }

    /// One sentence.
    public var description: String {
        "the request body is longer than the \(length) bytes that were given as its length"
    }
}
