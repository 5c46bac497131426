import Connector
import Glibc
import HTTPCore

/// Where messages, traces and the progress meter go: standard error, or what `--stderr` names.
///
/// Every text is one write at once, nothing is gathered; in a run, what finds no room waits in a queue. Invariant: a message never shares a line with the progress
/// meter, which is wiped first.
final class TextStream: ByteSink {
    let isTerminal: Bool
    /// Width to wrap messages at; nil unless this is a terminal.
    let columns: Int?
    private let descriptor: Int32
    private let path: String
    private let isOwned: Bool
    private let shouldStop: () -> Bool
    /// Takes the bytes so that the loop does not wait; nil = whoever writes waits.
    private lazy var queue: StdoutSink? = makeQueue?()
    private let makeQueue: (() -> StdoutSink)?
    /// Set where this is standard output: what is said stands behind the bytes of answers that were there before it.
    var standardOutput: StdoutSequencer?
    private var hasProgressLine = false
    private var firstFailure: OutputError?
    /// Why something that was written here is not there; nil = all is, or waits.
    var failure: OutputError? { firstFailure ?? queue?.failure }
    /// Lines below everything that is printed here; nil = there are none.
    var pinned: (any PinnedLines)?

    /// A stream on a descriptor that stays the caller's. `isTerminal` and `columns` are found out when nil.
    init(
        descriptor: Int32 = STDERR_FILENO, path: String = "standard error", isTerminal: Bool? = nil,
        columns: Int? = nil, isOwned: Bool = false, makeQueue: (() -> StdoutSink)? = nil,
        shouldStop: @escaping () -> Bool = { false }
    ) {
        self.descriptor = descriptor
        self.path = path
        self.isOwned = isOwned
        self.makeQueue = makeQueue
        self.shouldStop = shouldStop
        let isTerminal = isTerminal ?? (isatty(descriptor) == 1)
        self.isTerminal = isTerminal
        self.columns = isTerminal ? columns ?? terminalColumns(descriptor) : nil
    }

    /// The width to draw for, also in a pipe.
    var assumedColumns: Int { columns ?? terminalColumns(descriptor) }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// What an option's argument names: `-` is standard output, `%` standard error, else a file, which is emptied.
    static func open(
        _ argument: String, shouldStop: @escaping () -> Bool = { false }
    ) throws(OutputError) -> TextStream {
        switch argument {
        case "-":
            return TextStream(descriptor: STDOUT_FILENO, path: "standard output", shouldStop: shouldStop)
        case "%": return TextStream(shouldStop: shouldStop)
        default:
            let descriptor = Glibc.open(
                argument.onDisk, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o666)
            guard descriptor >= 0 else { throw OutputError(.openLog, argument, errno: errno) }
            return TextStream(descriptor: descriptor, path: argument, isOwned: true, shouldStop: shouldStop)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if hasProgressLine { wipeProgressLine() }
        pinned?.makeRoom()
        defer { if let last = bytes.last { pinned?.hasPrinted(endsLine: last == 0x0A) } }
        try put(bytes)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let standardOutput, !(standardOutput.undelivered?.holdsBack ?? false) {
            do throws(OutputError) { return try standardOutput.say(bytes) } catch {
                firstFailure = firstFailure ?? error
                throw error
            }
        }
        if let queue { return try queue.write(bytes) }
        if let cause = writeAll(descriptor, bytes, shouldStop: shouldStop).failure {
            let error = OutputError(.write, path, cause)
            firstFailure = firstFailure ?? error
            throw error
        }
    }

    /// What a picture is made of; nobody can be told when that fails.
    private func put(_ text: String) {
        var text = text
        text.withUTF8 { try? put(UnsafeRawBufferPointer($0)) }
    }

    /// Nothing more is written: what waits is written yet when its reader lets it.
    func finish() { try? queue?.finish() }

    /// Writes a text for people; nobody can be told when that fails.
    func print(_ text: String) {
        try? write(text)
    }

    /// Draws over the progress line; `endsLine` leaves it there for good.
    func redraw(_ line: String, endsLine: Bool = false) {
        put("\r" + line + (endsLine ? "\n" : ""))
        hasProgressLine = !endsLine
    }

    /// Writes what moves pinned lines.
    func draw(_ text: String) {
        put(text)
    }

    /// The size that the terminal has now; nil where there is none, or it does not know.
    var terminalSize: ProgressBars.Size? {
        var size = winsize()
        guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return ProgressBars.Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// False while a picture would keep the run waiting, as after Ctrl-S, or stand among what a shell shows, as its process
    /// is in the background.
    var isReadyToDraw: Bool {
        if queue?.isFull ?? false { return false }
        guard isTerminal else { return true }
        let foreground = tcgetpgrp(descriptor)
        guard foreground < 0 || foreground == getpgrp() else { return false }
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&room, 1, 0) > 0 && room.revents & Int16(POLLHUP | POLLERR) == 0
    }

    private func wipeProgressLine() {
        hasProgressLine = false
        put(isTerminal ? "\r\u{1B}[K" : "\n")
    }
}

extension TextStream {
    /// As `open` in a run, which never waits for it; nil without a target. `standardOutput` is that of the answers, if there
    /// is one yet.
    @LoopActor
    static func open(
        _ target: TextTarget?, on streams: OutputStreams, _ standardOutput: StdoutSequencer? = nil,
        shouldStop: @escaping () -> Bool
    ) throws(OutputError) -> TextStream? {
        switch target {
        case nil: return nil
        case .standardOutput:
            let stream = on(STDOUT_FILENO, "standard output", streams, shouldStop)
            stream.standardOutput = standardOutput
            return stream
        case .standardError: return onStandardError(streams, shouldStop)
        case .file(let path):
            guard OutputStreams.isStream(path) else { return try open(path, shouldStop: shouldStop) }
            let sink = streams.open(path)
            if let error = sink.broken { throw OutputError(.openLog, path, error.cause) }
            return TextStream(
                descriptor: sink.descriptor, path: path, makeQueue: { sink }, shouldStop: shouldStop)
        }
    }

    @LoopActor
    static func onStandardError(_ streams: OutputStreams, _ shouldStop: @escaping () -> Bool) -> TextStream {
        on(STDERR_FILENO, "standard error", streams, shouldStop)
    }

    @LoopActor
    private static func on(
        _ descriptor: Int32, _ name: String, _ streams: OutputStreams, _ shouldStop: @escaping () -> Bool
    ) -> TextStream {
        TextStream(
            descriptor: descriptor, path: name, makeQueue: { streams.use(descriptor, name: name) },
            shouldStop: shouldStop)
    }
}

/// The width of a terminal: `COLUMNS`, else what the terminal says, else 79.
private func terminalColumns(_ descriptor: Int32) -> Int {
    if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns >= 20,
        columns <= 10_000
    {
        return columns
    }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 { return Int(size.ws_col) }
    return 79
}
