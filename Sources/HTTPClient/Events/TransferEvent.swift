public import Connector
public import HTTPCore

/// Something that happened to a transfer: what, when, and to which of its attempts, requests and connections.
///
/// Everything that is shown of a transfer is made from these events. Where nobody listens none is made, and no clock is
/// read for one. Who only counts needs none: `ExchangeHandler` is told what an exchange came to.
public struct TransferEvent {
    /// When it happened.
    public var instant: ContinuousClock.Instant { moment.instant }
    /// The same, for those who count in whole nanoseconds.
    package let moment: Moment
    /// The transfer's number, which its owner chose.
    public let transfer: Int
    /// From 1; the next number is a retry.
    public var attempt: Int { Int(place.attempt) }
    /// From 1 in each attempt; the next number is the request that a redirect or a login led to. 0 before the first.
    public var hop: Int { Int(place.hop) }
    /// The number of the connection under the request, in the order in which connections first carried one; nil before.
    public var connection: Int? { place.connection < 0 ? nil : place.connection }
    package let place: Place
    /// What happened.
    public let kind: Kind

    /// Where a transfer stands.
    package struct Place {
        package var attempt: Int32 = 0
        package var hop: Int32 = 0
        /// Negative = none.
        package var connection = -1

        /// Before the first attempt.
        package init(attempt: Int32 = 0, hop: Int32 = 0, connection: Int = -1) {
            (self.attempt, self.hop, self.connection) = (attempt, hop, connection)
        }
    }

    init(_ kind: consuming Kind, _ moment: Moment, transfer: Int, _ place: Place) {
        self.moment = moment
        self.transfer = transfer
        self.place = place
        self.kind = kind
    }

    /// What can happen, roughly in its order. Bytes are lent for the duration of the call. Small to pass on: what takes
    /// more than three words is behind a reference.
    public enum Kind {
        /// The transfer begins, to keep to a rate of starts: so much later than it should, after it waited so long.
        indirect case scheduled(late: Duration, waited: Duration)
        /// An attempt begins.
        case attemptBegan
        /// The URL that is asked for. Comes again when options have added to it; `isTyped` tells the first.
        case urlSettled(HTTPURL, isTyped: Bool)
        /// A request is about to be sent.
        case hopBegan(Request)
        /// A rule that was learned earlier takes the request to TLS (RFC 6797 §8.3).
        case securedByHSTS(host: String)
        /// A step of getting a connection: line, name, addresses, proxy, TLS, reuse.
        case connector(ConnectorEvent)
        /// The request goes out over this connection. Comes again when the request is sent again over a new one.
        case exchangeBegan(Connection)
        /// The request's head as it went out.
        case requestHead([UInt8])
        /// Part of the request's body went out.
        case requestBody(UnsafeRawBufferPointer)
        /// So many bytes of the request's body went from a file to the socket unseen.
        case requestSpliced(Int)
        /// The whole request is out.
        case requestEnded
        /// The first byte of the response came.
        case responseBegan
        /// An interim response (1xx).
        indirect case interim(ResponseHead)
        /// The response asked to keep a cookie that may not be kept.
        case cookieRefused(reason: String)
        /// The final head, and what becomes of its body.
        case head(ResponseHead, BodyFraming, Fate)
        /// A head that was refused, as far as it came.
        case headRefused([UInt8])
        /// The body goes on behind so many bytes that were there before.
        case resumed(from: Int64)
        /// Part of the response's body, transfer coding removed, content coding not.
        case body(UnsafeRawBufferPointer)
        /// So many bytes of the body went where they belong unseen.
        case bodySpliced(Int)
        /// So many bytes were handed on, codings undone.
        case delivered(Int)
        /// Fields came after the body: their lines as they are shown.
        case trailers([UInt8])
        /// Something is wrong with the answer that was read all the same.
        indirect case oddity(HTTPError)
        /// The connection was given back to be used again, or closed.
        case connectionLeft(Connection, isKept: Bool)
        /// A redirect is followed. `dropped` names the fields that stay behind.
        case redirected(to: HTTPURL, dropped: [String])
        /// The request is sent again to say who asks.
        case loginAsked(byProxy: Bool)
        /// The request is sent again without asking for leave to send its body.
        case expectationRefused
        /// The server asks to be left alone for so long, and is: by all transfers.
        indirect case hostPaused(host: String, port: UInt16, Duration)
        /// The body is what it should be. `sum` is its checksum as `ALGORITHM:HEX`, `verdict` names what was compared; nil
        /// = none was made, nothing was.
        indirect case checked(sum: String?, verdict: String?)
        /// Another attempt follows after a pause. `left` counts it and those after it.
        indirect case retry(reason: String, pause: Duration, left: Int)
        /// Nothing is asked of the URL, and that is as it should be.
        indirect case skipped(HTTPURL?, reason: String)
        /// It is over; nil = all is well. `code` is the exit status that the failure stands for.
        case ended(failure: String?, code: CInt)
    }

