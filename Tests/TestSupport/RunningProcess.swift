import Glibc

/// A child process under the test's control. Killed when the last reference goes.
public final class RunningProcess: Sendable {
    /// What the child finds as standard input.
    public enum Input: Sendable {
        /// `/dev/null`.
        case null
        /// These bytes, then the end.
        case bytes([UInt8])
        /// A pipe that `write` fills and `closeInput` ends.
        case open
    }

    /// Its process ID.
    public let pid: Int32
    private let shared: Monitor<State>
    private let wake: WakeUp

    /// Starts a program; see `runProcess` for the parameters they share.
    ///
    /// - Parameters:
    ///   - path: the program.
    ///   - arguments: without the program's name.
    ///   - stdin: what it reads; has no effect when `terminal` holds `.input`: then `write` is the keyboard.
    ///   - environment: added to the small fixed one.
    ///   - directory: where it starts.
    ///   - terminal: the streams that are a pseudo-terminal, which is then also the controlling one (`/dev/tty`).
    ///   - rows: the terminal's height.
    ///   - columns: the terminal's width.
    ///   - passThrough: gives the child this process's own standard output and error instead of pipes.
    /// - Throws: `SystemFailure` when it can't be started.
    public init(
        _ path: String, _ arguments: [String] = [], stdin: Input = .null, environment: [String: String] = [:],
        directory: String? = nil, terminal: TerminalUse = [], rows: UInt16 = 24, columns: UInt16 = 80,
        passThrough: Bool = false
    ) throws {
        let wake = try WakeUp()
        var streams = Streams()
        defer { streams.closeChildEnds() }
        var state = State()
        do {
            if !terminal.isEmpty {
                try streams.openTerminal(
                    rows: rows, columns: columns, takesInput: terminal.contains(.input))
            }
            if !terminal.contains(.input) {
                switch stdin {
                case .null: break
                case .open: try streams.openInput()
                case .bytes(let bytes):
                    try streams.openInput()
                    state.input = bytes
                    state.inputEnds = true
                }
            }
            if !passThrough && !terminal.contains(.output) { try streams.openOutput() }
            if !passThrough && !terminal.contains(.error) { try streams.openError() }
            state.started = monotonicSeconds()
            pid = try spawn(
                path, arguments, environment: environment, directory: directory, streams: streams,
                terminal: terminal, passThrough: passThrough)
        } catch {
            streams.closeOwnEnds()
            throw error
        }
        state.openOutputs = streams.own.outputs.count
        state.terminalControl = streams.terminalControl
        let shared = Monitor(state)
        self.shared = shared
        self.wake = wake
        let (pid, own) = (self.pid, streams.own)
        startThread { pump(own, wake: wake, shared) }
        startThread { reap(pid, shared) }
    }

    deinit {
        send(SIGKILL)
        closeInput()
        shared.withLock { $0.closeTerminalControl() }
    }

    /// Everything it wrote to its standard output so far.
    public var stdout: [UInt8] { shared.withLock { $0.stdout } }
    /// Everything it wrote to its standard error so far.
    public var stderr: [UInt8] { shared.withLock { $0.stderr } }
    /// Everything it wrote to its pseudo-terminal so far.
    public var terminal: [UInt8] { shared.withLock { $0.terminal } }
    /// Whether it is still there.
    public var isRunning: Bool { shared.withLock { $0.status == nil } }

    /// Sends a signal, unless the process has ended.
    public func send(_ signal: Int32) {
        // The process is reaped under the same lock, so its ID can't be another's by now.
        shared.withLock { if $0.status == nil { kill(pid, signal) } }
    }

    /// Queues bytes for its standard input, a pipe or the terminal.
    public func write(_ bytes: [UInt8]) {
        shared.withLock { $0.input += bytes }
        wake.signal()
    }

    /// Ends its standard input once everything queued is written.
    public func closeInput() {
        shared.withLock { $0.inputEnds = true }
        wake.signal()
    }

