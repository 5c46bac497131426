import Glibc

/// Where messages, traces and the progress meter go: standard error, or what `--stderr` names.
///
/// Every text is one write at once, nothing is gathered. Invariant: a message never shares a line with the progress
/// meter, which is wiped first.
final class TextStream: ByteSink {
    let isTerminal: Bool
    /// Width to wrap messages at; nil unless this is a terminal.
    let columns: Int?
    private let descriptor: Int32
    private let path: String
    private let isOwned: Bool
    private let shouldStop: () -> Bool
    private var hasProgressLine = false
    /// Lines below everything that is printed here; nil = there are none.
    var pinned: (any PinnedLines)?

    /// A stream on a descriptor that stays the caller's. `isTerminal` and `columns` are found out when nil.
    init(
        descriptor: Int32 = STDERR_FILENO, path: String = "standard error", isTerminal: Bool? = nil,
        columns: Int? = nil, isOwned: Bool = false, shouldStop: @escaping () -> Bool = { false }
    ) {
        self.descriptor = descriptor
        self.path = path
        self.isOwned = isOwned
        self.shouldStop = shouldStop
        let isTerminal = isTerminal ?? (isatty(descriptor) == 1)
        self.isTerminal = isTerminal
        self.columns = isTerminal ? columns ?? terminalColumns(descriptor) : nil
    }

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
            let descriptor = Glibc.open(argument, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o666)
            guard descriptor >= 0 else { throw OutputError(.openLog, argument, errno: errno) }
            return TextStream(descriptor: descriptor, path: argument, isOwned: true, shouldStop: shouldStop)
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if hasProgressLine { wipeProgressLine() }
        pinned?.makeRoom()
        defer { if let last = bytes.last { pinned?.hasPrinted(endsLine: last == 0x0A) } }
        if let cause = writeAll(descriptor, bytes, shouldStop: shouldStop).failure {
            throw OutputError(.write, path, cause)
        }
    }

    /// Writes a text for people; nobody can be told when that fails.
    func print(_ text: String) {
        try? write(text)
    }

    /// Draws over the progress line; `endsLine` leaves it there for good.
    func redraw(_ line: String, endsLine: Bool = false) {
        var text = "\r" + line + (endsLine ? "\n" : "")
        text.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0), shouldStop: shouldStop) }
        hasProgressLine = !endsLine
    }

    /// Writes what moves pinned lines.
    func draw(_ text: String) {
        var text = text
        text.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0), shouldStop: shouldStop) }
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
        guard isTerminal else { return true }
        let foreground = tcgetpgrp(descriptor)
        guard foreground < 0 || foreground == getpgrp() else { return false }
        var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&room, 1, 0) > 0 && room.revents & Int16(POLLHUP | POLLERR) == 0
    }

    private func wipeProgressLine() {
        hasProgressLine = false
        var wipe = isTerminal ? "\r\u{1B}[K" : "\n"
        wipe.withUTF8 { _ = writeAll(descriptor, UnsafeRawBufferPointer($0), shouldStop: shouldStop) }
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
