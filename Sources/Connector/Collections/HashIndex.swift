/// Finds places of a `Slab` by the hash of what stands there, so that each key is held once, in its record.
///
/// It does what a dictionary from keys to places would do, without a generic type: the first dictionary with a key
/// type of this package makes the runtime search for the conformance, which is a tenth of a cold start (see
/// <doc:Performance>). Open addressing with linear probing, at most three cells in four in use.
struct HashIndex {
    private struct Cell {
        var hash = 0
        /// Less than 0 = empty.
        var place = -1
    }

    private var cells: [Cell] = []
    private var count = 0

    /// The place with this hash for which `matches` is true.
    func find(_ hash: Int, where matches: (Int) -> Bool) -> Int? {
        guard !cells.isEmpty else { return nil }
        var cell = home(hash)
        while cells[cell].place >= 0 {
            if cells[cell].hash == hash, matches(cells[cell].place) { return cells[cell].place }
            cell = next(cell)
        }
        return nil
    }

    /// Enters a place that is not there yet.
    mutating func insert(_ place: Int, hash: Int) {
        if (count + 1) * 4 > cells.count * 3 { grow() }
        count += 1
        fill(Cell(hash: hash, place: place))
    }

    /// Takes out a place that was entered with this hash.
    mutating func remove(_ place: Int, hash: Int) {
        guard !cells.isEmpty else { return }
        var hole = home(hash)
        while cells[hole].place != place {
            guard cells[hole].place >= 0 else { return }
            hole = next(hole)
        }
        count -= 1
        // Places behind the hole move up where they may stand there, so that no search ends too early.
        var cell = next(hole)
        while cells[cell].place >= 0 {
            let distance = (cell - home(cells[cell].hash)) & (cells.count - 1)
            if distance >= (cell - hole) & (cells.count - 1) {
                cells[hole] = cells[cell]
                hole = cell
            }
            cell = next(cell)
        }
        cells[hole] = Cell()
    }

    /// Forgets all places and frees their memory.
    mutating func removeAll() {
        cells = []
        count = 0
    }

    private func home(_ hash: Int) -> Int { hash & (cells.count - 1) }

    private func next(_ cell: Int) -> Int { (cell + 1) & (cells.count - 1) }

    private mutating func fill(_ new: Cell) {
        var cell = home(new.hash)
        while cells[cell].place >= 0 { cell = next(cell) }
        cells[cell] = new
    }

    private mutating func grow() {
        let old = cells
        cells = Array(repeating: Cell(), count: max(8, old.count * 2))
        for cell in old where cell.place >= 0 { fill(cell) }
    }
}