    /// Gives its pseudo-terminal another size.
    public func resizeTerminal(rows: UInt16, columns: UInt16) throws {
        try shared.withLock { state in
            guard let descriptor = state.terminalControl else { return }
            try check("size of a pseudo-terminal") {
                setTerminalSize(descriptor, rows: rows, columns: columns)
            }
        }
    }

    /// Takes its pseudo-terminal away, as a closed window does: SIGHUP, and EIO for whoever uses it on.
    public func hangUpTerminal() {
        shared.withLock {
            $0.closeTerminalControl()
            $0.hangsUp = true
            // The keyboard is the same descriptor.
            $0.inputEnds = true
            $0.input = []
            $0.inputOffset = 0
        }
        wake.signal()
    }

    /// Blocks until its standard output contains `text`, or it has ended, or time is up; tells whether it does.
    @discardableResult
    public func waitForOutput(_ text: String, timeoutSeconds: Double = 20) -> Bool {
        waitFor(text, timeoutSeconds) { $0.stdout }
    }

    /// As `waitForOutput`, for its standard error.
    @discardableResult
    public func waitForError(_ text: String, timeoutSeconds: Double = 20) -> Bool {
        waitFor(text, timeoutSeconds) { $0.stderr }
    }

    /// As `waitForOutput`, for its pseudo-terminal.
    @discardableResult
    public func waitForTerminal(_ text: String, timeoutSeconds: Double = 20) -> Bool {
        waitFor(text, timeoutSeconds) { $0.terminal }
    }

    /// Blocks until what its pseudo-terminal got is as wanted, or it has ended, or time is up; tells whether it is.
    @discardableResult
    public func waitForTerminal(timeoutSeconds: Double = 20, until isWanted: ([UInt8]) -> Bool) -> Bool {
        var isThere = false
        _ = shared.wait(timeoutSeconds: timeoutSeconds) { state in
            isThere = isWanted(state.terminal)
            return isThere || state.isOver
        }
        return isThere
    }

    /// Blocks until it has ended and its outputs are drained; kills it after `timeoutSeconds`.
    @discardableResult
    public func wait(timeoutSeconds: Double = 60) -> ProcessResult {
        if !shared.wait(timeoutSeconds: timeoutSeconds, until: \.isOver) {
            shared.withLock { $0.timedOut = $0.status == nil }
            send(SIGKILL)
            // A grandchild may hold the outputs open: what came until then must do.
            _ = shared.wait(timeoutSeconds: 2, until: \.isOver)
        }
        return shared.withLock { $0.result }
    }

    /// As `wait`, suspending instead of blocking.
    public func finished(timeoutSeconds: Double = 60) async -> ProcessResult {
        await withCheckedContinuation { continuation in
            startThread { continuation.resume(returning: self.wait(timeoutSeconds: timeoutSeconds)) }
        }
    }

    private func waitFor(_ text: String, _ seconds: Double, in bytes: (State) -> [UInt8]) -> Bool {
        let wanted = Array(text.utf8)
        var isThere = false
        _ = shared.wait(timeoutSeconds: seconds) { state in
            isThere = bytes(state).firstIndex(ofSequence: wanted) != nil
            return isThere || state.isOver
        }
        return isThere
    }
}

// MARK: The threads' side

private struct State: Sendable {
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var terminal: [UInt8] = []
    /// What the child shall read, and how much of that it was given.
    var input: [UInt8] = []
    var inputOffset = 0
    var inputEnds = false
    /// The pseudo-terminal's other side, for its size; nil without one.
    var terminalControl: Int32?
    /// The terminal shall be closed.
    var hangsUp = false
    /// Outputs not yet at their end.
    var openOutputs = 0
    /// As `wait` gives it; nil while the child runs.
    var status: Int32?
    var cpuSeconds = 0.0
    var peakMemoryBytes = 0
    var started = 0.0
    var ended = 0.0
    var timedOut = false

    var isOver: Bool { status != nil && openOutputs == 0 }

