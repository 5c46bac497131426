public import Connector

/// Bytes in memory as a source, for a body that is to be sent in chunks.
@LoopActor
public final class MemoryBodySource: BodySource {
    private let bytes: [UInt8]
    private var position = 0

    /// Gives `bytes` once, or again after `rewind`.
    public nonisolated init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The number of bytes.
    public var length: Int64? { Int64(bytes.count) }

    /// Copies the next bytes.
    public func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }

    /// Always possible.
    public func rewind() -> Bool {
        position = 0
        return true
    }
}
