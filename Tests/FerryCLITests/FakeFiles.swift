@testable import FerryCLI

/// Files in memory.
struct FakeFiles: FileSource {
    var files: [String: [UInt8]] = [:]
    var input: [UInt8] = []

    init(_ files: [String: String] = [:], input: String = "") {
        self.files = files.mapValues { Array($0.utf8) }
        self.input = Array(input.utf8)
    }

    func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        // ENOENT
        guard let bytes = files[path] else { throw .system(2) }
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        return bytes
    }

    func standardInput(limit: Int) throws(FileReadError) -> [UInt8] { input }

    func exists(_ path: String) -> Bool { files[path] != nil }
}

/// Parses a command line without the program's name.
func parse(
    _ arguments: [String], files: FakeFiles = FakeFiles(), environment: [String: String] = [:]
) throws -> Settings {
    try Settings.load(arguments: arguments, environment: { environment[$0] }, files: files)
}

/// The same with arguments separated by blanks.
func parse(_ line: String, files: FakeFiles = FakeFiles()) throws -> Settings {
    try parse(line.split(separator: " ").map(String.init), files: files)
}

/// The first operation.
func operation(_ arguments: [String], files: FakeFiles = FakeFiles()) throws -> OperationSettings {
    try parse(arguments, files: files).operations[0]
}

/// The error of a command line that must be refused; nil when it is not.
func refusal(_ arguments: [String], files: FakeFiles = FakeFiles()) -> UsageError? {
    do {
        _ = try parse(arguments, files: files)
        return nil
    } catch {
        return error as? UsageError
    }
}
