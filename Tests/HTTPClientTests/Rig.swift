import Connector
import Glibc
import HTTPClient
import HTTPCore
import TestSupport
import Testing

/// A client on a connector of its own, and the server it talks to.
@LoopActor
struct Rig {
    let server: ScriptedServer
    let connector: BaseConnector
    let client: HTTPClient
    let endpoint: Endpoint

    private let directory: TemporaryDirectory?

    init(_ server: ScriptedServer, tls: TLSMode = .verified) throws {
        self.server = server
        directory = nil
        connector = try TCPConnector {
            $0.keepAliveTimeout = .seconds(600)
            $0.tls = tls
        }
        client = HTTPClient(connector: connector)
        endpoint = try connector.endpoint(for: ConnectionRequest(HTTPURL.parse(server.url())))
    }

    init(tls: TLSMode = .verified, serverTLS: ServerTLS? = nil, scripts: [ServerStep]...) throws {
        try self.init(ScriptedServer(tls: serverTLS, scripts: scripts), tls: tls)
    }

    /// Over a Unix socket, whose buffer is filled with little.
    init(narrow scripts: [ServerStep]...) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        server = try ScriptedServer(on: .unix(directory.file("s")), scripts: scripts)
        connector = try UnixConnector(path: directory.file("s")) {
            $0.keepAliveTimeout = .seconds(600)
        }
        client = HTTPClient(connector: connector)
        endpoint = try connector.endpoint(for: ConnectionRequest(HTTPURL.parse(server.url())))
    }

    init(handler: @escaping ScriptedServer.Handler) throws {
        try self.init(ScriptedServer(handler: handler))
    }

    /// Sends and returns what the handler saw.
    @discardableResult
    func send(
        _ request: RequestMessage = .get(), handler: Recorder? = nil,
        deadline: ContinuousClock.Instant? = nil,
        parserOptions: ResponseParser.Options = ResponseParser.Options()
    ) async throws -> Recorder {
        let handler = handler ?? Recorder()
        var setting = RequestAttempt.Setting(handler: handler, limits: RequestLimits(deadline: deadline))
        setting.parserOptions = parserOptions
        setting.pace = handler.isPaced ? handler : nil
        setting.events = handler.teller
        setting.sendsFilesUnseen = handler.requestBodyMayPassUnseen
        setting.isCounted = true
        defer { handler.checkFigures() }
        try await drive(RequestAttempt(request, to: endpoint, over: connector, setting))
        return handler
    }

    /// Sends and returns the error, as its text.
    func failure(
        _ request: RequestMessage = .get(), handler: Recorder? = nil, deadline: ContinuousClock.Instant? = nil
    ) async -> String {
        do {
            try await send(request, handler: handler, deadline: deadline)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    /// True when nothing is leased, idle or on its way.
    var isEmpty: Bool {
        let counts = connector.statistics
        return counts.idle + counts.inUse + counts.pending + counts.waiting + counts.closing == 0
    }

    /// True when one connection is kept and nothing else is there.
    var keepsOne: Bool {
        connector.statistics.idle == 1 && connector.statistics.inUse == 0 && connector.statistics.pending == 0
    }
}

extension RequestMessage {
    static func get(_ target: String = "/", method: String = "GET", fields: [HeaderField] = [])
        -> RequestMessage
    {
        RequestMessage(
            method: method, target: target, fields: [HeaderField(name: "Host", value: "h")] + fields)
    }

    @LoopActor
    static func upload(
        _ body: RequestBody, method: String = "PUT", expecting patience: Duration? = nil
    ) -> RequestMessage {
        var request = get(method: method)
        request.body = body
        request.continueTimeout = patience
        switch body {
        case .none: break
        case .bytes(let bytes):
            request.fields.append(HeaderField(name: "Content-Length", value: "\(bytes.count)"))
        case .sized(let source):
            request.fields.append(HeaderField(name: "Content-Length", value: "\(source.length ?? -1)"))
        case .chunked: request.fields.append(HeaderField(name: "Transfer-Encoding", value: "chunked"))
        }
        if patience != nil { request.fields.append(HeaderField(name: "Expect", value: "100-continue")) }
        return request
    }
}

/// Notes every call and what is told in order; body calls that follow each other are one event.
@LoopActor
final class Recorder: ExchangeHandler, TransferListener, Pace, SpliceTarget {
    private(set) var events: [String] = []
    private(set) var sentHead = ""
    private(set) var sentBody: [UInt8] = []
    private(set) var heads: [ResponseHead] = []
    private(set) var body: [UInt8] = []
    private(set) var trailers: [HeaderField] = []
    private(set) var framing: BodyFraming?
    private(set) var connections: [ObjectIdentifier] = []
    private(set) var spliced = 0
    private(set) var sentUnseen = 0
    private(set) var figures: [ExchangeFigures] = []
    private(set) var times: [ConnectionTimes] = []
    /// Bytes of bodies that events told of.
    private var told: (received: Int64, sent: Int64) = (0, 0)
    /// Throws `Refusal` at this event.
    var refuses: String?
    /// Called at each event.
    var onEvent: ((String) -> Void)?
    /// Gets what comes through `responseBody`.
    var onBody: ((UnsafeRawBufferPointer) -> Void)?
    var discardsBody = false
    var ignoresBody = false
    var requestBodyMayPassUnseen = false
    /// Where bytes may be spliced to.
    var target: CInt?
    var gate: BodyGate?
    var readPieceBytes = Int.max
    var writePieceBytes = Int.max
    var receivePause: ((Int) -> Duration?)?
    var sendPause: ((Int) -> Duration?)?
    var isPaced: Bool {
        readPieceBytes < .max || writePieceBytes < .max || receivePause != nil || sendPause != nil
    }

    struct Refusal: Error, Equatable {}

    nonisolated init() {}

    /// What tells this recorder of a request.
    var teller: TransferEvents {
        TransferEvents(transfer: 0, listeners: ListenerList([self]), numbers: ConnectionNumbers())
    }

    private func note(_ event: String) {
        if events.last != event || event == "begin" { events.append(event) }
        onEvent?(event)
    }

    private func noteThrowing(_ event: String) throws {
        note(event)
        if refuses == event { throw Refusal() }
    }

    /// What an exchange comes to is what its events told of, and it is told for each.
    fileprivate func checkFigures() {
        #expect(figures.count >= connections.count)
        #expect(figures.reduce(0) { $0 + $1.receivedBytes } == told.received)
        #expect(figures.reduce(0) { $0 + $1.sentBytes } == told.sent)
    }

    func connectionTook(_ times: ConnectionTimes) { self.times.append(times) }
    func exchangeEnded(_ figures: ExchangeFigures) { self.figures.append(figures) }

    private func count(_ kind: TransferEvent.Kind) {
        switch kind {
        case .body(let bytes): told.received += Int64(bytes.count)
        case .bodySpliced(let count): told.received += Int64(count)
        case .requestBody(let bytes): told.sent += Int64(bytes.count)
        case .requestSpliced(let count): told.sent += Int64(count)
        default: break
        }
    }

    func hear(_ event: TransferEvent) {
        count(event.kind)
        switch event.kind {
        case .exchangeBegan(let connection):
            connections.append(ObjectIdentifier(connection))
            note("begin")
        case .requestHead(let head):
            sentHead = text(head)
            note("head sent")
        case .requestBody(let bytes):
            sentBody += bytes
            note("body sent")
        case .requestSpliced(let count):
            sentUnseen += count
            note("body sent")
        case .requestEnded: note("finished")
        case .responseBegan: note("answer")
        case .bodySpliced(let count): if discardsBody { spliced += count }
        case .delivered(let count): body += Array(repeating: 0, count: count)
        default: break
        }
    }

    func responseInformational(_ head: ResponseHead) throws {
        heads.append(head)
        try noteThrowing("\(head.status)")
    }
    func responseHead(_ head: ResponseHead, framing: BodyFraming) throws -> BodyRoute {
        heads.append(head)
        self.framing = framing
        try noteThrowing("head \(head.status)")
        if ignoresBody { return .ignore(atMost: 64 * 1024) }
        return discardsBody ? .discard : target == nil ? .deliver(gate) : .splice(self)
    }
    func responseBody(_ bytes: UnsafeRawBufferPointer) throws {
        body += bytes
        onBody?(bytes)
        try noteThrowing("body")
    }
    func responseEnd(trailers: [HeaderField]) throws {
        self.trailers = trailers
        try noteThrowing("end")
    }
    func spliceDescriptor() throws -> CInt? {
        if refuses == "spliced", spliced > 0 { throw Refusal() }
        return target
    }
    func didSplice(_ count: Int) {
        spliced += count
        note("spliced")
    }
    func pause(afterReceiving count: Int) -> Duration? { receivePause?(count) }
    func pause(afterSending count: Int) -> Duration? { sendPause?(count) }

    var status: Int? { heads.last?.status }
    var bodyText: String { text(body) }
}

/// As `patternBytes`, made once and repeated: the tests share a thread with everything they test.
func content(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += pattern.prefix(min(count - bytes.count, pattern.count)) }
    return bytes
}

