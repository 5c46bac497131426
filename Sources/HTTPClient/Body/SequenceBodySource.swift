internal import Connector

/// A source that keeps its error, so that the program gets the error that it threw.
@LoopActor
protocol FailingSource: BodySource {
    var failure: (any Error)? { get }
}

/// The pieces of an async sequence as a body. The next piece is asked for when the one before is sent.
@LoopActor
final class SequenceBodySource<Pieces: AsyncSequence>: FailingSource
where Pieces.Element == [UInt8] {
    /// Unknown. A `MeasuredBodySource` around it has one.
    let length: Int64? = nil
    /// Asked before the first byte, and throws where these pieces were read by another body; nil = they can be made again.
    private let beginOnly: (@Sendable () throws -> Void)?
    private let makePieces: @Sendable () -> Pieces
    private var iterator: Pieces.AsyncIterator?
    /// The part of the last piece that had no room yet.
    private var rest: ArraySlice<UInt8> = []
    private var wasRead = false
    private(set) var failure: (any Error)?

    init(
        beginOnly: (@Sendable () throws -> Void)? = nil, _ makePieces: @escaping @Sendable () -> Pieces
    ) {
        self.beginOnly = beginOnly
        self.makePieces = makePieces
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        do {
            if !wasRead { try beginOnly?() }
            wasRead = true
            while rest.isEmpty {
                guard let piece = try await nextPiece() else { return 0 }
                rest = piece[...]
            }
        } catch {
            // A cancellation comes from an exchange that has its own reason to end.
            if !Task.isCancelled { failure = error }
            throw error
        }
        let taken = min(rest.count, buffer.count)
        buffer.copyBytes(from: rest.prefix(taken))
        rest = rest.dropFirst(taken)
        return taken
    }

    /// The program's code runs off the loop: it may compute, or block, and keeps no other transfer from going on.
    private func nextPiece() async throws -> [UInt8]? {
        // Safe: nobody else has it meanwhile. A source is read by one task, piece after piece.
        nonisolated(unsafe) var iterator = self.iterator ?? makePieces().makeAsyncIterator()
        self.iterator = nil
        let piece = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try await iterator.next(isolation: nil)
        }
        if piece != nil { self.iterator = iterator }
        return piece
    }

    var isOfProgram: Bool { true }

    var canRewind: Bool { beginOnly == nil || !wasRead }

    func rewind() -> Bool {
        guard canRewind else { return false }
        iterator = nil
        rest = []
        wasRead = false
        return true
    }
}
