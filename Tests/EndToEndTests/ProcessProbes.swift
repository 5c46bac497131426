import Glibc
import TestSupport

/// Asks every few milliseconds, where nothing tells: the state of files and of other processes. False after ten seconds.
func waitUntil(_ isSo: () -> Bool) -> Bool {
    for _ in 0..<2000 {
        if isSo() { return true }
        usleep(5000)
    }
    return false
}

/// Whether a process sleeps, in a kernel function whose name contains `place` if one is given.
func processSleeps(_ pid: Int32, in place: String = "") -> Bool {
    guard let status = readFile("/proc/\(pid)/stat"), let wait = readFile("/proc/\(pid)/wchan") else {
        return false
    }
    return text(status).contains(") S ") && (place.isEmpty || text(wait).contains(place))
}

/// The peak of a running process's resident memory, of the program that it runs now; 0 when it is gone.
func peakMemoryBytes(of process: RunningProcess) -> Int {
    let status = text(readFile("/proc/\(process.pid)/status") ?? [])
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }) else { return 0 }
    return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        .map { $0 * 1024 } ?? 0
}
