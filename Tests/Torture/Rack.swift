import Glibc
import Synchronization
import TestSupport

/// What came of one command's runs.
struct Tally: Sendable {
    var name: String
    var calls = 0
    var runs = 0
    var served = 0
    var succeeded = 0
    var failed = 0
    /// Each with what repeats it.
    var findings: [String] = []
    /// What ferry said last.
    var words = ""

    /// A line of the table.
    var line: String {
        let numbers = zip([calls, runs, served, succeeded, failed, findings.count], [5, 4, 6, 9, 6, 8])
        let cells = numbers.map { number, width in
            String(repeating: " ", count: max(0, width - "\(number)".count)) + "\(number)"
        }
        return name + String(repeating: " ", count: max(1, 11 - name.count)) + cells.joined(separator: "  ")
    }
}

/// Servers for one command, and its runs on two threads.
final class Rack: Sendable {
    private let command: TortureCommand
    private let library: String
    private let directory: TemporaryDirectory
    private let servers: [ScriptedServer]
    private let places: [String: String]
    /// A run takes a tenth of a second, on a busy machine a few.
    private static let seconds = 5.0

    init(_ command: TortureCommand, library: String) throws {
        self.command = command
        self.library = library
        directory = try TemporaryDirectory()
        let certificate = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])
        let socket = directory.file("socket")
        let plain = try ScriptedServer(handler: TortureCommand.answer)
        let tls = try ScriptedServer(tls: ServerTLS(certificate), handler: TortureCommand.answer)
        let unix = try ScriptedServer(on: .unix(socket), handler: TortureCommand.answer)
        servers = [plain, tls, unix]
        places = [
            "$HTTPS/": "https://\(tls.authority)/", "$HTTP/": "http://\(plain.authority)/", "$SOCKET": socket,
            "$CA": try directory.write(certificate.certificatePEM, to: "ca.pem"),
        ]
    }

    /// Runs the command with each fault of a list, or with all that its calls allow.
    func torture(_ given: [Fault]?, isShort: Bool) throws -> Tally {
        let first = try place(0)
        var counts: [String: Int] = [:]
        for _ in 0..<2 {
            let plain = try first.run(command, nil, seconds: 60)
            guard plain.hasSucceeded, plain.faults.isEmpty else {
                throw SystemFailure(
                    "\(command.name) fails without a fault: \(plain.faults) \(plain.words)", code: 0)
            }
            guard Set(plain.counts.keys) == FaultTable.calls else {
                let odd = Set(plain.counts.keys).symmetricDifference(FaultTable.calls).sorted()
                throw SystemFailure("the library and the table of faults differ in \(odd)", code: 0)
            }
            guard plain.counts.values.contains(where: { $0 > 0 }) else {
                throw SystemFailure("\(library) was not loaded", code: 0)
            }
            counts.merge(plain.counts) { max($0, $1) }
        }
        let faults = given ?? FaultTable.faults(counts, sample: isShort)
        let state = Mutex(State(tally: Tally(name: command.name, calls: counts.values.reduce(0, +))))
        let done = [Gate(), Gate()]
        for (number, gate) in done.enumerated() {
            let run = try place(number)
            startThread {
                while let fault = self.next(of: faults, state) { self.try(fault, run, state) }
                gate.open()
            }
        }
        for gate in done { while !gate.wait(timeoutSeconds: 600) {} }
        for server in servers { server.stop() }
        return state.withLock { $0.tally }
    }

    private struct State {
        var tally: Tally
        var next = 0
        /// How often a call hung: each costs the time limit, so a few are enough.
        var hangs: [String: Int] = [:]
    }

    private func place(_ number: Int) throws -> TortureRun {
        let folder = directory.file("\(number)")
        mkdir(folder, 0o700)
        return TortureRun(ferry: ferryBinary(), library: library, folder: folder, places: places)
    }

    private func next(of faults: [Fault], _ state: borrowing Mutex<State>) -> Fault? {
        state.withLock { state in
            while state.next < faults.count {
                let fault = faults[state.next]
                state.next += 1
                if state.hangs["\(fault.call) \(fault.kind.name)", default: 0] < 2 { return fault }
            }
            return nil
        }
    }

    private func `try`(_ fault: Fault, _ run: TortureRun, _ state: borrowing Mutex<State>) {
        do {
            var outcome = try run.run(command, fault, seconds: Self.seconds)
            // A busy machine hangs a run as well, but not twice.
            if outcome.hangs { outcome = try run.run(command, fault, seconds: 4 * Self.seconds) }
            let result = outcome
            state.withLock { state in
                state.tally.runs += 1
                if result.isServed { state.tally.served += 1 }
                if result.hasSucceeded { state.tally.succeeded += 1 } else { state.tally.failed += 1 }
                if result.hangs { state.hangs["\(fault.call) \(fault.kind.name)", default: 0] += 1 }
                state.tally.words = result.words
                guard !result.faults.isEmpty else { return }
                let words = result.words.split(separator: "\n").first.map { " [\($0)]" } ?? ""
                state.tally.findings.append(
                    "\(command.name): \(result.faults.joined(separator: "; "))\(words)\n"
                        + "      make torture ARGS='--only \(command.name) --fault \"\(fault.text)\"'")
            }
        } catch {
            state.withLock { $0.tally.findings.append("\(command.name), \(fault.text): not run: \(error)") }
        }
    }
}
