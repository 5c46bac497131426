/// The cells of a terminal after the bytes that it got: as much of a VT100 as progress and messages use.
///
/// Known are CR, LF, BS, printable UTF-8, wrapping at the last column, cursor moves, erasing of lines and of what is below,
/// the cursor's visibility, and SGR, which changes no cell. Every other sequence stands in `unknown`.
public struct ScreenModel: Sendable {
    /// The size in cells.
    public private(set) var columns: Int
    /// The size in cells.
    public private(set) var rows: Int
    /// Lines that scrolled off the top, oldest first.
    public private(set) var scrolledOff: [String] = []
    /// Where the next character goes, from 0.
    public private(set) var cursor = (row: 0, column: 0)
    /// False after the cursor was hidden.
    public private(set) var showsCursor = true
    /// Sequences that it does not know.
    public private(set) var unknown: [String] = []

    /// A character in each cell; the second cell of a wide one is empty.
    private var cells: [[String]]
    private var isAtEdge = false
    private var pending: [UInt8] = []

    /// An empty screen.
    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Self.blank(columns, rows)
    }

    /// The screen after all of `bytes`.
    public init(columns: Int, rows: Int, _ bytes: some Sequence<UInt8>) {
        self.init(columns: columns, rows: rows)
        feed(bytes)
    }

    /// The screen's lines without blanks at their ends; empty lines at the bottom are left out.
    public var lines: [String] {
        var lines = cells.map(Self.line)
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Everything that can be read, what scrolled off included.
    public var allLines: [String] { scrolledOff + lines }

    /// Takes bytes as they come; a character or sequence may be cut between two calls.
    public mutating func feed(_ bytes: some Sequence<UInt8>) {
        pending += bytes
        var index = 0
        while index < pending.count {
            guard let length = step(pending[index...]) else { break }
            index += length
        }
        pending.removeFirst(index)
    }

    /// Another size. What does not fit the width any more goes on in the next row, as terminals of today do it.
    public mutating func resize(columns: Int, rows: Int) {
        var all: [[String]] = []
        var row = 0
        for (index, line) in cells.enumerated() {
            var rest = line
            while rest.count > 1, rest.last == " " { rest.removeLast() }
            if index == cursor.row { row = all.count + min(cursor.column, rest.count) / max(1, columns) }
            repeat {
                all.append(Array(rest.prefix(columns)))
                rest = Array(rest.dropFirst(columns))
            } while !rest.isEmpty
        }
        while all.count > row + 1, all.last.map(Self.line) == "" { all.removeLast() }
        let gone = max(0, all.count - rows)
        scrolledOff += all.prefix(gone).map(Self.line)
        cells = Self.blank(columns, rows)
        for (index, line) in all.dropFirst(gone).enumerated() {
            for (column, cell) in line.enumerated() { cells[index][column] = cell }
        }
        cursor = (max(0, row - gone), min(cursor.column % max(1, columns), columns - 1))
        (self.columns, self.rows, isAtEdge) = (columns, rows, false)
    }

    // MARK: Bytes

    /// Takes one character or sequence; nil when its end is still to come.
    private mutating func step(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x0D: (cursor.column, isAtEdge) = (0, false)
        case 0x0A: lineFeed()
        case 0x08: (cursor.column, isAtEdge) = (max(0, cursor.column - 1), false)
        case 0x1B: return sequence(bytes)
        case 0..<0x20, 0x7F: unknown.append("control \(first)")
        default:
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            guard bytes.count >= length else { return nil }
            for scalar in String(decoding: bytes.prefix(length), as: UTF8.self).unicodeScalars {
                put(scalar)
            }
            return length
        }
        return 1
    }

    private mutating func sequence(_ bytes: ArraySlice<UInt8>) -> Int? {
        let rest = bytes.dropFirst()
        guard let kind = rest.first else { return nil }
        guard kind == UInt8(ascii: "[") else {
            unknown.append("ESC \(kind)")
            return 2
        }
        guard let end = rest.dropFirst().firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
        let text = String(decoding: rest.dropFirst()[..<end], as: UTF8.self)
        control(text, Character(Unicode.Scalar(bytes[end])))
        return end - bytes.startIndex + 1
    }

    private mutating func control(_ parameters: String, _ final: Character) {
        let number = Int(parameters) ?? 0
        switch final {
        case "A": moveCursor(to: cursor.row - max(1, number), cursor.column)
        case "B": moveCursor(to: cursor.row + max(1, number), cursor.column)
        case "C": moveCursor(to: cursor.row, cursor.column + max(1, number))
        case "D": moveCursor(to: cursor.row, cursor.column - max(1, number))
        case "K" where number == 0: erase(cursor.row, from: cursor.column)
        case "K" where number == 2: erase(cursor.row, from: 0)
        case "J" where number == 0:
            erase(cursor.row, from: cursor.column)
            for row in cells.indices where row > cursor.row { erase(row, from: 0) }
        case "m": break
        case "h" where parameters == "?25": showsCursor = true
        case "l" where parameters == "?25": showsCursor = false
        default: unknown.append("CSI \(parameters)\(final)")
        }
    }

    // MARK: Cells

    private mutating func put(_ scalar: Unicode.Scalar) {
        let width = Self.width(scalar)
        guard width > 0 else {
            let column = isAtEdge ? cursor.column : max(0, cursor.column - 1)
            cells[cursor.row][column].unicodeScalars.append(scalar)
            return
        }
        if isAtEdge || cursor.column + width > columns, columns >= width {
            cursor.column = 0
            isAtEdge = false
            lineFeed()
        }
        cells[cursor.row][cursor.column] = String(scalar)
        if width == 2, cursor.column + 1 < columns { cells[cursor.row][cursor.column + 1] = "" }
        if cursor.column + width >= columns {
            cursor.column = columns - 1
            isAtEdge = true
        } else {
            cursor.column += width
        }
    }

    private mutating func lineFeed() {
        isAtEdge = false
        guard cursor.row == rows - 1 else {
            cursor.row += 1
            return
        }
        scrolledOff.append(Self.line(cells.removeFirst()))
        cells.append(Array(repeating: " ", count: columns))
    }

    private mutating func moveCursor(to row: Int, _ column: Int) {
        cursor = (min(max(0, row), rows - 1), min(max(0, column), columns - 1))
        isAtEdge = false
    }

    private mutating func erase(_ row: Int, from start: Int) {
        for column in start..<columns { cells[row][column] = " " }
    }

    private static func line(_ cells: [String]) -> String {
        var line = cells.joined()
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func blank(_ columns: Int, _ rows: Int) -> [[String]] {
        Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    /// Good enough for tests: marks, CJK, Hangul, full-width forms and the usual emoji.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF01...0xFF60,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
