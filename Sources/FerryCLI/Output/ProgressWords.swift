/// Sizes, speeds and times as people say them, and the lines that tell of a transfer. Pure.
enum ProgressWords {
    private static let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]

    /// At most seven cells: `999 B`, `1.2 kB`, `12.3 MB`, `123 GB`. Cut, not rounded up: bytes that are not there yet
    /// do not count.
    static func size(_ bytes: Int64) -> String {
        let (number, unit) = scaled(bytes)
        return "\(number) \(units[unit])"
    }

    /// At most five cells: `999B`, `1.2k`, `12.3M`, `123G`.
    static func shortSize(_ bytes: Int64) -> String {
        let (number, unit) = scaled(bytes)
        return number + units[unit].prefix(1)
    }

    /// As `size`, without a fraction that is zero: `12 MB`.
    static func plainSize(_ bytes: Int64) -> String {
        let (number, unit) = scaled(bytes)
        return "\(number.hasSuffix(".0") ? String(number.dropLast(2)) : number) \(units[unit])"
    }

    /// At most seven cells: `0:07`, `12:34`, `1:02:03`, from ten hours on `12 h`, from a hundred on `5 d`.
    static func clock(_ seconds: Int) -> String {
        let (minutes, second) = max(0, seconds).quotientAndRemainder(dividingBy: 60)
        let (hours, minute) = minutes.quotientAndRemainder(dividingBy: 60)
        let tail = ":" + padded(second, 2, with: "0")
        if hours == 0 { return "\(minute)\(tail)" }
        if hours < 10 { return "\(hours):\(padded(minute, 2, with: "0"))\(tail)" }
        return hours < 100 ? "\(hours) h" : "\(min(hours / 24, 99_999)) d"
    }

    /// How long something took: `3.1 s`, `2 min 5 s`, `1 h 2 min`.
    static func span(_ duration: Duration) -> String {
        let tenths = Int(max(.zero, duration) / .milliseconds(100))
        guard tenths >= 600 else { return "\(tenths / 10).\(tenths % 10) s" }
        let (minutes, seconds) = (tenths / 10).quotientAndRemainder(dividingBy: 60)
        guard minutes >= 60 else { return "\(minutes) min \(seconds) s" }
        return "\(minutes / 60) h \(minutes % 60) min"
    }

    /// What is said of a transfer that went well; nil where nothing is.
    static func end(_ ended: TransferBoard.Ended, tellsPassedOn: Bool) -> String? {
        endLines(ended, tellsPassedOn: tellsPassedOn, columns: .max)?.first
    }

    /// The same in lines of a terminal: what does not fit is broken between its parts, and the name is told whole.
    static func endLines(_ ended: TransferBoard.Ended, tellsPassedOn: Bool, columns: Int) -> [String]? {
        guard ended.code == 0, ended.failure == nil else { return nil }
        let entry = ended.entry
        let word: String
        switch entry.start.purpose {
        case .saved: word = entry.path == nil ? "fetched" : "saved"
        case .fetched: word = "fetched"
        case .sent: word = "sent"
        case .passedOn:
            guard tellsPassedOn else { return nil }
            word = "fetched"
        }
        let name = entry.path.map(TerminalText.escapedLine) ?? entry.start.name
        let bytes =
            entry.start.purpose == .sent ? entry.sent : entry.resumedFrom.addingSaturated(entry.received)
        var figures = ["\(plainSize(bytes)) in \(span(ended.elapsed))"]
        if let verdict = entry.verdict { figures.append(verdict) }
        if entry.attempt > 1 { figures.append("\(entry.attempt) attempts") }
        var lines = ["\(word) \(name)"]
        for (index, figure) in figures.enumerated() {
            let isLast = index == figures.count - 1
            let part = isLast ? figure : figure + ","
            let longer = lines[lines.count - 1] + (index == 0 ? "  " : " ") + part
            // Some terminals wrap after a full line.
            if CellWidth.of(longer) < columns {
                lines[lines.count - 1] = longer
            } else {
                lines.append("  " + part)
            }
        }
        return lines
    }

    /// How far a transfer is, in a line of its own.
    static func line(_ entry: TransferBoard.Entry, speed: Int64, now: ContinuousClock.Instant) -> String {
        let name = entry.start.name
        if let wait = wait(entry, now: now) { return "\(name): \(wait)" }
        var parts: [String] = []
        if let share = entry.share {
            parts.append("\(ProgressText.percent(share.done, of: share.of))%")
            parts.append("\(plainSize(share.done)) of \(plainSize(share.of))")
        } else {
            parts.append(plainSize(entry.moved))
        }
        parts.append(plainSize(speed) + "/s")
        if let left = entry.left(at: speed) { parts.append("\(clock(left)) left") }
        return "\(name): " + parts.joined(separator: ", ")
    }

    /// The same for many.
    static func line(_ totals: TransferBoard.Totals, speed: Int64) -> String {
        "\(counts(totals)): \(plainSize(totals.moved)), \(plainSize(speed))/s"
    }

    /// How many are done, failed and running.
    static func counts(_ totals: TransferBoard.Totals) -> String {
        let failed = totals.failed > 0 ? ", \(totals.failed) failed" : ""
        return "\(totals.ended - totals.failed) done\(failed), \(totals.running) running"
    }

    /// What a transfer waits for while nothing moves; nil while something does.
    static func wait(_ entry: TransferBoard.Entry, now: ContinuousClock.Instant) -> String? {
        switch entry.state {
        case .pausing(let next):
            return "attempt \(entry.attempt + 1) in \(clock(Int(max(.zero, next - now) / .seconds(1))))"
        case .waiting: return entry.attempt > 1 ? "waits, attempt \(entry.attempt)" : "waits"
        case .sending, .receiving: return nil
        }
    }

    /// Three digits and the place of the unit; one digit after the point below 100 of the larger units.
    private static func scaled(_ bytes: Int64) -> (number: String, unit: Int) {
        var (value, tenths, unit) = (max(0, bytes), Int64(0), 0)
        while value >= 1000 {
            tenths = value % 1000 / 100
            value /= 1000
            unit += 1
        }
        return (unit > 0 && value < 100 ? "\(value).\(tenths)" : "\(value)", unit)
    }
}
