/// The lines that stand at the bottom of a terminal, and the bytes that change them. Pure.
///
/// Invariant: after `draw` the cursor is at the end of the last line, and `widths` tells what stands above it; after
/// `erase` it is where the first line began. The cursor is never hidden, so that no end of the process can leave a
/// terminal without one.
struct ProgressBlock {
    private static let eraseRest = "\u{1B}[K"
    private static let eraseBelow = "\u{1B}[J"

    /// Cells of each line that was drawn; empty = nothing stands there.
    private(set) var widths: [Int] = []

    var isEmpty: Bool { widths.isEmpty }

    /// Takes the lines away.
    mutating func erase(_ size: ProgressBars.Size) -> String {
        guard !isEmpty else { return "" }
        defer { widths = [] }
        return wayUp(size) + Self.eraseBelow
    }

    /// Puts `lines` in the place of those before, and prints `above` over them for good, in one go. Lines that change are drawn
    /// over and not erased before, so that nothing flickers.
    mutating func draw(_ lines: [String], above: [String] = [], _ size: ProgressBars.Size) -> String {
        guard !lines.isEmpty else { return erase(size) + above.map { $0 + "\n" }.joined() }
        var text = wayUp(size)
        // Erasing the rest of a line that fills its row would take its last cell away.
        if !above.isEmpty, !isEmpty { text += Self.eraseBelow }
        for line in above { text += line + "\n" }
        // What erases all below erases the rest of the last line, too.
        text += lines.joined(separator: Self.eraseRest + "\n") + Self.eraseBelow
        widths = lines.map(CellWidth.of)
        return text
    }

    /// The lines are somewhere above now, and stay there.
    mutating func leave() { widths = [] }

    /// To the first cell. A terminal that has become narrower since has wrapped what did not fit any more.
    private func wayUp(_ size: ProgressBars.Size) -> String {
        guard !isEmpty else { return "" }
        let columns = max(1, size.columns)
        let rows = widths.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        let up = min(rows, max(1, size.rows)) - 1
        return up > 0 ? "\r\u{1B}[\(up)A" : "\r"
    }
}
