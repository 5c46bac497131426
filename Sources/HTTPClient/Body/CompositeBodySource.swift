package import HTTPCore

/// A body made of bytes in memory and of other sources, such as a multipart form. Holds one piece of a source at a
/// time.
@LoopActor
package final class CompositeBodySource: BodySource {
    /// A stretch of the body.
    package enum Piece: Sendable {
        case bytes([UInt8])
        /// What the source gives, written in the encoding.
        case source(any BodySource, PartEncoding)
    }

    /// The sum of all pieces; nil when one of them does not know its own.
    package let length: Int64?
    private let pieces: [Piece]
    private var index = 0
    /// How much of the present piece, if it is bytes, was given.
    private var position = 0
    private var encoder: PartEncoder?
    /// Encoded bytes that had no room yet.
    private var encoded: [UInt8] = []
    private var encodedPosition = 0

    /// Gives the pieces in their order.
    package init(_ pieces: [Piece]) {
        self.pieces = pieces
        var sum: Int64? = 0
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): sum = sum.map { $0 + Int64(bytes.count) }
            case .source(let source, let encoding):
                let length = source.length.flatMap { encoding.length(of: $0) }
                sum = sum.flatMap { sum in length.map { sum + $0 } }
            }
        }
        length = sum
    }

    /// Fills the buffer as far as that is possible without waiting for a stream.
    package func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            if encodedPosition < encoded.count {
                filled += takeEncoded(into: room)
                continue
            }
            guard index < pieces.count else { break }
            switch pieces[index] {
            case .bytes(let bytes):
                let count = min(room.count, bytes.count - position)
                room.copyBytes(from: bytes[position..<position + count])
                position += count
                filled += count
                if position == bytes.count { nextPiece() }
            case .source(let source, let encoding):
                if source.length == nil, filled > 0 { return filled }
                switch encoding {
                case .binary, .eightBit:
                    let count = try await source.read(into: room)
                    filled += count
                    if count == 0 { nextPiece() }
                case .sevenBit, .base64, .quotedPrintable:
                    try await encode(source, encoding)
                }
            }
        }
        return filled
    }

    /// That of the present piece, if it is sent as it is.
    package var fileStretch: FileStretch? { presentSource?.fileStretch }

    /// Skips them in the present piece.
    package func skip(_ count: Int) { presentSource?.skip(count) }

    private var presentSource: (any BodySource)? {
        guard encodedPosition == encoded.count, index < pieces.count,
            case .source(let source, let encoding) = pieces[index]
        else { return nil }
        switch encoding {
        case .binary, .eightBit: return source
        case .sevenBit, .base64, .quotedPrintable: return nil
        }
    }

    private func nextPiece() {
        index += 1
        position = 0
        encoder = nil
    }

    private func takeEncoded(into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(room.count, encoded.count - encodedPosition)
        room.copyBytes(from: encoded[encodedPosition..<encodedPosition + count])
        encodedPosition += count
        if encodedPosition == encoded.count {
            encoded.removeAll(keepingCapacity: true)
            encodedPosition = 0
        }
        return count
    }

    private static let pieceBytes = 32 * 1024

    private func encode(_ source: any BodySource, _ encoding: PartEncoding) async throws {
        var encoder = self.encoder ?? PartEncoder(encoding)
        let input = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 1)
        defer { input.deallocate() }
        let count = try await source.read(into: input)
        if count == 0 {
            encoder.finish(into: &encoded)
            nextPiece()
        } else {
            try encoder.encode(UnsafeRawBufferPointer(rebasing: input[..<count]), into: &encoded)
            self.encoder = encoder
        }
    }

    /// When every source can.
    package var canRewind: Bool {
        pieces.allSatisfy { if case .source(let source, _) = $0 { source.canRewind } else { true } }
    }

    /// Possible when it is for every source.
    package func rewind() -> Bool {
        for case .source(let source, _) in pieces where !source.rewind() { return false }
        index = 0
        position = 0
        encoder = nil
        encoded = []
        encodedPosition = 0
        return true
    }
}
