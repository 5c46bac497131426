import Connector

/// Bars at the bottom of the terminal; what has ended scrolls up.
@LoopActor
final class BarsView: ProgressView {
    /// Drawing a full screen of a thousand transfers takes a millisecond, so it is done half as often as an eye could
    /// see.
    let interval = Duration.milliseconds(200)
    let givesWayToBodies: Bool
    private let screen: ProgressScreen
    /// Where transfers are repeated to measure a server, a line for each would be too many.
    private let tellsEnds: Bool
    private var bars = ProgressBars()

    init(_ screen: ProgressScreen, isOnTerminal: Bool, tellsEnds: Bool) {
        self.screen = screen
        self.tellsEnds = tellsEnds
        givesWayToBodies = isOnTerminal
    }

    func show(_ board: inout TransferBoard, isHidden: Bool, now: ContinuousClock.Instant) {
        guard !isHidden else { return }
        screen.draw { bars.lines(&board, $0, now: now) }
    }

    /// A failure is told by its message, which scrolls up as well.
    func end(_ ended: TransferBoard.Ended) {
        guard tellsEnds else { return }
        let columns = screen.size.columns
        let lines = ProgressWords.endLines(ended, tellsPassedOn: false, columns: columns) ?? []
        lines.forEach(screen.scrollUp)
    }

    func giveWay() { screen.makeRoom() }

    func resume() { screen.leave() }

    func finish() { screen.makeRoom() }
}

/// Whole lines: one each ten seconds, and one at each end. For screen readers, logs and CI.
@LoopActor
final class PlainView: ProgressView {
    let interval = Duration.seconds(10)
    private let stream: TextStream

    init(_ stream: TextStream) {
        self.stream = stream
    }

    func show(_ board: inout TransferBoard, isHidden: Bool, now: ContinuousClock.Instant) {
        guard let first = board.longestRunning(1).first else { return }
        if board.totals.running > 1 {
            let totals = board.totals
            stream.print(ProgressWords.line(totals, speed: board.speed(of: totals, now: now)) + "\n")
        } else {
            let speed = board.speed(of: first.start.number, now: now)
            stream.print(ProgressWords.line(first, speed: speed, now: now) + "\n")
        }
    }

    func end(_ ended: TransferBoard.Ended) {
        if let line = ProgressWords.end(ended, tellsPassedOn: true) { stream.print(line + "\n") }
    }
}
