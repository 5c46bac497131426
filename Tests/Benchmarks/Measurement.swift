import Glibc
import TestSupport

/// What one process took from its start to its end.
struct Sample {
    /// User plus system time.
    var cpuSeconds: Double
    /// From before the start to after the end.
    var wallSeconds: Double
    /// The program's own peak resident memory; nil unless it was watched.
    var peakBytes: Int?
    /// Its standard output; empty unless it was kept.
    var output: String
    /// Its standard error.
    var errors: String
}

/// Why a process gives no sample.
struct MeasurementFailure: Error, CustomStringConvertible {
    var description: String
}

/// Runs whole processes one at a time and tells what they took.
///
/// CPU time comes from `wait4`, whose sum of user and system time is exact to the nanosecond on Linux. Its peak memory
/// isn't: a spawned child inherits the peak of this process until it has replaced its image. So peak memory is
/// `VmHWM`, which belongs to the new image alone, read every millisecond in runs of their own.
final class Stopwatch {
    private let scratch: TemporaryDirectory
    private var signals = sigset_t()
    /// The signal that asked for an end; nil until then. Nothing is measured after it.
    private(set) var interruption: Int32?

    /// Blocks SIGCHLD, so that waiting can have a time limit, and the signals that end the benchmark, so that it can
    /// stop its servers: make it before any thread is started.
    init() throws {
        scratch = try TemporaryDirectory()
        sigemptyset(&signals)
        for signal in [SIGCHLD, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(Int32(SIG_BLOCK), &signals, nil)
    }

    /// Runs a program, its input at `/dev/null`, in a small fixed environment.
    ///
    /// - Parameters:
    ///   - path: the program.
    ///   - arguments: without the program's name.
    ///   - wanted: the exit status that means success.
    ///   - output: the path that is its standard output; nil keeps what it writes there.
    ///   - watchesMemory: also tells the peak memory; costs some CPU on the side, so take times from other runs.
    ///   - timeoutSeconds: after which it is killed and has failed.
    /// - Returns: what it took.
    /// - Throws: `MeasurementFailure` when it didn't start or didn't end with the wanted status, in its own words.
    func measure(
        _ path: String, _ arguments: [String], status wanted: Int32 = 0, output: String? = "/dev/null",
        watchesMemory: Bool = false,
        timeoutSeconds: Double = 120
    ) throws(MeasurementFailure) -> Sample {
        let errors = scratch.file("stderr")
        let kept = output == nil ? scratch.file("stdout") : nil
        let started = now()
        let pid = try start(path, arguments, output: output ?? scratch.file("stdout"), errors: errors)
        // Every millisecond while memory is watched; otherwise only as often as the time limit needs.
        var pause = timespec(tv_sec: watchesMemory ? 0 : 1, tv_nsec: watchesMemory ? 1_000_000 : 0)
        var status: Int32 = 0
        var usage = rusage()
        var peak = 0
        while wait4(pid, &status, WNOHANG, &usage) == 0 {
            if watchesMemory { peak = max(peak, residentPeak(of: pid)) }
            if interruption != nil || now() - started > timeoutSeconds { kill(pid, SIGKILL) }
            let signal = sigtimedwait(&signals, nil, &pause)
            if signal > 0 && signal != SIGCHLD { interruption = signal }
        }
        let ended = now()
        guard interruption == nil else { throw MeasurementFailure(description: "interrupted") }
        guard ended - started <= timeoutSeconds else {
            throw MeasurementFailure(description: "\(baseName(path)): not done in \(Int(timeoutSeconds)) s")
        }
        guard status == wanted << 8 else {
            let words = text(readFile(errors) ?? []).split(separator: "\n").last.map { ": \($0)" } ?? ""
            let end = status & 0x7f == 0 ? "exit \((status >> 8) & 0xff)" : "signal \(status & 0x7f)"
            throw MeasurementFailure(description: "\(baseName(path)): \(end)\(words)")
        }
        return Sample(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), wallSeconds: ended - started,
            peakBytes: watchesMemory ? peak : nil,
            output: kept.map { text(readFile($0) ?? []) } ?? "", errors: text(readFile(errors) ?? []))
    }

    private func start(_ path: String, _ arguments: [String], output: String, errors: String)
        throws(MeasurementFailure) -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)

        // Neither the blocked signals nor an ignored SIGPIPE shall reach the child.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
        // Hashing with a seed of its own each time would change the counts of instructions from run to run.
        let environment = [
            "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8",
            "SWIFT_DETERMINISTIC_HASHING=1",
        ]
        // Where a ferry that counts its own branches writes the counts: for `--train`.
        let counts = getenv("LLVM_PROFILE_FILE").map { ["LLVM_PROFILE_FILE=\(String(cString: $0))"] } ?? []
        let environmentPointers = (environment + counts).map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, path, &actions, &attributes, argumentPointers, environmentPointers)
        guard status == 0 else {
            throw MeasurementFailure(description: "start \(path): \(String(cString: strerror(status)))")
        }
        return pid
    }
}

/// Where `PATH`, or the folders of system programs, hold a program; nil when it isn't installed.
func locate(_ program: String) -> String? {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    return (folders + ":/usr/sbin").split(separator: ":").map { "\($0)/\(program)" }
        .first { access($0, X_OK) == 0 }
}

/// Seconds of the monotonic clock.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The high-water mark of a process's resident memory; 0 once it has none.
private func residentPeak(of pid: pid_t) -> Int {
    guard let status = readFile("/proc/\(pid)/status") else { return 0 }
    for line in text(status).split(separator: "\n") where line.hasPrefix("VmHWM:") {
        return (Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1]) ?? 0) * 1024
    }
    return 0
}

private func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
}

private func baseName(_ path: String) -> Substring {
    path.split(separator: "/").last ?? Substring(path)
}
