import TestSupport

/// Runs lines of bash in a folder of their own: `$F` is the binary, `$U` a server.
struct FerryShell {
    let folder: TemporaryDirectory
    let server: ScriptedServer
    private let preparation: String

    /// A body that no pipe holds whole.
    static let body = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)

    /// `preparation` is run before each line.
    init(preparation: String, handler: @escaping ScriptedServer.Handler) throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer(handler: handler)
        self.preparation = preparation
    }

    private var environment: [String: String] { ["F": ferryBinary(), "U": server.url("")] }

    func callAsFunction(_ line: String) throws -> ProcessResult {
        try runProcess(
            "bash", ["-c", "\(preparation); \(line)"], environment: environment, directory: folder.path)
    }

    /// The same, to go on while it runs.
    func start(_ line: String) throws -> RunningProcess {
        try RunningProcess(
            "bash", ["-c", "\(preparation); \(line)"], environment: environment, directory: folder.path)
    }
}
