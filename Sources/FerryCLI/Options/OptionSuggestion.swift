extension OptionTable {
    /// The name, without dashes, that a mistyped one probably meant.
    static func nearest(to name: String) -> String? {
        let typed = Array(name.utf8.prefix(40))
        guard typed.count > 2 else { return nil }
        var best: (name: String, distance: Int)?
        for option in all where option.category != .hidden && option.category != .curl {
            let candidate = String(option.documentedName.dropFirst(2))
            let distance = editDistance(typed, Array(candidate.utf8))
            if distance <= min(max(1, typed.count / 3), 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Insertions, deletions and replacements that lead from one to the other.
    private static func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, candidate) in other.enumerated() {
                let replaced = diagonal + (byte == candidate ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
