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

    /// Options of wget, aria2, HTTPie and xh, and ours.
    static let others: [(name: StaticString, ours: StaticString)] = [
        // wget
        ("bind-address", "--local-addr"), ("body-data", "-d"), ("body-file", "--data-binary @FILE"),
        ("ca-certificate", "--cacert"), ("ca-directory", "--capath"), ("certificate", "--cert"),
        ("content-disposition", "-OJ"), ("continue", "-C -"), ("directory-prefix", "--output-dir"),
        ("http-password", "-u user:password"), ("http-user", "-u"), ("inet4-only", "-4"),
        ("inet6-only", "-6"),
        ("input-file", "--url @FILE"), ("load-cookies", "-b"), ("max-redirect", "--max-redirs"),
        ("method", "-X"),
        ("no-check-certificate", "-k"), ("no-proxy", "--noproxy '*'"), ("no-verbose", "-sS"),
        ("output-document", "-o"), ("output-file", "--stderr"),
        ("password", "-u user:password"), ("post-data", "-d"), ("post-file", "--data-binary @FILE"),
        ("private-key", "--key"), ("quiet", "-s"), ("save-cookies", "-c"), ("secure-protocol", "--tlsv1.2"),
        ("server-response", "-i, or -v,"), ("spider", "-I"), ("timeout", "--max-time, or --connect-timeout,"),
        ("timestamping", "-R with -z FILE"), ("tries", "--retry"), ("wait", "--rate"),
        ("waitretry", "--retry-max-delay"),
        // aria2
        ("all-proxy", "-x"), ("check-certificate", "-k"), ("dir", "--output-dir"),
        ("http-passwd", "-u user:password"),
        ("http-proxy", "-x"), ("https-proxy", "-x"), ("max-concurrent-downloads", "--limit"),
        ("max-connection-per-server", "--limit-per-host"), ("max-download-limit", "--limit-rate"),
        ("max-overall-download-limit", "--limit-rate"), ("max-tries", "--retry"), ("out", "-o"),
        ("retry-wait", "--retry-delay"), ("split", "--limit-per-host"),
        // HTTPie and xh
        ("auth", "-u"), ("auth-type", "--digest"), ("bearer", "--oauth2-bearer"), ("check-status", "-f"),
        ("curl", "--print-curl"), ("download", "-O"), ("headers", "-I"), ("max-redirects", "--max-redirs"),
        ("multipart", "-F"), ("offline", "--dry-run"), ("session", "-b FILE -c FILE"), ("stream", "-N"),
        ("verify", "-k, or --cacert,"),
    ]

    /// The names, without dashes, that a mistyped one may have meant: at most three, all as near. Those that begin with
    /// what was typed are near, too: other tools take them.
    private static func nearest(to name: String) -> [String] {
        let typed = Array(name.utf8.prefix(40))
        guard typed.count > 2 else { return [] }
        var best: [String] = []
        var longer: [String] = []
        var least = min(max(1, typed.count / 3), 3)
        for option in all where option.category != .hidden && option.category != .curl {
            for candidate in names(of: option, like: name) {
                if candidate.hasPrefix(name) { longer.append(candidate) }
                let distance = editDistance(typed, Array(candidate.utf8))
                if distance < least { best = [] }
                if distance <= least {
                    best.append(candidate)
                    least = distance
                }
            }
        }
        let isSlip = least < 2 && !best.isEmpty
        return Array((isSlip || longer.isEmpty || longer.count > 3 ? best : longer).prefix(3))
    }

    /// The spellings of an option; the negated one where a negated one was typed.
    private static func names(of option: Option, like name: String) -> [String] {
        let documented = String(option.documentedName.dropFirst(2))
        var names = [documented] + (option.alias.map { [$0] } ?? [])
        if name.hasPrefix("no-"), option.kind.isNegatable, !option.kind.isOnByDefault {
            names.append("no-" + option.name)
        }
        return names
    }

    /// Insertions, deletions, replacements and exchanges of neighbours that lead from one to the other.
    private static func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var next = [index + 1]
            for (column, candidate) in other.enumerated() {
                var distance = min(
                    row[column] + (byte == candidate ? 0 : 1), row[column + 1] + 1, next[column] + 1)
                if index > 0, column > 0, byte == other[column - 1], one[index - 1] == candidate {
                    distance = min(distance, before[column - 1] + 1)
                }
                next.append(distance)
            }
            (before, row) = (row, next)
        }
        return row[other.count]
    }
}
