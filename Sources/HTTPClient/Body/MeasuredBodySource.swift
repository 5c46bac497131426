internal import Connector

/// A source of unknown length of which somebody has said how long it is. Fewer or more bytes are an error.
@LoopActor
package final class MeasuredBodySource: BodySource {
    package let length: Int64?
    private let source: any BodySource
    private let total: Int64
    private var position: Int64 = 0

    package nonisolated init(_ source: any BodySource, length: Int64) {
        self.source = source
        self.length = length
        total = length
    }

    /// Reads on. The last piece is given only once the source is known to end with it.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        let left = total - position
        guard left > 0 else { return 0 }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), left))])
        let count = try await source.read(into: room)
        position += Int64(count)
        if count == 0 {
            throw HTTPClientError.source(
                "the request body ended \(left) bytes before the length that was given")
        }
        if position == total { try await checkEnd() }
        return count
    }

    private func checkEnd() async throws {
        let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { byte.deallocate() }
        guard try await source.read(into: byte) > 0 else { return }
        throw HTTPClientError.source(
            "the request body is longer than the \(total) bytes that were given as its length")
    }

    package func rewind() -> Bool {
        guard source.rewind() else { return false }
        position = 0
        return true
    }

    package var canRewind: Bool { source.canRewind }
}
