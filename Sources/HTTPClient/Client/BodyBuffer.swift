internal import Codecs
internal import Connector
internal import HTTPCore

/// The bytes of one answer between the exchange that brings them and the program that takes them.
///
/// Invariant: it holds at most `mostBytes`, the bytes of one read, and one block of a decoder. Once it holds
/// `mostBytes` the gate is closed, and the sender waits.
@LoopActor
final class BodyBuffer {
    private enum State {
        /// More comes → received, failed.
        case open
        /// All came from the server; some may not be decoded yet → complete, failed.
        case received
        case complete
        case failed(any Error)
    }

    let gate = BodyGate()
    private var state = State.open
    private var bytes: [UInt8] = []
    private var decoder: ResponseDecoder?
    /// Bytes that are not decoded yet, because a few may become many.
    private var coded: [UInt8] = []
    private var codedPosition = 0
    /// The decoder stopped for want of room.
    private var isStopped = false
    private let arrival = Suspension()
    /// Told of the end, once what came is decoded.
    private var onEnd: (((any Error)?) -> Void)?
    private var isAwaited = false
    private let events: TransferEvents?
    /// Fields that came after the body.
    private(set) var trailers: [HeaderField] = []
    /// How many bytes the program has taken.
    private(set) var takenBytes: Int64 = 0

    /// In bytes: with so many held the sender waits.
    static let mostBytes = 256 * 1024
    /// In bytes. What a decoder that stops has not decoded is copied.
    private static let codedPieceBytes = 16 * 1024

    init(_ decoder: ResponseDecoder?, events: TransferEvents?) {
        self.decoder = decoder
        self.events = events
    }

    // MARK: The exchange's side

    func receive(_ input: UnsafeRawBufferPointer) throws {
        if decoder == nil {
            hold(input)
        } else {
            coded.append(contentsOf: input)
            try decode()
        }
        if bytes.count >= Self.mostBytes { gate.close() }
        if !bytes.isEmpty { arrival.wake() }
    }

    func receiveEnd(trailers: [HeaderField]) throws {
        self.trailers = trailers
        state = .received
        try decode()
        arrival.wake()
    }

    /// Nothing more comes. What came before is still handed over, unless the program cancelled the request.
    func fail(_ error: any Error) {
        switch state {
        case .open, .received: end(.failed(error), error)
        case .complete, .failed: return
        }
        if error is CancellationError { (bytes, coded, codedPosition, isStopped) = ([], [], 0, false) }
        arrival.wake()
    }

    private func hold(_ input: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: input)
        events?.tell(.delivered(input.count))
    }

    /// Decodes as much as there is room for.
    private func decode() throws {
        do {
            try decodeWhatFits()
        } catch let error as ContentDecodingError {
            throw HTTPClientError.decoding("\(error)")
        }
    }

    private func decodeWhatFits() throws {
        while bytes.count < Self.mostBytes, isStopped || codedPosition < coded.count, let decoder {
            let end = isStopped ? codedPosition : min(coded.count, codedPosition + Self.codedPieceBytes)
            let piece = coded[codedPosition..<end]
            codedPosition = end
            isStopped = try piece.withUnsafeBytes { piece in
                try !decoder.decodePart(piece) {
                    hold($0)
                    return bytes.count < Self.mostBytes
                }
            }
        }
        guard codedPosition == coded.count, !isStopped else { return }
        coded.removeAll(keepingCapacity: true)
        codedPosition = 0
        guard case .received = state else { return }
        try decoder?.finish(events)
        decoder = nil
        end(.complete, nil)
    }

    /// Has `body` called once the body has come to an end here; at once if it has.
    func tellEnd(_ body: @escaping ((any Error)?) -> Void) {
        switch state {
        case .open, .received: onEnd = body
        case .complete: body(nil)
        case .failed(let error): body(error)
        }
    }

    private func end(_ state: State, _ error: (any Error)?) {
        self.state = state
        exchange(&onEnd, with: nil)?(error)
    }

    // MARK: The program's side

    /// All bytes that are held, once there is one; nil at the end.
    func next() async throws -> [UInt8]? {
        guard !isAwaited else { throw BodyInUse() }
        // What is held is no answer to somebody who has gone.
        if Task.isCancelled { throw CancellationError() }
        while true {
            if let piece = try take() { return piece }
            switch state {
            case .failed(let error): throw error
            case .complete: return nil
            case .open, .received: break
            }
            isAwaited = true
            arrival.arm()
            let outcome = await arrival.wait()
            isAwaited = false
            if case .cancelled = outcome { throw CancellationError() }
        }
    }

    private func take() throws -> [UInt8]? {
        if bytes.isEmpty {
            do {
                try decode()
            } catch {
                fail(error)
            }
        }
        guard !bytes.isEmpty else { return nil }
        let piece = bytes
        bytes = []
        takenBytes += Int64(piece.count)
        if codedPosition == coded.count, !isStopped { gate.open() }
        return piece
    }
}

/// Two tasks read one body at the same time.
public struct BodyInUse: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence.
    public var description: String { "the body of this response is read by another task" }
}
