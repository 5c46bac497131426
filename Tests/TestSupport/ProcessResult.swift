/// How a child process ended and what it wrote.
public struct ProcessResult: Sendable, CustomStringConvertible {
    /// What it wrote to its standard output; empty when that was a terminal.
    public var stdout: [UInt8]
    /// What it wrote to its standard error; empty when that was a terminal.
    public var stderr: [UInt8]
    /// What it wrote to its pseudo-terminal, line ends as CR LF.
    public var terminal: [UInt8]
    /// Its exit status; nil when a signal ended it.
    public var exitStatus: Int32?
    /// The signal that ended it, or nil.
    public var signal: Int32?
    /// Whether it was killed because its time was up.
    public var timedOut: Bool
    /// User plus system time.
    public var cpuSeconds: Double
    /// Time from its start until its end was noticed.
    public var wallSeconds: Double
    /// Peak resident memory. Never less than that of the process that started it at that moment.
    public var peakMemoryBytes: Int

    /// `stdout` as text, invalid UTF-8 replaced.
    public var outText: String { String(decoding: stdout, as: UTF8.self) }
    /// `stderr` as text, invalid UTF-8 replaced.
    public var errText: String { String(decoding: stderr, as: UTF8.self) }
    /// `terminal` as text, invalid UTF-8 replaced.
    public var terminalText: String { String(decoding: terminal, as: UTF8.self) }

    /// Status and both outputs, shortened: what a failed expectation should show.
    public var description: String {
        let end = exitStatus.map { "exit \($0)" } ?? "signal \(signal ?? 0)"
        return
            "\(end)\(timedOut ? " (timed out)" : "")\nstdout: \(outText.prefix(2000))\nstderr: \(errText.prefix(2000))"
    }
}

/// Which of a child's three streams are its pseudo-terminal rather than pipes.
public struct TerminalUse: OptionSet, Sendable {
    /// Bit 0 stdin, bit 1 stdout, bit 2 stderr.
    public let rawValue: Int

    /// A set of streams by bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Standard input.
    public static let input = TerminalUse(rawValue: 1)
    /// Standard output.
    public static let output = TerminalUse(rawValue: 2)
    /// Standard error.
    public static let error = TerminalUse(rawValue: 4)
    /// All three.
    public static let all: TerminalUse = [.input, .output, .error]
}

/// Runs a program to its end, feeding and draining all its streams at once.
///
/// - Parameters:
///   - path: the program; looked for in `PATH` when it holds no slash.
///   - arguments: without the program's name.
///   - stdin: what it reads, then the end; nil gives it `/dev/null`.
///   - environment: added to a small fixed one (`PATH`, `HOME=/nonexistent`, `LC_ALL=C.UTF-8`), so that no
///     setting of the machine leaks into a test.
///   - directory: where it starts; nil: where the tests run.
///   - timeoutSeconds: after which it is killed, and the result says so.
/// - Returns: how it ended and what it wrote.
/// - Throws: `SystemFailure` when it can't be started.
public func runProcess(
    _ path: String, _ arguments: [String] = [], stdin: [UInt8]? = nil, environment: [String: String] = [:],
    directory: String? = nil, timeoutSeconds: Double = 60
) throws -> ProcessResult {
    let process = try RunningProcess(
        path, arguments, stdin: stdin.map { .bytes($0) } ?? .null, environment: environment,
        directory: directory)
    return process.wait(timeoutSeconds: timeoutSeconds)
}

/// Runs the `ferry` binary under test; see `runProcess`.
public func runFerry(
    _ arguments: [String], stdin: [UInt8]? = nil, environment: [String: String] = [:],
    directory: String? = nil, timeoutSeconds: Double = 60
) throws -> ProcessResult {
    try runProcess(
        ferryBinary(), arguments, stdin: stdin, environment: environment, directory: directory,
        timeoutSeconds: timeoutSeconds)
}
