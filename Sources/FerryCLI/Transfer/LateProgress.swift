import Connector

/// Tells of transfers that last long, where messages go to no terminal and no form of progress was asked for.
///
/// Nobody listens to a transfer for it: it looks at those that run when the time has come, so that a run that is over before
/// pays for one timer.
@LoopActor
final class LateProgress {
    /// From when on a transfer is told of, and how often.
    static let patience = Duration.seconds(10)

    private let stream: TextStream
    private let running: () -> [Transfer]
    private var task: Task<Void, Never>?
    /// The transfers of which something was told. Mostly there is none, so it is no dictionary: the first one of a process
    /// costs more than the rest of this.
    private var told: [Told] = []

    private struct Told {
        let number: Int
        var window = SpeedWindow()
    }

    /// `running` gives the transfers that run.
    init(_ stream: TextStream, running: @escaping () -> [Transfer]) {
        self.stream = stream
        self.running = running
    }

    func start() {
        task = EventLoop.shared.start {
            var next = ContinuousClock.now + Self.patience
            while true {
                do { try await EventLoop.shared.sleep(until: next) } catch { return }
                next = self.tell(now: .now)
            }
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }

    /// Tells of what lasts long by now.
    /// - Returns: when to come again.
    private func tell(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let transfers = running()
        let late = transfers.filter { now - $0.started >= Self.patience }
        guard !late.isEmpty else {
            return transfers.map { $0.started + Self.patience }.min() ?? now + Self.patience
        }
        let entries = late.map { $0.boardEntry() }
        let speed = entries.reduce(Int64(0)) { $0.addingSaturated(self.speed($1, now: now)) }
        if let entry = entries.first, entries.count == 1, entry.received == 0 {
            // It waits, it is sent, or the kernel drops what comes: none of that is counted here.
            stream.print("\(entry.start.name): runs for \(ProgressWords.span(now - entry.began))\n")
        } else if let entry = entries.first, entries.count == 1 {
            stream.print(ProgressWords.line(entry, speed: speed, now: now) + "\n")
        } else {
            let moved = entries.reduce(Int64(0)) { $0.addingSaturated($1.moved) }
            let words = "\(entries.count) transfers run for more than 10 seconds"
            stream.print(
                "\(words): \(ProgressWords.plainSize(moved)), \(ProgressWords.plainSize(speed))/s\n")
        }
        return now + Self.patience
    }

    /// Bytes a second since it was last told of, or since its beginning.
    private func speed(_ entry: TransferBoard.Entry, now: ContinuousClock.Instant) -> Int64 {
        let number = entry.start.number
        let place = told.firstIndex { $0.number == number } ?? told.count
        if place == told.count { told.append(Told(number: number)) }
        return told[place].window.speed(total: entry.received, since: entry.began, now: now)
    }

    /// A transfer is over; one that was told of gets a line.
    func ended(_ transfer: Transfer) {
        guard let place = told.firstIndex(where: { $0.number == transfer.plan.number }) else { return }
        told.remove(at: place)
        var entry = transfer.boardEntry()
        entry.path = transfer.writtenFile.map(transfer.context.secrets.text)
        entry.verdict = transfer.checks?.verdict
        let ended = TransferBoard.Ended(
            entry: entry, elapsed: .now - transfer.started, failure: nil,
            code: Int(transfer.result.status.rawValue))
        if let line = ProgressWords.end(ended, tellsPassedOn: true) { stream.print(line + "\n") }
    }
}
