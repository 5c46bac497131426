import Glibc

/// `ferry` at a terminal: a pseudo-terminal of a given size is its standard output, its standard error or both, and its
/// controlling terminal.
///
/// The kernel turns each line feed that it writes into CR LF. Standard input is `/dev/null` unless `streams` holds `.input`,
/// which makes `type` its keyboard.
public final class PseudoTerminal: Sendable {
    /// The process, for what is not here: signals, the streams that are pipes.
    public let process: RunningProcess

    /// Starts `ferry`.
    ///
    /// - Parameters:
    ///   - arguments: its arguments.
    ///   - rows: the terminal's height.
    ///   - columns: the terminal's width.
    ///   - streams: which of its streams are the terminal; the others are pipes, standard input `/dev/null`.
    ///   - environment: added to the fixed one, to which `TERM=xterm-256color` belongs here.
    ///   - directory: where it starts.
    /// - Throws: `SystemFailure` when it can't be started.
    public init(
        _ arguments: [String], rows: UInt16 = 24, columns: UInt16 = 80,
        streams: TerminalUse = [.output, .error], environment: [String: String] = [:],
        directory: String? = nil
    ) throws {
        process = try RunningProcess(
            ferryBinary(), arguments,
            environment: ["TERM": "xterm-256color"].merging(environment) { $1 }, directory: directory,
            terminal: streams, rows: rows, columns: columns)
    }

    /// Runs `ferry` to its end; see `init`.
    public static func run(
        _ arguments: [String], rows: UInt16 = 24, columns: UInt16 = 80,
        streams: TerminalUse = [.output, .error], environment: [String: String] = [:],
        directory: String? = nil, timeoutSeconds: Double = 60
    ) throws -> ProcessResult {
        try PseudoTerminal(
            arguments, rows: rows, columns: columns, streams: streams, environment: environment,
            directory: directory
        ).finish(timeoutSeconds: timeoutSeconds)
    }

    /// Everything that it wrote to the terminal so far.
    public var bytes: [UInt8] { process.terminal }
    /// The same as text, invalid UTF-8 replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Blocks until the terminal got `text`, or the process has ended, or time is up; tells whether it did.
    @discardableResult
    public func read(until text: String, timeoutSeconds: Double = 20) -> Bool {
        process.waitForTerminal(text, timeoutSeconds: timeoutSeconds)
    }

    /// The same for anything that can be seen of the bytes so far.
    @discardableResult
    public func read(timeoutSeconds: Double = 20, until isWanted: ([UInt8]) -> Bool) -> Bool {
        process.waitForTerminal(timeoutSeconds: timeoutSeconds, until: isWanted)
    }

    /// Gives the terminal another size; the process gets SIGWINCH.
    public func resize(rows: UInt16, columns: UInt16) throws {
        try process.resizeTerminal(rows: rows, columns: columns)
    }

    /// Types keys, Ctrl-C (3) and Ctrl-Z (26) among them; `streams` has to hold `.input`.
    public func type(_ keys: String) { process.write(Array(keys.utf8)) }

    /// Closes the window: the process gets SIGHUP, and EIO from whatever it writes.
    public func hangUp() { process.hangUpTerminal() }

    /// Blocks until the process has ended and all that it wrote is there; kills it after `timeoutSeconds`.
    @discardableResult
    public func finish(timeoutSeconds: Double = 60) -> ProcessResult {
        process.wait(timeoutSeconds: timeoutSeconds)
    }
}
