/// Draws curl's meters on standard error while transfers run; told the time, never asks for it.
final class ProgressDisplay {
    /// What is drawn.
    enum Style {
        case meter
        case bar
        case parallel
    }

    /// How often a new picture is worth drawing, and `tick` worth calling.
    let interval: Duration

    private let stream: TextStream
    private let style: Style
    private let columns: Int
    private var bar: ProgressBar
    private var window = SpeedWindow()
    private var lastDraw: ContinuousClock.Instant?
    private var hasHeader = false

    init(stream: TextStream, style: Style) {
        self.stream = stream
        self.style = style
        columns = stream.assumedColumns
        bar = ProgressBar(columns: columns)
        interval =
            switch style {
            case .meter: .seconds(1)
            case .bar: .milliseconds(100)
            case .parallel: .milliseconds(500)
            }
    }

    /// Begins another serial transfer: its speed starts over.
    func begin(resumingFrom offset: Int64 = 0) {
        window = SpeedWindow()
        lastDraw = nil
        if offset > 0 { stream.print(ProgressMeter.resumeLine(offset)) }
    }

    /// Draws if the interval has passed. `currentSpeed` of the figures is filled in here.
    func tick(_ figures: ProgressFigures, now: ContinuousClock.Instant) {
        guard isDue(now) else { return }
        draw(figures, now, isLast: false)
    }

    /// Draws the last picture of a serial transfer and leaves its line.
    func finish(_ figures: ProgressFigures, now: ContinuousClock.Instant) {
        draw(figures, now, isLast: true)
    }

    /// Draws a parallel run if the interval has passed. `currentSpeed` of the figures is filled in here.
    func tick(_ figures: ParallelFigures, now: ContinuousClock.Instant) {
        guard isDue(now) else { return }
        draw(figures, now, isLast: false)
    }

    /// Draws the last picture of a parallel run and leaves its line.
    func finish(_ figures: ParallelFigures, now: ContinuousClock.Instant) {
        draw(figures, now, isLast: true)
    }

    private func isDue(_ now: ContinuousClock.Instant) -> Bool {
        guard let lastDraw else { return true }
        return now - lastDraw >= interval
    }

    private func draw(_ figures: ProgressFigures, _ now: ContinuousClock.Instant, isLast: Bool) {
        lastDraw = now
        var figures = figures
        figures.currentSpeed = window.speed(total: figures.received + figures.sent, now: now)
        if style == .bar {
            stream.redraw(bar.line(figures), endsLine: isLast)
        } else {
            printHeader(ProgressMeter.header(columns: columns))
            stream.redraw(ProgressMeter.line(figures, columns: columns), endsLine: isLast)
        }
    }

    private func draw(_ figures: ParallelFigures, _ now: ContinuousClock.Instant, isLast: Bool) {
        lastDraw = now
        var figures = figures
        figures.currentSpeed = window.speed(total: figures.received + figures.sent, now: now)
        printHeader(ParallelMeter.header(columns: columns))
        stream.redraw(ParallelMeter.line(figures, columns: columns), endsLine: isLast)
    }

    private func printHeader(_ header: String) {
        if !hasHeader { stream.print(header) }
        hasHeader = true
    }
}
