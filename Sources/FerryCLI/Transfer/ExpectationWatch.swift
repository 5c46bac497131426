import Connector
import HTTPClient
import HTTPCore

/// Notes what the expectations of a transfer look at, and judges them when it has ended.
@LoopActor
final class ExpectationWatch: TransferListener {
    let interests = TransferEvent.Interests.steps
    /// True when the body has to come by here, decoded.
    let readsBody: Bool
    let expectations: [Expectation]
    private let readsFields: Bool
    private let readsCertificate: Bool
    private let limit: Int64
    private let reuse: ReuseCount?
    private(set) var seen = Observations()
    private var started = ContinuousClock.now
    /// The answer is the rest of one that had come in part.
    private var goesOn = false
    /// The body that comes is the answer's.
    private var isDelivered = false

    init(_ expectations: [Expectation], limit: Int64, reuse: ReuseCount?) {
        self.expectations = expectations
        self.limit = limit
        self.reuse = reuse
        readsBody = expectations.contains(where: \.readsBody)
        readsFields = expectations.contains(where: \.readsFields)
        readsCertificate = expectations.contains {
            if case .certificateDays = $0.kind { true } else { false }
        }
    }

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            seen = Observations()
            started = event.instant
        case .hopBegan: forgetAnswer()
        case .exchangeBegan(let connection): note(connection)
        case .head(let head, _, let fate):
            isDelivered = fate == .delivered
            seen.status = fate == .unmodified ? 304 : goesOn ? 200 : head.status
            if readsFields { seen.fields = head.fields.map { ($0.name, ByteString($0.valueBytes)) } }
        case .body(let bytes): if isDelivered { seen.size += Int64(bytes.count) }
        case .bodySpliced(let count): if isDelivered { seen.size += Int64(count) }
        case .redirected: seen.redirects += 1
        default: break
        }
    }

    /// The answer is the rest of a body whose first `count` bytes came in earlier attempts: what is judged is the whole.
    func goOn(from count: Int64) { (goesOn, seen.size) = (true, count) }

    private func forgetAnswer() {
        isDelivered = false
        goesOn = false
        seen.status = 0
        seen.fields = []
        seen.size = 0
        seen.body = .bytes([])
    }

    private func note(_ connection: Connection) {
        reuse?.requests += 1
        if connection.isReused { reuse?.reused += 1 }
        guard readsCertificate else { return }
        let leaf = connection.transport?.tls?.chain.first.flatMap { CertificateInfo(der: $0) }
        seen.certificateEnd = leaf?.notAfter
    }

    /// Takes a piece of the body as it is delivered.
    func take(_ bytes: UnsafeRawBufferPointer) {
        guard isDelivered, readsBody, case .bytes(var kept) = seen.body else { return }
        guard Int64(kept.count) + Int64(bytes.count) <= limit else {
            seen.body = .tooLong(limit)
            return
        }
        // Held once: two holders of the array would copy it with each piece.
        seen.body = .bytes([])
        kept.append(contentsOf: bytes)
        seen.body = .bytes(kept)
    }

    /// What is not as expected of an answer that has come.
    func judge(now: ContinuousClock.Instant, showsSecrets: Bool) -> [ExpectationFailure] {
        seen.time = started.duration(to: now)
        seen.now = Int(WallTime.second)
        return expectations.compactMap { $0.judge(seen, showsSecrets: showsSecrets) }
    }
}

/// How many requests of an operation went out, and how many of them over connections that had served before.
@LoopActor
final class ReuseCount {
    var requests = 0
    var reused = 0
}
