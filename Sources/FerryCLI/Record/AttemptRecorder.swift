import HTTPClient

/// Notes the attempts of a transfer for its report.
@LoopActor
final class AttemptRecorder: TransferListener {
    let interests = TransferEvent.Interests.all.subtracting(.connecting)
    private(set) var attempts: [ReportEntry.Attempt] = []
    private var started = ContinuousClock.now
    /// An attempt is under way, and not the pause before the next one.
    private var isUnderWay = false

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            attempts.append(ReportEntry.Attempt())
            started = event.instant
            isUnderWay = true
        case .head(let head, _, _): change { $0.statusCode = head.status }
        case .retry(let reason, _, _): end(event, reason)
        case .ended(let failure, _): end(event, failure)
        default: break
        }
    }

    private func end(_ event: TransferEvent, _ error: String?) {
        guard isUnderWay else { return }
        isUnderWay = false
        change {
            $0.error = error
            $0.time = started.duration(to: event.instant)
        }
    }

    private func change(_ body: (inout ReportEntry.Attempt) -> Void) {
        guard !attempts.isEmpty else { return }
        body(&attempts[attempts.count - 1])
    }
}
