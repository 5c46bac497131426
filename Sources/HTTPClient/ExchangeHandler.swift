public import Connector
public import HTTPCore

/// Hears what happens in one exchange, and takes the response. All calls are synchronous and on the loop.
///
/// Bytes are lent for the duration of the call. A method that throws ends the exchange with that error.
@LoopActor
public protocol ExchangeHandler: AnyObject {
    /// A connection is leased; the request is about to be sent over it. May come again when a request is redone.
    func exchangeBegins(on connection: Connection)
    /// The head of the request as it goes out.
    func requestHeadSent(_ head: [UInt8])
    /// Part of the request's body went out.
    func requestBodySent(_ bytes: UnsafeRawBufferPointer)
    /// So many bytes of the request's body went out in place of a call of `requestBodySent`.
    func requestSpliced(_ count: Int)
    /// The whole request is out.
    func requestFinished()
    /// The first byte of the response is here.
    func responseBegins()
    /// An interim response (1xx).
    func responseInformational(_ head: ResponseHead) throws
    /// The final head; body bytes follow as `framing` says.
    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws
    /// Part of the body, transfer coding removed, content coding not.
    func responseBody(_ bytes: UnsafeRawBufferPointer) throws
    /// The response is complete.
    func responseEnd(trailers: [HeaderField]) throws

    /// Where body bytes may be moved by the kernel, unseen, to the place where the descriptor stands; nil = they must
    /// pass `responseBody`. Asked before each step. Bytes that the handler still holds must be written before it
    /// names a descriptor, and bytes that the descriptor refuses come through `responseBody` all the same.
    var spliceDescriptor: CInt? { get }
    /// So many bytes went to `spliceDescriptor` in place of a call of `responseBody`.
    func responseSpliced(_ count: Int) throws
    /// True when nobody wants the body's bytes, so that they need not even be copied; `responseSpliced` tells how many.
    var discardsBody: Bool { get }
    /// True when what is left of the body only stands in the way of the next request on the connection: it is waited for a
    /// moment and no longer, and whatever is wrong with it counts for nothing. Asked once, after `responseHead`.
    var ignoresBody: Bool { get }
    /// True when the kernel may send the request's body from a file by itself, unseen. Asked before each step; `writeLimit`
    /// does not hold then. To be said only where the process ignores SIGPIPE, which the kernel raises then when the peer
    /// has hung up.
    var requestBodyMayPassUnseen: Bool { get }
    /// The most bytes to read at once; small values serve a low rate limit.
    var readLimit: Int { get }
    /// The most bytes of a body to send at once.
    var writeLimit: Int { get }
    /// How long to rest before the next read, asked after each one; nil or zero = not at all.
    func pauseAfterReceiving(_ count: Int) -> Duration?
    /// How long to rest before the next write of a body, asked after each one; nil or zero = not at all.
    func pauseAfterSending(_ count: Int) -> Duration?
}

extension ExchangeHandler {
    /// Does nothing.
    public func exchangeBegins(on connection: Connection) {}
    /// Does nothing.
    public func requestHeadSent(_ head: [UInt8]) {}
    /// Does nothing.
    public func requestBodySent(_ bytes: UnsafeRawBufferPointer) {}
    /// Does nothing.
    public func requestSpliced(_ count: Int) {}
    /// Does nothing.
    public func requestFinished() {}
    /// Does nothing.
    public func responseBegins() {}
    /// Does nothing.
    public func responseInformational(_ head: ResponseHead) throws {}
    /// nil.
    public var spliceDescriptor: CInt? { nil }
    /// False.
    public var discardsBody: Bool { false }
    /// False.
    public var ignoresBody: Bool { false }
    /// Does nothing.
    public func responseSpliced(_ count: Int) throws {}
    /// False.
    public var requestBodyMayPassUnseen: Bool { false }
    /// As much as there is.
    public var readLimit: Int { .max }
    /// As much as there is.
    public var writeLimit: Int { .max }
    /// nil.
    public func pauseAfterReceiving(_ count: Int) -> Duration? { nil }
    /// nil.
    public func pauseAfterSending(_ count: Int) -> Duration? { nil }
}
