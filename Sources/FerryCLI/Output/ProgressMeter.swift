/// How far one transfer has come; all sizes in bytes.
struct ProgressFigures: Equatable {
    var received: Int64 = 0
    /// Nil while unknown.
    var toReceive: Int64?
    var sent: Int64 = 0
    /// Nil while unknown.
    var toSend: Int64?
    /// Since the transfer's start.
    var elapsed = Duration.zero
    /// Bytes a second at present, both ways.
    var currentSpeed: Int64 = 0
    /// What a resumed download starts at; counts for the bar.
    var resumedFrom: Int64 = 0
}

/// The table-like meter of a single transfer. Pure.
enum ProgressMeter {
    /// How much of the meter fits beside a free last column: a full line makes some terminals scroll.
    private enum Layout {
        case full
        case short
        case least

        init(columns: Int) { self = columns > 78 ? .full : columns > 25 ? .short : .least }
    }

    /// The title lines for so many columns.
    static func header(columns: Int) -> String {
        switch Layout(columns: columns) {
        case .full:
            "  % Total    % Received % Xferd  Average Speed  Time    Time    Time   Current\n"
                + "                                 Dload  Upload  Total   Spent   Left   Speed\n"
        case .short: "  %   Done  Speed    Left\n"
        case .least: "  %   Done  Speed\n"
        }
    }

    /// What stands before the meter of a resumed download.
    static func resumeLine(_ offset: Int64) -> String {
        "** Resuming transfer from byte position \(offset)\n"
    }

    /// The line for these figures: 78 columns where there are more, else what matters most.
    static func line(_ figures: ProgressFigures, columns: Int) -> String {
        let seconds = figures.elapsed / .seconds(1)
        let downSpeed = speed(figures.received, seconds)
        let upSpeed = speed(figures.sent, seconds)
        let spent = Int(seconds)
        let expected = max(
            duration(figures.toReceive, downSpeed), duration(figures.toSend, upSpeed))
        let done = figures.received + figures.sent
        let total = (figures.toReceive ?? figures.received).addingSaturated(figures.toSend ?? figures.sent)
        let layout = Layout(columns: columns)
        guard layout == .full else {
            let least = [
                padded(ProgressText.percent(done, of: total), 3), ProgressText.size6(done),
                ProgressText.size6(figures.currentSpeed),
            ]
            let left = layout == .short ? [ProgressText.time7(expected > 0 ? expected - spent : 0)] : []
            return (least + left).joined(separator: " ")
        }
        return [
            padded(ProgressText.percent(done, of: total), 3),
            ProgressText.size6(total),
            padded(ProgressText.percent(figures.received, of: figures.toReceive ?? 0), 3),
            ProgressText.size6(figures.received),
            padded(ProgressText.percent(figures.sent, of: figures.toSend ?? 0), 3),
            ProgressText.size6(figures.sent),
            ProgressText.size6(downSpeed),
            ProgressText.size6(upSpeed),
            ProgressText.time7(expected),
            ProgressText.time7(spent),
            ProgressText.time7(expected > 0 ? expected - spent : 0),
            ProgressText.size6(figures.currentSpeed),
        ].joined(separator: " ")
    }

    private static func speed(_ bytes: Int64, _ seconds: Double) -> Int64 {
        guard seconds > 0 else { return 0 }
        return Int64(min(Double(bytes) / seconds, 9e18))
    }

    private static func duration(_ total: Int64?, _ speed: Int64) -> Int {
        guard let total, speed > 0 else { return 0 }
        return Int(total / speed)
    }
}

/// The bar of `-#`. Pure but for the place of the moving sign.
struct ProgressBar {
    private static let sign = "-=O=-"

    private let width: Int
    private var position = 0
    private var step = 1

    /// `columns` of the terminal; kept between 20 and 400.
    init(columns: Int) {
        // One column stays free: a full line makes some terminals scroll.
        width = min(max(columns, 20), 400) - 1
    }

    /// A bar and a percentage, or a sign that moves at each call while the total is unknown.
    mutating func line(_ figures: ProgressFigures) -> String {
        let known = (figures.toReceive ?? 0).addingSaturated(figures.toSend ?? 0)
            .addingSaturated(figures.resumedFrom)
        let done = (figures.received + figures.sent).addingSaturated(figures.resumedFrom)
        guard figures.toReceive ?? figures.toSend != nil, known > 0 else { return movingLine() }
        let part = min(1, Double(max(0, done)) / Double(known))
        let room = width - 7
        let filled = Int(part * Double(room))
        let tenths = Int(part * 1000)
        return String(repeating: "#", count: filled) + String(repeating: " ", count: room - filled)
            + padded("\(tenths / 10).\(tenths % 10)%", 7)
    }

    private mutating func movingLine() -> String {
        let room = width - Self.sign.count
        let line =
            String(repeating: " ", count: position) + Self.sign
            + String(repeating: " ", count: room - position)
        if position + step < 0 || position + step > room { step = -step }
        position += step
        return line
    }
}

/// How far all transfers of a parallel run have come.
struct ParallelFigures: Equatable {
    /// Sums over all transfers; the totals are nil as soon as one is unknown.
    var received: Int64 = 0
    var toReceive: Int64?
    var sent: Int64 = 0
    var toSend: Int64?
    /// Transfers begun, and those still running or queued.
    var transfers = 0
    var live = 0
    var elapsed = Duration.zero
    var currentSpeed: Int64 = 0
}

/// The one-line meter of a parallel run. Pure.
enum ParallelMeter {
    /// The full line has 69 columns.
    private static func isFull(_ columns: Int) -> Bool { columns > 69 }

    /// The title line for so many columns.
    static func header(columns: Int) -> String {
        isFull(columns)
            ? "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n" : "DL%  Dled Live\n"
    }

    /// The line for these figures, in the columns of the title.
    static func line(_ figures: ParallelFigures, columns: Int) -> String {
        guard isFull(columns) else {
            return percent(figures.received, figures.toReceive) + " " + ProgressText.size5(figures.received)
                + " " + padded(figures.live, 4)
        }
        let spent = Int(figures.elapsed / .seconds(1))
        var left = 0
        if let toReceive = figures.toReceive, figures.currentSpeed > 0 {
            left = Int(max(0, toReceive - figures.received) / figures.currentSpeed)
        }
        return percent(figures.received, figures.toReceive) + " " + percent(figures.sent, figures.toSend)
            + " "
            + ProgressText.size5(figures.received) + " " + ProgressText.size5(figures.sent) + "  "
            + padded(figures.transfers, 5) + " " + padded(figures.live, 5) + " "
            + ProgressText.time7(left > 0 ? spent.addingSaturated(left) : 0) + "   "
            + ProgressText.time7(spent) + "  " + ProgressText.time7(left) + " "
            + ProgressText.size6(figures.currentSpeed)
    }

    private static func percent(_ done: Int64, _ total: Int64?) -> String {
        guard let total, total > 0 else { return " --" }
        return padded(ProgressText.percent(done, of: total), 3)
    }
}
