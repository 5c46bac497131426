import Connector
import HTTPClient
import HTTPCore

/// Writes what happens to transfers in the words of `-v` and the traces. One for the run.
@LoopActor
final class TraceListener: TransferListener {
    private let trace: TraceWriter
    private let showsNetwork: Bool
    private let secrets: Secrets
    /// What hides secrets in the bodies under way, by transfer and direction.
    private var bodies: [Body: SecretStream] = [:]

    private struct Body: Hashable {
        var transfer: Int
        var kind: TraceEvent
    }

    init(_ trace: TraceWriter, showsNetwork: Bool, secrets: Secrets) {
        self.trace = trace
        self.showsNetwork = showsNetwork
        self.secrets = secrets
    }

    var interests: TransferEvent.Interests { [.all, .bodies] }

    func hear(_ event: TransferEvent) {
        trace.source = (event.transfer, event.connection)
        switch event.kind {
        case .securedByHSTS(let host): trace.info("\(host) wants https only (HSTS)")
        case .connector(let step): show(step)
        case .requestHead(let head):
            record(.headerSent, head)
            begin(.dataSent, of: event, head)
        case .requestBody(let bytes): record(.dataSent, bytes, of: event)
        case .requestEnded:
            end(.dataSent, of: event)
            trace.info("Request completely sent off")
        case .interim(let head): record(.headerReceived, head.raw)
        case .cookieRefused(let reason): trace.info("Cookie refused: \(reason)")
        case .head(let head, _, _):
            record(.headerReceived, head.raw)
            begin(.dataReceived, of: event, head.raw)
        case .body(let bytes): record(.dataReceived, bytes, of: event)
        case .trailers(let block), .headRefused(let block): record(.headerReceived, block)
        case .oddity(let oddity): trace.info("Odd, and read all the same: \(oddity)")
        case .connectionLeft(let connection, let isKept):
            end(.dataSent, of: event)
            end(.dataReceived, of: event)
            let number = event.connection ?? -1
            trace.info(
                isKept
                    ? "Connection #\(number) to \(ConnectorWords.place(of: connection.endpoint)) left intact"
                    : "Closing connection #\(number)")
        case .scheduled, .attemptBegan, .urlSettled, .hopBegan, .exchangeBegan, .requestSpliced,
            .responseBegan,
            .resumed, .bodySpliced, .delivered, .redirected, .loginAsked, .expectationRefused, .hostPaused,
            .checked, .retry, .skipped, .ended:
            break
        }
    }

    private func show(_ step: ConnectorEvent) {
        switch step {
        case .tunnelRequested(let head): record(.headerSent, head)
        case .tunnelAnswered(let head): record(.headerReceived, head)
        default: break
        }
        for line in ConnectorWords.lines(for: step) { trace.info(line) }
        guard showsNetwork else { return }
        for line in ConnectorWords.details(for: step) { trace.info(line) }
    }

    // MARK: Bodies

    /// A body begins whose head says what it is made of. -v shows none of it.
    private func begin(_ kind: TraceEvent, of event: TransferEvent, _ head: [UInt8]) {
        guard trace.style != .verbose else { return }
        bodies[Body(transfer: event.transfer, kind: kind)] = secrets.stream(type: Self.contentType(in: head))
    }

    private func record(_ kind: TraceEvent, _ bytes: UnsafeRawBufferPointer, of event: TransferEvent) {
        let body = Body(transfer: event.transfer, kind: kind)
        guard bodies[body] != nil else { return trace.record(kind, bytes) }
        if let shown = bodies[body]?.next(bytes) { recordUnlessEmpty(kind, shown) }
    }

    private func end(_ kind: TraceEvent, of event: TransferEvent) {
        var body = bodies.removeValue(forKey: Body(transfer: event.transfer, kind: kind))
        if let rest = body?.end() { recordUnlessEmpty(kind, rest) }
    }

    private static func contentType(in head: [UInt8]) -> String? {
        let line = head.split(separator: 0x0A).lazy.map { String(decoding: $0, as: UTF8.self) }.first {
            $0.lowercased().hasPrefix("content-type:")
        }
        return line.map { String($0.dropFirst(13).filter { $0 != "\r" }.drop { $0 == " " }) }
    }

    private func recordUnlessEmpty(_ kind: TraceEvent, _ bytes: [UInt8]) {
        if !bytes.isEmpty { record(kind, bytes) }
    }

    private func record(_ kind: TraceEvent, _ block: [UInt8]) {
        block.withUnsafeBytes { trace.record(kind, $0) }
    }
}
