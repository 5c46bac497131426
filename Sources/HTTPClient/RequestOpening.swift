internal import Connector
internal import HTTPCore

/// The bytes that a request begins with: its head, and its body where that is small and need not wait for permission.
///
/// One system call and one packet carry most requests whole.
struct RequestOpening {
    let bytes: [UInt8]
    private let headCount: Int
    /// True when nothing follows these bytes.
    let isWholeRequest: Bool

    /// The largest body that travels with the head.
    private static let smallBodyBytes = 16 * 1024

    /// Puts the bytes together. With a `writeLimit` (the handler's) a body is to go out slowly, not with the head.
    /// - Throws: `HTTPError` of kind `badRequest`.
    init(_ request: HTTPRequest, writeLimit: Int) throws(HTTPError) {
        var bytes: [UInt8] = []
        if let block = request.block {
            try block.serialize(
                method: request.method, target: request.target, version: request.version, into: &bytes)
        } else {
            bytes.reserveCapacity(512)
            try RequestHead(
                method: request.method, target: request.target, version: request.version,
                fields: request.fields
            ).serialize(into: &bytes)
        }
        headCount = bytes.count
        switch request.body {
        case .none:
            isWholeRequest = true
        case .bytes(let body):
            isWholeRequest =
                body.isEmpty
                || (request.continueTimeout == nil && body.count <= Self.smallBodyBytes && writeLimit == .max)
            if isWholeRequest { bytes += body }
        case .sized, .chunked:
            isWholeRequest = false
        }
        self.bytes = bytes
    }

    /// Offers the transport what follows the first `start` bytes; returns how many it took.
    @LoopActor
    func write(to transport: any Transport, from start: Int) throws(TransportError) -> Int {
        try bytes.withUnsafeBufferPointer { (buffer) throws(TransportError) in
            try transport.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[start...])))
        }
    }

    /// Tells the handler what these bytes were, once all of them are out.
    @LoopActor
    func announce(to handler: any ExchangeHandler) {
        guard bytes.count > headCount else { return handler.requestHeadSent(bytes) }
        handler.requestHeadSent(Array(bytes[..<headCount]))
        bytes.withUnsafeBytes {
            handler.requestBodySent(UnsafeRawBufferPointer(rebasing: $0[headCount...]))
        }
    }
}
