/// Who does the work.
enum Tool: String {
    case ferry, curl, wrk
    /// The other ferry of `--against`.
    case before
    /// This program at work with the library, see `LibraryWork`; it prints its own figure.
    case library
}

/// What one side of a contest runs.
struct Job {
    /// The program.
    var tool: Tool
    /// Its arguments.
    var arguments: [String]
    /// What one process gets done; CPU is told per operation, and the rate is operations by wall time.
    var operations = 1
    /// The arguments of the same work with one operation only, whose peak memory is taken off before the rest is shared out
    /// among the operations; nil where nobody asks for the memory of each.
    var single: [String]?
    /// How many processes, one after another, make one measurement: several for work near the clock's and the
    /// scheduler's grain.
    var processes = 1
    /// The exit status that each shall end with.
    var status: Int32 = 0
    /// What its standard output is.
    var output = "/dev/null"
    /// Runs after each measurement, untimed; returns what is wrong with the work, or nil.
    var check: () -> String? = { nil }
}

/// What is compared.
enum Metric: String {
    /// CPU seconds for each operation.
    case cpu = "CPU"
    /// Wall seconds of a whole process.
    case wall = "wall"
    /// Operations a second.
    case rate = "requests/s"
    /// Peak memory in bytes.
    case peak = "peak memory"
    /// Bytes of memory for each connection: what the library's work prints, or the peak beyond that of one connection.
    case each = "memory each"
    /// Instructions in user space of one process, counted by valgrind.
    case instructions
}

/// What a run is made for: each of the three would spoil the others' numbers.
enum Way {
    case time, memory, instructions
}

/// What to reach.
enum Reach {
    /// A ratio, ferry's median by the other's, no greater than this.
    case atMost(Double)
    /// A ratio no less than this.
    case atLeast(Double)
    /// A median of ferry's below this, whatever the other's is, in the metric's unit.
    case under(Double)
    /// A cost at most this share greater than the other's, a rate at most this share smaller.
    case noWorse(by: Double)
}

/// One piece of work that two sides do in turn, and what is compared: each goal is a row of the table.
struct Contest {
    /// For `--only`; unique.
    var name: String
    /// The work in words.
    var title: String
    /// The side that shall win.
    var ferry: Job
    /// The other side: another tool, or ferry at work of another size.
    var other: Job
    /// The rows.
    var goals: [(metric: Metric, reach: Reach)]
    /// How much more CPU than another ferry's counts as no worse.
    var slack = 0.05
    /// How often the pair runs unless `--runs` says so; memory, which hardly varies, at most three times.
    var runs = 7
    /// Whether it runs only with `--all` or by its name.
    var isExtra = false
    /// Makes what the jobs need, once, when the contest is about to run; throws why it can't be.
    var setUp: () throws -> Void = {}
    /// What to know about the numbers, asked for after the runs; nil for nothing.
    var remark: () -> String? = { nil }

    /// How the runs are made that `metric` is read from.
    func way(of metric: Metric) -> Way {
        switch metric {
        case .instructions: .instructions
        case .peak: .memory
        case .each: ferry.tool == .library ? .time : .memory
        case .cpu, .wall, .rate: .time
        }
    }

    /// The same work by two ferries, with the limits that the later one keeps to.
    ///
    /// What another contest shows as well is left out: CPU against wrk is also CPU against curl. What the library does is
    /// in this program and not in the ferry binary, so only its memory is judged, by itself.
    var againstBefore: Contest? {
        if ferry.tool == .library { return goals.contains { $0.metric == .each } ? self : nil }
        var duel = self
        duel.other = ferry
        duel.other.tool = .before
        var metrics = goals.map(\.metric)
        if other.tool != .wrk, !metrics.contains(.cpu) { metrics.insert(.cpu, at: 0) }
        duel.goals = metrics.map { metric in
            switch metric {
            case .cpu: (metric, .noWorse(by: slack))
            case .rate: (metric, .noWorse(by: 0.05))
            case .wall, .peak: (metric, .noWorse(by: 0.10))
            case .instructions: (metric, .noWorse(by: 0.03))
            case .each: (metric, .under(8192))
            }
        }
        duel.runs = max(runs, 5)
        duel.remark = { nil }
        return duel
    }
}
