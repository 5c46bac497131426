import Glibc
import TestSupport

/// Runs contests, the two sides in turn, and makes rows of the medians.
final class Runner {
    private let stopwatch: Stopwatch
    private let runs: Int?
    private let programs: [Tool: String]

    /// A runner that overrides each contest's number of runs unless `runs` is nil.
    init(stopwatch: Stopwatch, runs: Int?) {
        self.stopwatch = stopwatch
        self.runs = runs
        var programs = [Tool.ferry: ferryBinary(), .library: "/proc/\(getpid())/exe"]
        for tool in [Tool.curl, .wrk] { programs[tool] = locate(tool.rawValue) }
        self.programs = programs
    }

    /// Runs a contest to its end. What fails is told in its rows.
    func run(_ contest: Contest) -> [Row] {
        var times: [(ferry: Measured, other: Measured)] = []
        var peaks: [(ferry: Measured, other: Measured)] = []
        var failure: MeasurementFailure?
        do {
            for job in [contest.ferry, contest.other] where programs[job.tool] == nil {
                throw MeasurementFailure(description: "\(job.tool.rawValue) is missing")
            }
            try contest.setUp()
            let count = runs ?? contest.runs
            if contest.goals.contains(where: { !contest.watchesMemory(for: $0.metric) }) {
                times = try alternate(contest, count, watchesMemory: false)
            }
            if contest.goals.contains(where: { contest.watchesMemory(for: $0.metric) }) {
                peaks = try alternate(contest, min(count, 3), watchesMemory: true)
            }
        } catch let error as MeasurementFailure {
            failure = error
        } catch {
            failure = MeasurementFailure(description: "\(error)")
        }
        let remark = contest.remark()
        return contest.goals.map { goal in
            let pairs = contest.watchesMemory(for: goal.metric) ? peaks : times
            let numbers = Row.Numbers(
                ferry: median(pairs.map { $0.ferry[goal.metric] }),
                other: median(pairs.map { $0.other[goal.metric] }))
            return Row(
                contest: contest.name, work: contest.title, metric: goal.metric, opponent: contest.other.tool,
                reach: goal.reach, outcome: failure.map { .failure($0) } ?? .success(numbers), remark: remark)
        }
    }

    private func alternate(_ contest: Contest, _ count: Int, watchesMemory: Bool)
        throws(MeasurementFailure) -> [(ferry: Measured, other: Measured)]
    {
        var pairs: [(ferry: Measured, other: Measured)] = []
        for _ in 0..<max(1, count) {
            let ferry = try measure(contest.ferry, watchesMemory)
            pairs.append((ferry, try measure(contest.other, watchesMemory)))
        }
        return pairs
    }

    private func measure(_ job: Job, _ watchesMemory: Bool) throws(MeasurementFailure) -> Measured {
        guard let program = programs[job.tool] else {
            throw MeasurementFailure(description: "\(job.tool.rawValue) is missing")
        }
        var measured = Measured()
        for _ in 0..<job.processes {
            let sample = try stopwatch.measure(
                program, job.arguments, status: job.status,
                output: job.tool == .wrk || job.tool == .library ? nil : job.output,
                watchesMemory: watchesMemory)
            let share = 1 / Double(job.processes)
            measured.values[.cpu, default: 0] += sample.cpuSeconds / Double(job.operations) * share
            measured.values[.wall, default: 0] += sample.wallSeconds * share
            measured.values[.peak] = max(measured[.peak], Double(sample.peakBytes ?? 0))
            let rate =
                switch job.tool {
                case .wrk: try requestRate(sample.output)
                case .library: try figure("rate", sample.output) ?? 0
                case .ferry, .curl: Double(job.operations) / sample.wallSeconds
                }
            if job.tool == .library { measured.values[.each] = try figure("each", sample.output) ?? 0 }
            measured.values[.rate, default: 0] += rate * share
        }
        if watchesMemory, let single = job.single {
            let alone = try stopwatch.measure(
                program, single, status: job.status, output: job.output, watchesMemory: true)
            measured.values[.each] =
                (measured[.peak] - Double(alone.peakBytes ?? 0)) / Double(job.operations - 1)
        }
        if let fault = job.check() {
            throw MeasurementFailure(description: "\(job.tool.rawValue): \(fault)")
        }
        return measured
    }

    /// A line `name: number` of what the library's work printed; nil when it is about something else.
    private func figure(_ name: String, _ output: String) throws(MeasurementFailure) -> Double? {
        let words = output.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 2, let number = Double(words[1]) else {
            throw MeasurementFailure(description: "the library's work printed no figure")
        }
        return words[0] == "\(name):" ? number : nil
    }

    /// wrk counts the requests of its own time; it also ends with status 0 when every one of them failed.
    private func requestRate(_ output: String) throws(MeasurementFailure) -> Double {
        let lines = output.split(separator: "\n")
        if let bad = lines.first(where: { $0.contains("Non-2xx") || $0.contains("Socket errors") }) {
            throw MeasurementFailure(description: "wrk:\(bad)")
        }
        guard let line = lines.first(where: { $0.hasPrefix("Requests/sec:") }),
            let rate = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw MeasurementFailure(description: "wrk printed no rate") }
        return rate
    }
}

/// What a measurement of one side gave.
private struct Measured {
    var values: [Metric: Double] = [:]

    subscript(metric: Metric) -> Double { values[metric] ?? 0 }
}
