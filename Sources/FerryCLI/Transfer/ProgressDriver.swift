import Connector

/// Feeds the progress meter from the transfers that run: on a terminal only, and not while the body goes there too.
@LoopActor
final class ProgressDriver {
    private let stream: TextStream
    private let usesBar: Bool
    private let isSilent: Bool
    private var display: ProgressDisplay?
    private var isParallel = false
    private var isHidden = false
    private var live: [Int: Transfer] = [:]
    private var done = ParallelFigures()
    private var begun = 0
    private var ticker: Task<Void, Never>?
    private let started = ContinuousClock.now

    init(_ run: RunPlan, _ stream: TextStream) {
        self.stream = stream
        usesBar = run.usesProgressBar
        isSilent = run.isSilent
    }

    func begin(isParallel: Bool) {
        self.isParallel = isParallel
    }

    func add(_ transfer: Transfer) {
        begun += 1
        live[transfer.plan.number] = transfer
        guard
            ProgressDisplay.isWanted(
                stream: stream, bodyGoesToTerminal: transfer.output.goesToTerminal, isSilent: isSilent,
                isMeterOff: isHidden)
        else {
            // One line for all of them cannot stand among the body of one.
            if isParallel {
                isHidden = true
                stopTicking()
            }
            return
        }
        guard transfer.skippedFile == nil else { return }
        if isParallel {
            guard display == nil else { return }
            show(.parallel)
        } else {
            show(
                usesBar ? .bar : .meter,
                resumingFrom: transfer.output.resumeOffset(transfer.operation.plan.output.continueAt))
        }
    }

    private func show(_ style: ProgressDisplay.Style, resumingFrom offset: Int64 = 0) {
        let display = ProgressDisplay(stream: stream, style: style)
        self.display = display
        display.begin(resumingFrom: offset)
        ticker = EventLoop.shared.start {
            while true {
                do { try await EventLoop.shared.sleep(until: .now + display.interval) } catch { return }
                self.tick()
            }
        }
    }

    func remove(_ transfer: Transfer) {
        live[transfer.plan.number] = nil
        done.received += transfer.figures.received
        done.sent += transfer.figures.sent
        guard !isParallel, let display else { return }
        stopTicking()
        display.finish(figures(of: transfer), now: .now)
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

    private func figures(of transfer: Transfer) -> ProgressFigures {
        var figures = transfer.figures
        figures.elapsed = transfer.elapsed
        return figures
    }

    private func sums() -> ParallelFigures {
        var sums = done
        sums.transfers = begun
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
