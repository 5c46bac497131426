internal import Connector
internal import HTTPCore

/// The bytes that a request begins with: its head, and its body where that is small and need not wait for `100 Continue`.
///
/// One system call and one packet carry most requests whole.
struct RequestOpening {
    let bytes: [UInt8]
    private let headCount: Int
    /// True when nothing follows these bytes.
    let isWholeRequest: Bool

    /// The largest body that travels with the head.
    private static let smallBodyBytes = 16 * 1024

    private init(bytes: [UInt8], headCount: Int, isWholeRequest: Bool) {
        self.bytes = bytes
        self.headCount = headCount
        self.isWholeRequest = isWholeRequest
    }

    /// Puts the bytes together. `mayHoldBody` is false where the body is to go out at a pace, not with the head.
    ///
    /// No initializer, because an initializer copies its arguments. It reads the request part by part in place, because a
    /// local constant of it would copy the whole.
    /// - Throws: `HTTPError` of kind `badRequest`.
    @LoopActor
    static func make(_ attempt: RequestAttempt, mayHoldBody: Bool) throws(HTTPError) -> RequestOpening {
        var bytes: [UInt8] = []
        if let block = attempt.request.block {
            try block.serialize(
                method: attempt.request.method, target: attempt.request.target,
                version: attempt.request.version, into: &bytes)
        } else {
            bytes.reserveCapacity(512)
            let request = attempt.request
            try RequestHead(
                method: request.method, target: request.target, version: request.version,
                fields: request.fields
            ).serialize(into: &bytes)
        }
        let headCount = bytes.count
        let isWholeRequest: Bool
        switch attempt.request.body {
        case .none:
            isWholeRequest = true
        case .bytes(let body):
            isWholeRequest =
                body.isEmpty
                || (attempt.request.continueTimeout == nil && body.count <= Self.smallBodyBytes
                    && mayHoldBody)
            if isWholeRequest { bytes += body }
        case .sized, .chunked:
            isWholeRequest = false
        }
        return RequestOpening(bytes: bytes, headCount: headCount, isWholeRequest: isWholeRequest)
    }

    /// How many bytes of the body are among them.
    var bodyCount: Int { bytes.count - headCount }

    /// Writes what follows the first `start` bytes; returns how many bytes the transport took.
    @LoopActor
    func write(to transport: any Transport, from start: Int) throws(TransportError) -> Int {
        try bytes.withUnsafeBufferPointer { (buffer) throws(TransportError) in
            try transport.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[start...])))
        }
    }

    /// Tells the listeners of these bytes, once all of them are sent.
    @LoopActor
    func tell(_ events: TransferEvents) {
        if events.interests.contains(.details) {
            events.tell(.requestHead(bytes.count > headCount ? Array(bytes[..<headCount]) : bytes))
        }
        guard bytes.count > headCount else { return }
        bytes.withUnsafeBytes {
            events.tell(.requestBody(UnsafeRawBufferPointer(rebasing: $0[headCount...])))
        }
    }
}
