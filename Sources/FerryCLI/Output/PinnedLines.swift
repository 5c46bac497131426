import Glibc

/// Lines at the bottom of a terminal, below all that is printed there. Code that prints on the same terminal calls
/// these methods before and after.
protocol PinnedLines: AnyObject {
    /// Something else is about to be printed: the lines go away until they are drawn again.
    func makeRoom()
    /// It was printed; `endsLine` is false where the next text would go on in its line.
    func hasPrinted(endsLine: Bool)
}

/// Keeps a `ProgressBlock` on a terminal, in the size that this has at the time.
///
/// It never blocks the loop, and a process in the background never writes: what the terminal does not take now is
/// drawn the next time.
final class ProgressScreen: PinnedLines {
    private let stream: TextStream
    private let environment: (String) -> String?
    private var block = ProgressBlock()
    /// Lines that are to scroll up with the next picture.
    private var above: [String] = []
    private var isInLine = false

    init(_ stream: TextStream, environment: @escaping (String) -> String?) {
        self.stream = stream
        self.environment = environment
    }

    /// The size to draw for. The terminal knows best; `COLUMNS` can make it narrower, and helps where it does not know.
    var size: ProgressBars.Size {
        Self.size(
            terminal: stream.terminalSize, columns: environment("COLUMNS").flatMap(Int.init),
            rows: environment("LINES").flatMap(Int.init))
    }

    static func size(terminal: ProgressBars.Size?, columns: Int?, rows: Int?) -> ProgressBars.Size {
        func sensible(_ number: Int?) -> Int? { number.flatMap { (1...10_000).contains($0) ? $0 : nil } }
        let (wished, known) = (sensible(columns), sensible(terminal?.columns))
        let width = known.map { min($0, wished ?? $0) } ?? wished ?? 80
        return ProgressBars.Size(
            columns: width, rows: sensible(terminal?.rows) ?? sensible(rows) ?? 24)
    }

    /// Queues a line that scrolls up.
    func scrollUp(_ line: String) { above.append(line) }

    /// Draws what `lines` makes for the size.
    func draw(_ lines: (ProgressBars.Size) -> [String]) {
        guard stream.isReadyToDraw else { return }
        let size = size
        let lines = lines(size)
        let text = lineEnd(before: !lines.isEmpty || !above.isEmpty) + block.draw(lines, above: above, size)
        above = []
        if !text.isEmpty { stream.draw(text) }
    }

    func makeRoom() {
        guard !block.isEmpty || !above.isEmpty else { return }
        let text = lineEnd(before: true) + block.draw([], above: above, size)
        above = []
        stream.draw(text)
    }

    func hasPrinted(endsLine: Bool) { isInLine = !endsLine }

    /// Another program, such as a shell, wrote below the lines: they stay, and the next ones are drawn on new lines.
    func leave() {
        guard !block.isEmpty else { return }
        block.leave()
        isInLine = true
    }

    private func lineEnd(before isFollowed: Bool) -> String {
        guard isInLine, isFollowed else { return "" }
        isInLine = false
        return "\n"
    }
}
