public import Connector
public import HTTPCore

/// Takes the response of one exchange. All calls are synchronous and on the loop.
///
/// Bytes are lent for the duration of the call. A method that throws ends the exchange with that error.
@LoopActor
public protocol ExchangeHandler: AnyObject {
    /// A connection was waited for, perhaps in vain. Not called where an idle one was at hand.
    func connectionTook(_ times: ConnectionTimes)
    /// A connection is leased: from here on some of the request may reach the server. Comes again when the request is
    /// sent again over a new connection.
    func exchangeBegins(on connection: Connection)
    /// An interim response (1xx).
    func responseInformational(_ head: ResponseHead) throws
    /// The final head; body bytes follow as `framing` says.
    /// - Returns: what becomes of them.
    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute
    /// Part of the body, transfer coding removed, content coding not. Not called for a body that is discarded or ignored.
    func responseBody(_ bytes: UnsafeRawBufferPointer) throws
    /// The final head came, and the next bytes have to be waited for: a time to pass on what was gathered.
    func responsePauses() throws
    /// The response is complete.
    func responseEnd(trailers: [HeaderField]) throws
    /// It is over, well or not: once for each exchange, behind all other calls.
    func exchangeEnded(_ figures: ExchangeFigures)
}

extension ExchangeHandler {
    /// Does nothing.
    public func connectionTook(_ times: ConnectionTimes) {}
    /// Does nothing.
    public func exchangeEnded(_ figures: ExchangeFigures) {}
    /// Does nothing.
    public func exchangeBegins(on connection: Connection) {}
    /// Does nothing.
    public func responsePauses() throws {}
    /// Does nothing.
    public func responseInformational(_ head: ResponseHead) throws {}
}

/// What a caller of a connection waited for.
public struct ConnectionTimes: Sendable {
    /// In line, until a slot was free; nil = it was not in line, or left it without one.
    public let queue: Duration?
    /// Until the connection was made; nil = an idle one was there, or none was made.
    public let connect: Duration?

    package init(queue: Duration?, connect: Duration?) {
        self.queue = queue
        self.connect = connect
    }
}

/// What one exchange came to.
public struct ExchangeFigures: Sendable {
    /// Of the final head; nil = none came.
    public let status: Int?
    /// When the first byte of the response came; nil = none did.
    public var firstByteInstant: ContinuousClock.Instant? { firstByte?.instant }
    package let firstByte: Moment?
    /// Bytes of the response's body that came, transfer coding removed.
    public let receivedBytes: Int64
    /// Bytes of the request's body that were sent.
    public let sentBytes: Int64
    /// True when the connection was given back to be used again, false when it was closed.
    public let isConnectionKept: Bool

    package init(
        status: Int?, firstByte: Moment?, receivedBytes: Int64, sentBytes: Int64, isConnectionKept: Bool
    ) {
        self.status = status
        self.firstByte = firstByte
        self.receivedBytes = receivedBytes
        self.sentBytes = sentBytes
        self.isConnectionKept = isConnectionKept
    }
}

/// Where the bytes of a body go, settled when the head came.
public enum BodyRoute {
    /// To `responseBody`. A gate that is closed stops the reading until it is opened again; nil = it is never stopped.
    case deliver(BodyGate?)
    /// To the target by the kernel alone, where target and transport allow that; else to `responseBody`.
    case splice(any SpliceTarget)
    /// Nowhere: they are only counted, in the kernel where that is possible, but all of them must come.
    case discard
    /// Nowhere: they are read only to keep the connection. The exchange waits for them half a second, and errors in them
    /// do not count. A body of more than `atMost` bytes ends the exchange at once, and closes the connection.
    case ignore(atMost: Int64)
}

extension BodyRoute {
    @LoopActor var gate: BodyGate? {
        switch self {
        case .deliver(let gate): gate
        case .splice(let target): target.gate
        case .discard, .ignore: nil
        }
    }
}

/// A place to which the kernel may move the bytes of a body by itself.
@LoopActor
public protocol SpliceTarget: AnyObject {
    /// The descriptor, with everything written that was handed over before; nil = not now, the bytes go to `responseBody`.
    /// Asked before each step. Bytes that the descriptor refuses go to `responseBody` as well.
    func spliceDescriptor() throws -> CInt?
    /// So many bytes went there.
    func didSplice(_ count: Int)
    /// Stops the reading while it is closed, however the bytes go there; nil = it is never stopped.
    var gate: BodyGate? { get }
    /// The descriptor, a pipe, is full.
    /// - Returns: true = `gate` was closed, and opens when there is room; false = nothing tells of room, so the bytes go to
    ///   `responseBody`.
    func descriptorIsFull() -> Bool
}

extension SpliceTarget {
    /// nil.
    public var gate: BodyGate? { nil }
    /// False.
    public func descriptorIsFull() -> Bool { false }
}

/// Stops the bytes of a body, and so their sender, while their consumer cannot take more.
///
/// The consumer closes it in `responseBody`, and opens it once it has room. A closed gate holds up its own exchange and
/// no other. The exchange's deadline and its cancellation hold while it waits here.
@LoopActor
public final class BodyGate {
    /// True while bytes may come.
    public private(set) var isOpen = true
    let suspension = Suspension()
    /// What ends the exchange in place of more bytes.
    private(set) var failure: (any Error)?

    /// A gate that is open.
    public init() {}

    /// The next read waits.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        suspension.arm()
    }

    /// The exchange that waits here ends with `error`, which its caller hears, and its connection is closed.
    public func fail(_ error: any Error) {
        failure = error
        open()
    }

    /// Reading goes on.
    public func open() {
        guard !isOpen else { return }
        isOpen = true
        suspension.wake()
    }
}