    /// What is asked. What a plain `GET` has not is behind a reference.
    public struct Request: Sendable {
        /// Where.
        public let url: HTTPURL
        /// nil = `GET`, and nothing else.
        private let rest: Rest?

        private final class Rest: Sendable {
            let method: String
            let referer: String?
            let usesProxy: Bool
            let bodyBytes: Int64?

            init(_ method: String, _ referer: String?, _ usesProxy: Bool, _ bodyBytes: Int64?) {
                (self.method, self.referer, self.usesProxy) = (method, referer, usesProxy)
                self.bodyBytes = bodyBytes
            }
        }

        /// A `GET` that nothing else is told of.
        package var isPlain: Bool { rest == nil }
        /// For example `GET`.
        public var method: String { rest?.method ?? "GET" }
        /// The value of its Referer field.
        public var referer: String? { rest?.referer }
        /// True when a proxy is on the way.
        public var usesProxy: Bool { rest?.usesProxy ?? false }
        /// The length of its body; nil = not known, or there is none.
        public var bodyBytes: Int64? { rest?.bodyBytes }

        /// Names all of it.
        public init(
            method: String, url: HTTPURL, referer: String?, usesProxy: Bool, bodyBytes: Int64?
        ) {
            self.url = url
            let isPlain = method == "GET" && referer == nil && !usesProxy && bodyBytes == nil
            rest = isPlain ? nil : Rest(method, referer, usesProxy, bodyBytes)
        }
    }

    /// What a listener wants to hear of beside the beginnings and ends of attempts, requests, answers and bodies. What
    /// nobody asked for costs nothing; what one asked for others hear as well.
    public struct Interests: OptionSet, Sendable {
        /// One bit for each.
        public let rawValue: UInt8

        /// The interests of these bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The steps of getting a connection.
        public static let connecting = Interests(rawValue: 1)
        /// URLs, connections that are used again, interim answers, redirects, logins, retries and the end of a request.
        public static let steps = Interests(rawValue: 2)
        /// What else is known: bytes of heads and trailers, what was delivered, what is odd.
        public static let details = Interests(rawValue: 4)
        /// When each event happened. Without it the clock is read at beginnings and ends of attempts, at first bytes and
        /// where time was spent on waiting; other events have the instant of the one before. With it, so have those that
        /// follow in the same breath: a URL and the first request for it, a connection that is used again, what an exchange
        /// begins with, and what is read in one piece, the last use of the connection included.
        public static let instants = Interests(rawValue: 8)
        /// The bytes of bodies, which keeps the kernel from moving them alone.
        public static let bodies = Interests(rawValue: 16)
        /// All but the bytes of bodies.
        public static let all: Interests = [.connecting, .steps, .details, .instants]
    }

    /// What becomes of an answer.
    public enum Fate: String, Sendable {
        /// It is the answer: its body is delivered.
        case delivered
        /// A redirect leads on.
        case followed
        /// The request is sent again to say who asks.
        case repeatedWithLogin
        /// The request is sent again without `Expect`.
        case repeatedWithoutExpect
        /// Another attempt follows.
        case retried
        /// It is the answer, but its body is not wanted: what was asked for has not changed.
        case unmodified
        /// It is the answer, but its body is not wanted: everything is there already, or only the head was asked for.
        case unwanted
        /// The transfer fails because of it.
        case refused
    }
}

/// Hears what happens to transfers. Called on the loop, synchronously: what it does delays that transfer and no other.
@LoopActor
public protocol TransferListener: AnyObject, Sendable {
    /// What it wants to hear of; asked for once for each transfer.
    var interests: TransferEvent.Interests { get }
    /// Something happened.
    func hear(_ event: TransferEvent)
}

extension TransferListener {
    /// All but the bytes of bodies.
    public var interests: TransferEvent.Interests { .all }
}
