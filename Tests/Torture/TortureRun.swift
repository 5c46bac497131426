import Glibc
import TestSupport

/// One run of a command with at most one fault, in a folder that it empties first.
struct TortureRun {
    let ferry: String
    let library: String
    /// The folder; the command works in `work` beneath it.
    let folder: String
    /// Values of `$HTTP` and its kin.
    let places: [String: String]

    /// What came of it.
    struct Outcome {
        /// How often each function was called.
        var counts: [String: Int]
        /// Whether the fault's call was made at all.
        var isServed: Bool
        /// Whether the command ended with status 0.
        var hasSucceeded: Bool
        /// Whether it did not end in time.
        var hangs: Bool
        /// What is wrong; empty for nothing.
        var faults: [String]
        /// What it said.
        var words: String
    }

    func run(_ command: TortureCommand, _ fault: Fault?, seconds: Double) throws -> Outcome {
        let work = "\(folder)/work"
        try empty(work)
        for (name, content) in command.before { try writeFile("\(work)/\(name)", content) }
        var environment = [
            "LD_PRELOAD": library, "TORTURE_COUNTS": "\(folder)/counts", "TMPDIR": work,
            "SWIFT_DETERMINISTIC_HASHING": "1",
        ]
        environment["TORTURE_FAULT"] = fault?.order
        let arguments = command.arguments.map { argument in
            places.reduce(argument) { $0.replacing($1.key, with: $1.value) }
        }
        let result = try runProcess(
            ferry, ["-q", "-sS"] + arguments, environment: environment, directory: work,
            timeoutSeconds: seconds)
        let table = countTable()
        return Outcome(
            counts: table.mapValues(\.count),
            isServed: fault.map { table[$0.call]?.isServed ?? false } ?? false,
            hasSucceeded: result.exitStatus == 0, hangs: result.timedOut,
            faults: judge(command, result, fault, work), words: result.errText)
    }

    // MARK: The verdict

    private func judge(_ command: TortureCommand, _ result: ProcessResult, _ fault: Fault?, _ work: String)
        -> [String]
    {
        if result.timedOut { return ["hangs"] }
        guard let status = result.exitStatus else { return ["signal \(result.signal ?? 0)"] }
        var faults: [String] = []
        // The words themselves may have been what could not be written.
        if status != 0, result.stderr.isEmpty, fault?.call != "write" {
            faults.append("exit \(status) without a word")
        }
        for (name, wanted) in command.after {
            let content = readFile("\(work)/\(name)")
            if content == wanted { continue }
            if status == 0 {
                faults.append("exit 0, but \(name) \(describe(content, wanted))")
            } else if !(content == [] && command.mayBeEmpty.contains(name)),
                !isRightAfterFailure(
                    content, wanted, before: command.before[name], grows: command.grows.contains(name))
            {
                faults.append("exit \(status), and \(name) \(describe(content, wanted))")
            }
        }
        for (name, words) in status == 0 ? command.mentions : [:] {
            let missing = missing(words, in: "\(work)/\(name)")
            if !missing.isEmpty { faults.append("exit 0, but \(name) lacks \(missing)") }
        }
        for (name, words) in command.keeps {
            let missing = missing(words, in: "\(work)/\(name)")
            if !missing.isEmpty { faults.append("exit \(status), and \(name) has lost \(missing)") }
        }
        if status == 0 ? result.stdout != command.output : !command.output.starts(with: result.stdout) {
            faults.append("exit \(status), and standard output \(describe(result.stdout, command.output))")
        }
        var known = Set(command.before.keys).union(command.after.keys).union(command.mentions.keys)
        for (name, wanted) in command.after {
            if status != 0 { known.formUnion(["\(name).part", "\(name).part.meta"]) }
            if let fault = faultOfPart("\(work)/\(name).part", wanted) {
                faults.append("exit \(status), and \(name).part \(fault)")
            }
        }
        for name in listNames(work) where !known.contains(name) && !result.errText.contains(name) {
            faults.append("exit \(status), and a stray file \(name)")
        }
        return faults
    }

    /// What is wrong with what was kept of a broken download: its bytes, or what is said of them; nil for nothing.
    private func faultOfPart(_ path: String, _ wanted: [UInt8]) -> String? {
        let meta = readFile("\(path).meta").map { text($0) }
        guard let part = readFile(path) else {
            // One that could not be removed claims nothing.
            return meta ?? "" == "" ? nil : "is missing, and its meta is there"
        }
        guard let meta else { return "has no meta" }
        let claimed = meta.firstMatch(of: #/"bytes": *([0-9]+)/#).flatMap { Int($0.1) }
        guard let claimed, claimed <= part.count, wanted.starts(with: part.prefix(claimed)) else {
            return "does not hold what its meta says: \(meta)"
        }
        return nil
    }

    private func missing(_ words: [String], in path: String) -> [String] {
        let content = text(readFile(path) ?? [])
        return words.filter { !content.contains($0) }
    }

    private func isRightAfterFailure(_ content: [UInt8]?, _ wanted: [UInt8], before: [UInt8]?, grows: Bool)
        -> Bool
    {
        if content == before { return true }
        guard grows, let content else { return false }
        return wanted.starts(with: content) && content.count >= before?.count ?? 0
    }

    private func describe(_ content: [UInt8]?, _ wanted: [UInt8]) -> String {
        guard let content else { return "is missing" }
        let place = zip(content, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let end = place.map { "differs at \($0)" } ?? "ends early or late"
        return "is wrong: \(content.count) bytes of \(wanted.count), \(end)"
    }

    // MARK: Files

    private func empty(_ work: String) throws {
        mkdir(work, 0o700)
        for name in listNames(work) { unlink("\(work)/\(name)") }
    }

    /// What the preloaded library noted: rows of 32 bytes.
    private func countTable() -> [String: (count: Int, isServed: Bool)] {
        let table = readFile("\(folder)/counts") ?? []
        var counts: [String: (count: Int, isServed: Bool)] = [:]
        for start in stride(from: 0, to: table.count - 31, by: 32) {
            let row = table[start..<start + 32]
            let name = String(decoding: row.prefix { $0 != 0 }, as: UTF8.self)
            let count = row[(start + 24)..<(start + 28)].reversed().reduce(0) { $0 << 8 | Int($1) }
            counts[name] = (count, row[start + 28] != 0)
        }
        return counts
    }
}