private let pattern = patternBytes((1 << 18) + 1)

/// As `==`, which takes long where nothing is optimized.
func same(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
    guard let one, let other, one.count == other.count else { return false }
    return one.withUnsafeBytes { left in
        other.withUnsafeBytes { right in
            guard let start = left.baseAddress, let otherStart = right.baseAddress else { return true }
            return memcmp(start, otherStart, left.count) == 0
        }
    }
}

/// A source whose pieces the test gives.
@LoopActor
final class TestSource: BodySource {
    enum Step {
        case bytes([UInt8])
        case failure(any Error & Sendable)
        /// Waits until the test wakes it or the task is cancelled.
        case wait
    }

    let length: Int64?
    private let steps: [Step]
    private var next = 0
    private(set) var rewinds = 0
    private(set) var isReading = false
    private let isRewindable: Bool
    let suspension = Suspension()

    nonisolated init(_ steps: [Step], length: Int64? = nil, isRewindable: Bool = true) {
        self.steps = steps
        self.length = length
        self.isRewindable = isRewindable
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) async throws -> Int {
        precondition(!isReading, "two readers of one source")
        isReading = true
        defer { isReading = false }
        while true {
            guard next < steps.count else { return 0 }
            defer { next += 1 }
            switch steps[next] {
            case .bytes(let bytes):
                buffer.copyBytes(from: bytes)
                return bytes.count
            case .failure(let error): throw error
            case .wait:
                if case .cancelled = await suspension.wait() { throw CancellationError() }
            }
        }
    }

    func rewind() -> Bool {
        guard isRewindable else { return false }
        rewinds += 1
        next = 0
        return true
    }
}
