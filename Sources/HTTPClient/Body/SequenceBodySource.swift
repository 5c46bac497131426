internal import Connector

/// A source that keeps its error, so that the program gets it as a value.
@LoopActor
protocol FailingSource: BodySource {
    /// Why the body that is sent now could not be read; nil = it could.
    var failure: BodyFailure? { get }
}

/// Why a body could not be read.
enum BodyFailure {
    /// What the program's own sequence threw. The program gets it as it is.
    case ofProgram(any Error)
    /// What this library says of the body. The program gets it with the name of the request.
    case ofBody(any Error)
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
    private(set) var failure: BodyFailure?

    init(
        beginOnly: (@Sendable () throws -> Void)? = nil, _ makePieces: @escaping @Sendable () -> Pieces
    ) {
        self.beginOnly = beginOnly
        self.makePieces = makePieces
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        try begin()
        do {
            while rest.isEmpty {
                // Pieces of nothing may come without end, and the sequence need not know of its task.
                if Task.isCancelled { throw CancellationError() }
                guard let piece = try await nextPiece() else { return 0 }
                rest = piece[...]
            }
        } catch {
            // A cancellation comes from an exchange that has its own reason to end.
            if !Task.isCancelled { failure = .ofProgram(error) }
            throw error
        }
        let taken = min(rest.count, buffer.count)
        buffer.copyBytes(from: rest.prefix(taken))
        rest = rest.dropFirst(taken)
        return taken
    }

    private func begin() throws {
        guard !wasRead else { return }
        do {
            try beginOnly?()
        } catch {
            failure = .ofBody(error)
            throw error
        }
        wasRead = true
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
        failure = nil
        return true
    }
}
