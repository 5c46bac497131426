import Connector
import HTTPClient
import HTTPCore

/// Draws curl's meter of the transfers that run, where an option asks for it: also in pipes, but not while a body
/// goes to a terminal.
@LoopActor
final class MeterDriver: ProgressListener {
    private let stream: TextStream
    private let usesBar: Bool
    private let isParallel: Bool
    private var display: ProgressDisplay?
    private var isHidden = false
    private var live: [Int: Live] = [:]
    private var done = ParallelFigures()
    private var ticker: Task<Void, Never>?
    private let started = ContinuousClock.now

    private struct Live {
        let started = ContinuousClock.now
        var figures = ProgressFigures()
    }

    init(usesBar: Bool, isParallel: Bool, _ stream: TextStream) {
        self.stream = stream
        self.usesBar = usesBar
        self.isParallel = isParallel
    }

    let interests = TransferEvent.Interests.all.subtracting(.connecting)

    func begin(_ start: TransferBoard.Start) -> Bool {
        done.transfers += 1
        guard !isHidden, !start.bodyGoesToTerminal else {
            // One line for all of them cannot stand among the body of one.
            if isParallel {
                isHidden = true
                stopTicking()
            }
            return false
        }
        live[start.number] = Live()
        if display == nil { show(isParallel ? .parallel : usesBar ? .bar : .meter) }
        if !isParallel { display?.begin(resumingFrom: start.resumingFrom) }
        return true
    }

    private func show(_ style: ProgressDisplay.Style) {
        let display = ProgressDisplay(stream: stream, style: style)
        self.display = display
        ticker = EventLoop.shared.start {
            while true {
                do { try await EventLoop.shared.sleep(until: .now + display.interval) } catch { return }
                self.tick()
            }
        }
    }

    func hear(_ event: TransferEvent) {
        let number = event.transfer
        switch event.kind {
        case .attemptBegan: live[number]?.figures = ProgressFigures()
        case .hopBegan(let request):
            live[number]?.figures.toSend = request.bodyBytes
            live[number]?.figures.received = 0
            live[number]?.figures.sent = 0
        case .requestBody(let bytes): live[number]?.figures.sent += Int64(bytes.count)
        case .requestSpliced(let count): live[number]?.figures.sent += Int64(count)
        case .head(_, let framing, .delivered):
            if case .length(let length) = framing { live[number]?.figures.toReceive = length }
        case .resumed(let offset): live[number]?.figures.resumedFrom = offset
        case .body(let bytes): live[number]?.figures.received += Int64(bytes.count)
        case .bodySpliced(let count): live[number]?.figures.received += Int64(count)
        case .ended: end(number)
        default: break
        }
    }

    private func end(_ number: Int) {
        guard let ended = live.removeValue(forKey: number) else { return }
        done.received += ended.figures.received
        done.sent += ended.figures.sent
        guard !isParallel, let display else { return }
        stopTicking()
        display.finish(figures(of: ended), now: .now)
    }

    func finish() {
        guard isParallel, let display else { return }
        stopTicking()
        display.finish(sums(), now: .now)
    }

    private func stopTicking() {
        ticker?.cancel()
        ticker = nil
        display = nil
    }

    private func tick() {
        guard let display else { return }
        if isParallel {
            display.tick(sums(), now: .now)
        } else if let transfer = live.values.first {
            display.tick(figures(of: transfer), now: .now)
        }
    }

    private func figures(of transfer: Live) -> ProgressFigures {
        var figures = transfer.figures
        figures.elapsed = transfer.started.duration(to: .now)
        return figures
    }

    private func sums() -> ParallelFigures {
        var sums = done
        sums.live = live.count
        sums.elapsed = started.duration(to: .now)
        var expected: Int64? = done.received
        for transfer in live.values {
            sums.received += transfer.figures.received
            sums.sent += transfer.figures.sent
            expected = transfer.figures.toReceive.flatMap { expected?.addingSaturated($0) }
        }
        sums.toReceive = expected
        return sums
    }
}
