/// The picture of all that runs: a line for each transfer, those that run the longest first, and one for all of them.
///
/// Pure: what it shows depends on the board, the terminal's size, the time, and on the widest name so far, so that
/// columns do not jump when transfers come and go. Invariant: no line has more cells than the terminal's columns less
/// one, because some terminals wrap after a full line (two less where there is room, so that the ^Z which the kernel
/// echoes does not begin another row); and there is one line less than the terminal has rows.
struct ProgressBars {
    /// The size of a terminal in cells.
    struct Size: Equatable {
        var columns: Int
        var rows: Int
    }

    private static let smallestName = 8
    private static let bar = 20...60
    /// Cells that counts may widen the names' column to.
    private static let usualCounts = 20

    private var size = Size(columns: 0, rows: 0)
    private var widestName = 0

    /// The lines at this moment; none while nothing runs.
    mutating func lines(_ board: inout TransferBoard, _ size: Size, now: ContinuousClock.Instant) -> [String]
    {
        guard !board.isEmpty, size.columns > 1 else { return [] }
        if size != self.size {
            self.size = size
            widestName = 0
        }
        let totals = board.totals
        let room = max(1, size.rows - 1)
        let showsTotal = totals.begun > 1
        let entries = board.longestRunning(room == 1 && showsTotal ? 0 : room - (showsTotal ? 1 : 0))
        for entry in entries { widestName = max(widestName, CellWidth.of(entry.start.name)) }
        let counts = ProgressWords.counts(totals)
        if showsTotal, counts.utf8.count <= Self.usualCounts {
            widestName = max(widestName, counts.utf8.count)
        }
        let layout = Layout(width: size.columns - (size.columns < 20 ? 1 : 2), name: widestName)
        var lines = entries.map { entry in
            let speed = board.speed(of: entry.start.number, now: now)
            return layout.line(entry, speed: speed, now: now)
        }
        if showsTotal {
            let speed = board.speed(of: totals, now: now)
            lines.append(layout.line(totals, counts: counts, speed: speed))
        }
        return lines
    }

    /// Which columns fit beside the name, and how wide they are.
    private struct Layout {
        let width: Int
        let name: Int
        /// 0 = there is no room for one.
        let bar: Int
        let gap: String
        let isWide: Bool
        /// Both what is there and what is to be.
        let showsWhole: Bool
        let showsSize: Bool
        let showsSpeed: Bool
        let showsLeft: Bool

        init(width: Int, name widest: Int) {
            self.width = width
            isWide = width >= 58
            showsWhole = width >= 110
            gap = isWide ? "  " : " "
            // In the order in which they are given up: time left, speed, size.
            var fields = 4
            func fits(_ cells: Int, _ gap: Int) -> Bool {
                width - fields - gap - cells - gap >= ProgressBars.smallestName
            }
            let sizes = isWide ? [showsWhole ? 18 : 7, 9, 7] : [5, 7, 7]
            var shown: [Bool] = []
            for cells in sizes {
                let isShown = shown.last ?? true && fits(cells, gap.utf8.count)
                if isShown { fields += gap.utf8.count + cells }
                shown.append(isShown)
            }
            (showsSize, showsSpeed, showsLeft) = (shown[0], shown[1], shown[2])
            let free = max(0, width - fields - gap.utf8.count)
            let smallest = ProgressBars.smallestName
            if isWide, free >= smallest + gap.utf8.count + ProgressBars.bar.lowerBound {
                let most = free - gap.utf8.count - ProgressBars.bar.lowerBound
                name = min(max(widest, smallest), most)
                bar = min(free - gap.utf8.count - name, ProgressBars.bar.upperBound)
            } else {
                name = min(max(widest, smallest), free)
                bar = 0
            }
        }

        func line(_ entry: TransferBoard.Entry, speed: Int64, now: ContinuousClock.Instant) -> String {
            let share = entry.share
            var columns = [CellWidth.fitted(entry.start.name, to: name)]
            if bar > 0 {
                let tick = Int(max(.zero, now - entry.began) / .milliseconds(100))
                let isMoving = entry.state == .receiving || entry.state == .sending
                columns.append(picture(share, tick: isMoving ? tick : nil))
            }
            if let wait = ProgressWords.wait(entry, now: now) {
                columns.append(wait)
            } else {
                columns += fields(share, moved: entry.moved, speed: speed, left: entry.left(at: speed))
            }
            return CellWidth.cut(columns.joined(separator: gap), to: width)
        }

        func line(_ totals: TransferBoard.Totals, counts: String, speed: Int64) -> String {
            let short = "\(totals.ended) of \(totals.begun)"
            let label = counts.utf8.count <= name ? counts : short
            let share = totals.toMove.map { (done: totals.moved, of: $0) }
            var columns = [CellWidth.fitted(label, to: name)]
            if bar > 0 { columns.append(picture(share, tick: nil)) }
            var left: Int?
            if let share, speed > 0, share.of > share.done { left = Int((share.of - share.done) / speed) }
            columns += fields(share, moved: totals.moved, speed: speed, left: left)
            return CellWidth.cut(columns.joined(separator: gap), to: width)
        }

        private func fields(_ share: (done: Int64, of: Int64)?, moved: Int64, speed: Int64, left: Int?)
            -> [String]
        {
            var fields = [share.map { padded("\(ProgressText.percent($0.done, of: $0.of))%", 4) } ?? "    "]
            if showsSize { fields.append(size(share, moved)) }
            if showsSpeed {
                fields.append(
                    isWide
                        ? padded(ProgressWords.size(speed) + "/s", 9)
                        : padded(ProgressWords.shortSize(speed) + "/s", 7))
            }
            if showsLeft { fields.append(padded(left.map(ProgressWords.clock) ?? "", 7)) }
            return fields
        }

        private func size(_ share: (done: Int64, of: Int64)?, _ moved: Int64) -> String {
            guard isWide else { return padded(ProgressWords.shortSize(moved), 5) }
            guard showsWhole else { return padded(ProgressWords.size(moved), 7) }
            let whole = share.map { " of \(ProgressWords.size($0.of))" } ?? ""
            return padded(ProgressWords.size(moved) + whole, 18)
        }

        /// A bar as far as is known, a sign that moves to and fro with `tick` where the whole is not, or an empty one.
        private func picture(_ share: (done: Int64, of: Int64)?, tick: Int?) -> String {
            let room = bar - 2
            func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
            if let share, share.of > 0 {
                let part = min(1, Double(max(0, share.done)) / Double(share.of))
                let filled = Int(part * Double(room))
                guard filled > 0 else { return "[\(blanks(room))]" }
                let tip = filled < room ? ">" : "="
                return "[" + String(repeating: "=", count: filled - 1) + tip + blanks(room - filled) + "]"
            }
            guard let tick else { return "[\(blanks(room))]" }
            let sign = "<=>"
            let way = room - sign.utf8.count
            let place = tick % (2 * way)
            let before = place <= way ? place : 2 * way - place
            return "[\(blanks(before))\(sign)\(blanks(way - before))]"
        }
    }
}
