import Glibc

/// The ends of a child's streams that this process keeps, and those that it closes once the child has them.
struct Streams {
    enum Place: Sendable { case stdout, stderr, terminal }

    /// What the pump works on.
    struct Own: Sendable {
        var input: Int32?
        var outputs: [(descriptor: Int32, place: Place)] = []
    }

    private(set) var own = Own()
    fileprivate var childInput: Int32?
    fileprivate var childOutput: Int32?
    fileprivate var childError: Int32?
    fileprivate var terminalPath: String?
    /// The other side of the terminal, for its size; the caller closes it.
    private(set) var terminalControl: Int32?
    private var childEnds: [Int32] = []

    mutating func openInput() throws(SystemFailure) {
        let ends = try makePipe()
        setNonBlocking(ends.write)
        own.input = ends.write
        childInput = ends.read
        childEnds.append(ends.read)
    }

    mutating func openOutput() throws(SystemFailure) {
        let ends = try makePipe()
        own.outputs.append((ends.read, .stdout))
        childOutput = ends.write
        childEnds.append(ends.write)
    }

    mutating func openError() throws(SystemFailure) {
        let ends = try makePipe()
        own.outputs.append((ends.read, .stderr))
        childError = ends.write
        childEnds.append(ends.write)
    }

    mutating func openTerminal(rows: UInt16, columns: UInt16, takesInput: Bool) throws(SystemFailure) {
        // posix_openpt and its kin hide behind feature macros; these are the requests they are made of.
        let unlockRequest: UInt = 0x4004_5431  // TIOCSPTLCK
        let numberRequest: UInt = 0x8004_5430  // TIOCGPTN
        let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
        let master = try check("open /dev/ptmx") { open("/dev/ptmx", flags) }
        own.outputs.append((master, .terminal))
        var unlocked: Int32 = 0
        var number: UInt32 = 0
        try check("unlock a pseudo-terminal") { ioctl(master, unlockRequest, &unlocked) }
        try check("number of a pseudo-terminal") { ioctl(master, numberRequest, &number) }
        try check("size of a pseudo-terminal") { setTerminalSize(master, rows: rows, columns: columns) }
        let path = "/dev/pts/\(number)"
        // Held open until the child has it: a terminal that nobody has open is at its end.
        childEnds.append(try check("open \(path)") { open(path, flags) })
        terminalPath = path
        terminalControl = try check("dup") { fcntl(master, F_DUPFD_CLOEXEC, 3) }
        if takesInput {
            own.input = try check("dup") { fcntl(master, F_DUPFD_CLOEXEC, 3) }
            setNonBlocking(master)
        }
    }

    mutating func closeChildEnds() {
        for descriptor in childEnds { close(descriptor) }
        childEnds = []
    }

    mutating func closeOwnEnds() {
        for output in own.outputs { close(output.descriptor) }
        if let input = own.input { close(input) }
        if let terminalControl { close(terminalControl) }
        own = Own()
        terminalControl = nil
    }
}

/// Sets the size of a pseudo-terminal, of which the kernel tells its foreground processes (SIGWINCH).
func setTerminalSize(_ descriptor: Int32, rows: UInt16, columns: UInt16) -> Int32 {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    return ioctl(descriptor, UInt(TIOCSWINSZ), &size)
}

/// Starts a program with the given streams; returns its process ID.
func spawn(
    _ path: String, _ arguments: [String], environment: [String: String], directory: String?,
    streams: Streams,
    terminal: TerminalUse, passThrough: Bool
) throws(SystemFailure) -> Int32 {
    // Writing to a child that has gone must fail, not kill the tests.
    _ = ignoreBrokenPipes
    var command = [path] + arguments
    if let directory {
        command =
            ["/usr/bin/env", "--chdir=\(directory)", path.contains("/") ? absolute(path) : path] + arguments
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let plan: [(use: TerminalUse, descriptor: Int32?)] = [
        (.input, streams.childInput), (.output, streams.childOutput), (.error, streams.childError),
    ]
    for (target, stream) in plan.enumerated() {
        let number = Int32(target)
        if terminal.contains(stream.use), let terminalPath = streams.terminalPath {
            posix_spawn_file_actions_addopen(&actions, number, terminalPath, O_RDWR, 0)
        } else if let descriptor = stream.descriptor {
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        } else if !passThrough || number == 0 {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
        }
    }

    // What this process itself inherited: children start with their three streams and nothing else.
    for descriptor in inheritableDescriptors() { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    // POSIX_SPAWN_SETSID: the first terminal that a session's leader opens becomes its controlling one.
    if streams.terminalPath != nil { flags |= 0x80 }
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"]
    for name in ["PATH", "LD_LIBRARY_PATH"] {
        if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    variables.merge(environment) { $1 }
    let argumentPointers = command.map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argumentPointers + variablePointers { free(pointer) } }

    var pid: Int32 = 0
    let status = spawnLock.withLock { _ in
        posix_spawnp(&pid, command[0], &actions, &attributes, argumentPointers, variablePointers)
    }
    guard status == 0 else { throw SystemFailure("start \(path)", code: status) }
    return pid
}

/// Seconds of the monotonic clock.
func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

private func inheritableDescriptors() -> [Int32] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    var result: [Int32] = []
    while let entry = readdir(directory) {
        let number = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { Int32(String(cString: $0)) }
        }
        if let number, number > 2, fcntl(number, F_GETFD) == 0 { result.append(number) }
    }
    return result
}

private let ignoreBrokenPipes: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
}()

private func absolute(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