    var result: ProcessResult {
        let signal = status.map { $0 & 0x7f }
        return ProcessResult(
            stdout: stdout, stderr: stderr, terminal: terminal,
            exitStatus: signal == 0 ? status.map { ($0 >> 8) & 0xff } : nil,
            signal: signal == 0 ? nil : signal,
            timedOut: timedOut, cpuSeconds: cpuSeconds, wallSeconds: ended - started,
            peakMemoryBytes: peakMemoryBytes)
    }

    mutating func closeTerminalControl() {
        if let descriptor = terminalControl.take() { close(descriptor) }
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, to place: Streams.Place) {
        switch place {
        case .stdout: stdout += bytes
        case .stderr: stderr += bytes
        case .terminal: terminal += bytes
        }
    }
}

/// A pipe through which one thread interrupts another's poll.
private final class WakeUp: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() throws(SystemFailure) {
        (readEnd, writeEnd) = try makePipe()
        setNonBlocking(readEnd)
        setNonBlocking(writeEnd)
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    func signal() { write(writeEnd, "!", 1) }

    func clear() {
        var buffer = [UInt8](repeating: 0, count: 256)
        while read(readEnd, &buffer, buffer.count) > 0 {}
    }
}

/// Moves bytes between a child's streams and the shared state until every stream is at its end.
private func pump(_ own: Streams.Own, wake: WakeUp, _ shared: Monitor<State>) {
    var outputs = own.outputs
    var input = own.input
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while !outputs.isEmpty || input != nil {
        let (isPending, isLast, hangsUp) = shared.withLock {
            ($0.inputOffset < $0.input.count, $0.inputEnds, $0.hangsUp)
        }
        if hangsUp, let index = outputs.firstIndex(where: { $0.place == .terminal }) {
            close(outputs.remove(at: index).descriptor)
            shared.withLock { $0.openOutputs -= 1 }
            continue
        }
        if let descriptor = input, !isPending, isLast {
            close(descriptor)
            input = nil
            continue
        }
        var wanted = outputs.map { (descriptor: $0.descriptor, events: POLLIN) }
        wanted.append((wake.readEnd, POLLIN))
        // Without events to wait for it still tells when the reader has gone.
        if let input { wanted.append((input, isPending ? POLLOUT : 0)) }
        guard let events = waitForEvents(wanted) else { continue }

        if events[outputs.count] != 0 { wake.clear() }
        if let descriptor = input, events[outputs.count + 1] != 0, !feed(descriptor, shared) {
            close(descriptor)
            input = nil
        }
        for index in outputs.indices.reversed() where events[index] != 0 {
            let output = outputs[index]
            let count = read(output.descriptor, &buffer, buffer.count)
            if count > 0 {
                shared.withLock { $0.append(buffer[..<count], to: output.place) }
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                // A pseudo-terminal ends with EIO.
                close(output.descriptor)
                outputs.remove(at: index)
                shared.withLock { $0.openOutputs -= 1 }
            }
        }
    }
}

/// Writes pending input; false when nobody reads it any more.
private func feed(_ descriptor: Int32, _ shared: Monitor<State>) -> Bool {
    shared.withLock { state in
        guard state.inputOffset < state.input.count else { return false }
        let count = state.input.withUnsafeBytes {
            let rest = UnsafeRawBufferPointer(rebasing: $0[state.inputOffset...])
            return write(descriptor, rest.baseAddress, rest.count)
        }
        guard count >= 0 else { return errno == EAGAIN || errno == EINTR }
        state.inputOffset += count
        if state.inputOffset == state.input.count {
            state.input = []
            state.inputOffset = 0
        }
        return true
    }
}

/// Waits for the child's end and records it.
private func reap(_ pid: Int32, _ shared: Monitor<State>) {
    // Without reaping first, so that no signal can be sent between the reaping and its being known.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    let ended = monotonicSeconds()
    shared.withLock { state in
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
        state.status = status
        state.ended = ended
        state.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        state.peakMemoryBytes = usage.ru_maxrss * 1024
    }
}

private func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
}
