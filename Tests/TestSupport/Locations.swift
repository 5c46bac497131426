import Glibc

/// The absolute path of the repository's root.
public func packageRoot(_ file: String = #filePath) -> String {
    // Tests/TestSupport/Locations.swift: three components below the root.
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
}

/// The absolute path of the `ferry` binary to test: `FERRY_BINARY`, or the one that was built with the tests.
public func ferryBinary() -> String {
    if let given = getenv("FERRY_BINARY") {
        return absolutePath(String(cString: given))
    }
    let beside = absolutePath("/proc/self/exe").split(separator: "/", omittingEmptySubsequences: false)
        .dropLast()
        .joined(separator: "/")
    for candidate in ["\(beside)/ferry", "\(packageRoot())/.build/debug/ferry"]
    where access(candidate, X_OK) == 0 {
        return candidate
    }
    return "\(packageRoot())/.build/debug/ferry"
}

/// How many descriptors a process has open; this one when `process` is nil. -1 when it can't be told.
///
/// Suites run at the same time in one process, so count in a child process, or in a serial run.
public func descriptorCount(ofProcess process: Int32? = nil) -> Int {
    let folder = process.map { "/proc/\($0)/fd" } ?? "/proc/self/fd"
    guard let directory = opendir(folder) else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // "." and "..", and for this process the descriptor of the listing itself.
    return count - (process == nil ? 3 : 2)
}

/// How many threads a process has; -1 when it is gone.
public func threadCount(ofProcess process: Int32) -> Int {
    guard let status = readFile("/proc/\(process)/status") else { return -1 }
    for line in text(status).split(separator: "\n") where line.hasPrefix("Threads:") {
        return Int(line.dropFirst("Threads:".count).drop { $0 == "\t" || $0 == " " }) ?? -1
    }
    return -1
}

private func absolutePath(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
}
