extension OptionTable {
    /// What to say to a name, without dashes, that is none of ours: the option of ours that does what another tool means by
    /// it, or else the nearest names; nil when there is nothing like it.
    static func suggestion(for name: String) -> String? {
        if let ours = others.first(where: { name == $0.name.description })?.ours {
            return "\(ours) does that here"
        }
        let names = nearest(to: name).map { "--\($0)" }
        guard let last = names.last else { return nil }
        let list = names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " + last : last
        return "did you mean \(list)?"
    }

    /// Options of wget, aria2 and HTTPie, and ours.
    private static let others: [(name: StaticString, ours: StaticString)] = [
        ("continue", "-C -"),
        ("content-disposition", "-OJ"),
        ("no-check-certificate", "-k"),
        ("ca-certificate", "--cacert"),
        ("tries", "--retry"),
        ("timeout", "--max-time, or --connect-timeout,"),
        ("input-file", "--url @FILE"),
        ("directory-prefix", "--output-dir"),
        ("output-document", "-o"),
        ("quiet", "-s"),
        ("server-response", "-i, or -v,"),
        ("spider", "-I"),
        ("post-data", "-d"),
        ("post-file", "--data-binary @FILE"),
        ("max-redirect", "--max-redirs"),
        ("split", "--limit-per-host"),
        ("max-connection-per-server", "--limit-per-host"),
        ("max-concurrent-downloads", "--limit"),
        ("dir", "--output-dir"),
        ("verify", "-k, or --cacert,"),
        ("check-status", "-f"),
        ("auth", "-u"),
        ("download", "-O"),
        ("headers", "-I"),
    ]

    /// The names, without dashes, that a mistyped one may have meant: at most three, all as near.
    private static func nearest(to name: String) -> [String] {
        let typed = Array(name.utf8.prefix(40))
        guard typed.count > 2 else { return [] }
        var best: [String] = []
        var least = min(max(1, typed.count / 3), 3)
        for option in all where option.category != .hidden && option.category != .curl {
            let candidate = String(option.documentedName.dropFirst(2))
            let distance = editDistance(typed, Array(candidate.utf8))
            if distance < least { best = [] }
            if distance <= least {
                best.append(candidate)
                least = distance
            }
        }
        return Array(best.prefix(3))
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
