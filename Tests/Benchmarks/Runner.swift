import Glibc
import TestSupport

/// Runs contests, the two sides in turn, and makes rows of the medians.
final class Runner {
    private let stopwatch: Stopwatch
    private let runs: Int?
    private let programs: [Tool: String]
    /// Where copies of the two ferries lie; nil = there is one.
    private let copies: TemporaryDirectory?
    private typealias Pair = (ferry: Measured, other: Measured)

    /// A runner that overrides each contest's number of runs unless `runs` is nil, with another ferry at `before`.
    init(stopwatch: Stopwatch, runs: Int?, before: String?) throws {
        self.stopwatch = stopwatch
        self.runs = runs
        var programs = [Tool.ferry: ferryBinary(), .library: "/proc/\(getpid())/exe"]
        copies = try before.map { _ in try TemporaryDirectory() }
        if let before, let copies {
            // How fast a program starts, and how much of it is in memory, depends on the size of the pieces in which it lies
            // there, and they on how it was written: a linker writes here and there, and each time otherwise. These are written
            // as `cp` and `install` do.
            for (tool, path) in [(Tool.ferry, ferryBinary()), (.before, before)] {
                guard let bytes = readFile(path) else { throw SystemFailure("reading \(path)") }
                programs[tool] = copies.file(tool.rawValue)
                try writeFile(copies.file(tool.rawValue), bytes, mode: 0o755, pieceBytes: 128 * 1024)
            }
        }
        for tool in [Tool.curl, .wrk] { programs[tool] = locate(tool.rawValue) }
        self.programs = programs
    }

    /// Runs a contest to its end. What fails is told in its rows.
    func run(_ contest: Contest) -> [Row] {
        var failure: MeasurementFailure?
        do {
            try contest.setUp()
        } catch {
            failure = error as? MeasurementFailure ?? MeasurementFailure(description: "\(error)")
        }
        var results: [Way: Result<[Pair], MeasurementFailure>] = [:]
        for goal in contest.goals {
            let way = contest.way(of: goal.metric)
            guard results[way] == nil else { continue }
            results[way] = failure.map { .failure($0) } ?? alternate(contest, way)
        }
        let remark = contest.remark()
        return contest.goals.map { goal in
            let outcome = (results[contest.way(of: goal.metric)] ?? .success([])).map { pairs in
                Row.Numbers(
                    ferry: pairs.map { $0.ferry[goal.metric] }, other: pairs.map { $0.other[goal.metric] })
            }
            return Row(
                contest: contest.name, work: contest.title, metric: goal.metric, opponent: contest.other.tool,
                reach: goal.reach, outcome: outcome, remark: remark)
        }
    }

    /// The pairs of a contest, every second one with the other side first, so that neither always follows the other.
    private func alternate(_ contest: Contest, _ way: Way) -> Result<[Pair], MeasurementFailure> {
        let count = max(1, runs ?? contest.runs)
        var pairs: [Pair] = []
        do throws(MeasurementFailure) {
            for index in 0..<(way == .time ? count : min(count, 3)) {
                if index % 2 == 0 {
                    let ferry = try measure(contest.ferry, way)
                    pairs.append((ferry, try measure(contest.other, way)))
                } else {
                    let other = try measure(contest.other, way)
                    pairs.append((try measure(contest.ferry, way), other))
                }
            }
            return .success(pairs)
        } catch {
            return .failure(error)
        }
    }

    private func measure(_ job: Job, _ way: Way) throws(MeasurementFailure) -> Measured {
        if way == .instructions { return try count(job) }
        let watchesMemory = way == .memory
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
                case .ferry, .curl, .before: Double(job.operations) / sample.wallSeconds
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

    /// The instructions of one process, as valgrind counts them.
    private func count(_ job: Job) throws(MeasurementFailure) -> Measured {
        guard let program = programs[job.tool] else {
            throw MeasurementFailure(description: "\(job.tool.rawValue) is missing")
        }
        guard let valgrind = locate("valgrind") else {
            throw MeasurementFailure(description: "valgrind is missing")
        }
        let sample = try stopwatch.measure(
            valgrind, ["--tool=callgrind", "--callgrind-out-file=/dev/null", program] + job.arguments,
            status: job.status, output: job.output)
        let line = sample.errors.split(separator: "\n").first { $0.contains("Collected :") }
        guard let count = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw MeasurementFailure(description: "valgrind printed no count")
        }
        return Measured(values: [.instructions: count])
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
