/// An array whose removed places are used again, so that a record keeps one index for its whole life and a
/// steady coming and going allocates nothing.
///
/// Invariant: every index is either in use or on the list of vacant ones, never both. An index that is used after its
/// removal reads the record that lives there now; so holders outside of this module keep a generation, too.
struct Slab<Record> {
    /// All places, vacant ones included. Change records in place through this.
    var records: [Record] = []
    private var vacant: [Int] = []

    /// The index that the next `insert` will use.
    var nextIndex: Int { vacant.last ?? records.count }

    /// Puts `record` into a vacant place, or at the end, and returns its index.
    mutating func insert(_ record: Record) -> Int {
        guard let index = vacant.popLast() else {
            records.append(record)
            return records.count - 1
        }
        records[index] = record
        return index
    }

    /// Makes the place at `index` vacant. `blank` overwrites the record, so that what it held is released.
    mutating func remove(_ index: Int, leaving blank: Record) {
        records[index] = blank
        vacant.append(index)
    }

    /// Forgets all records and frees their memory.
    mutating func removeAll() {
        records = []
        vacant = []
    }
}
