import HTTPClient

/// Notes the attempts of a transfer for its report.
@LoopActor
final class AttemptRecorder: TransferListener {
    let interests = TransferEvent.Interests.all.subtracting(.connecting)
    private(set) var attempts: [ReportEntry.Attempt] = []
    private var started = ContinuousClock.now

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .attemptBegan:
            attempts.append(ReportEntry.Attempt())
            started = event.instant
        case .head(let head, _, _): change { $0.statusCode = head.status }
        case .retry(let reason, _, _):
            change {
                $0.error = reason
                $0.time = started.duration(to: event.instant)
            }
        case .ended(let failure, _):
            change {
                $0.error = failure
                $0.time = started.duration(to: event.instant)
            }
        default: break
        }
    }

    private func change(_ body: (inout ReportEntry.Attempt) -> Void) {
        guard !attempts.isEmpty else { return }
        body(&attempts[attempts.count - 1])
    }
}
