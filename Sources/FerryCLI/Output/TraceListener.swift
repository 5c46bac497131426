import Connector
import HTTPClient
import HTTPCore

/// Writes what happens to transfers in the words of `-v` and the traces. One for the run.
@LoopActor
final class TraceListener: TransferListener {
    private let trace: TraceWriter
    private let showsNetwork: Bool

    init(_ trace: TraceWriter, showsNetwork: Bool) {
        self.trace = trace
        self.showsNetwork = showsNetwork
    }

    var readsBodies: Bool { true }

    func hear(_ event: TransferEvent) {
        trace.source = (event.transfer, event.connection)
        switch event.kind {
        case .securedByHSTS(let host): trace.info("\(host) wants https only (HSTS)")
        case .connector(let step): show(step)
        case .requestHead(let head): record(.headerSent, head)
        case .requestBody(let bytes): trace.record(.dataSent, bytes)
        case .requestEnded: trace.info("Request completely sent off")
        case .interim(let head): record(.headerReceived, head.raw)
        case .cookieRefused(let reason): trace.info("Cookie refused: \(reason)")
        case .head(let head, _, _): record(.headerReceived, head.raw)
        case .body(let bytes): trace.record(.dataReceived, bytes)
        case .trailers(let block): record(.headerReceived, block)
        case .connectionLeft(let connection, let isKept):
            let number = event.connection ?? -1
            trace.info(
                isKept
                    ? "Connection #\(number) to \(ConnectorWords.place(of: connection.endpoint)) left intact"
                    : "Closing connection #\(number)")
        case .paced, .attemptBegan, .urlSettled, .hopBegan, .exchangeBegan, .requestSpliced, .responseBegan,
            .resumed, .bodySpliced, .delivered, .redirected, .loginAsked, .expectationRefused, .retry, .ended:
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

    private func record(_ kind: TraceEvent, _ block: [UInt8]) {
        block.withUnsafeBytes { trace.record(kind, $0) }
    }
}
