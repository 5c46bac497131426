extension Suite {
    /// The connector without the tool: the cost of a decision must not grow with what there is to decide about.
    var libraryContests: [Contest] {
        var contests: [Contest] = []
        for count in [1000, 100_000] {
            contests.append(
                flat("pool-\(count)", "connect and release among \(count) hosts against 10", "hosts", count))
            contests.append(
                flat(
                    "waiters-\(count)", "connect and release while \(count) wait for another host against 10",
                    "waiters", count))
            contests.append(
                flat("line-\(count)", "hand over to \(count) callers in line against 10", "line", count))
        }
        contests.append(memory("idle", "9,500 idle connections, plain http, against 950"))
        contests.append(memory("waiting", "9,500 tasks that wait for a byte, plain http, against 950"))
        return contests
    }

    private func memory(_ name: String, _ title: String) -> Contest {
        Contest(
            name: name, title: title,
            ferry: Job(tool: .library, arguments: LibraryWork.arguments(name, 9500)),
            other: Job(tool: .library, arguments: LibraryWork.arguments(name, 950)),
            goals: [(.each, .under(8192))], runs: 3, isExtra: true)
    }

    private func flat(_ name: String, _ title: String, _ work: String, _ count: Int) -> Contest {
        Contest(
            name: name, title: title,
            ferry: Job(tool: .library, arguments: LibraryWork.arguments(work, count)),
            other: Job(tool: .library, arguments: LibraryWork.arguments(work, 10)),
            goals: [(.rate, .atLeast(0.5))], runs: 5, isExtra: true)
    }
}
