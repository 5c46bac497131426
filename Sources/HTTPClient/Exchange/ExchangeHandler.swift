public import Connector
public import HTTPCore

/// Takes the response of one exchange. All calls are synchronous and on the loop.
///
/// Bytes are lent for the duration of the call. A method that throws ends the exchange with that error.
@LoopActor
public protocol ExchangeHandler: AnyObject {
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
}

extension ExchangeHandler {
    /// Does nothing.
    public func exchangeBegins(on connection: Connection) {}
    /// Does nothing.
    public func responsePauses() throws {}
    /// Does nothing.
    public func responseInformational(_ head: ResponseHead) throws {}
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
