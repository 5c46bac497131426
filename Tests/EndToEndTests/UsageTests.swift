import TestSupport
import Testing

/// Command lines that cannot be: one line that says what was given and what is expected, the right exit status, and
/// nothing opened, asked or written.
@Suite struct UsageTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var message: String
        var status: Int32

        init(_ arguments: [String], _ message: String, _ status: Int32 = 2) {
            self.arguments = arguments
            self.message = message
            self.status = status
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let hint = "ferry: try 'ferry --help' for more information\n"

    @Test(arguments: refusals) func `a bad command line`(_ refusal: Refusal) throws {
        let server = try ScriptedServer(handler: { _ in [.respond()] })
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            refusal.arguments + ["-o", "out", "-D", "heads", server.url()], directory: folder.path)
        #expect(result.exitStatus == refusal.status, "\(result)")
        #expect(result.errText == "ferry: \(refusal.message)\n" + Self.hint)
        #expect(result.outText.isEmpty)
        #expect(server.acceptedCount == 0)
        #expect(folder.names().isEmpty)
    }

    static let refusals = [
        Refusal(["--nonsense"], "option --nonsense: is unknown"),
        Refusal(["--retri", "1"], "option --retri: is unknown; did you mean --retry?"),
    ]

    @Test func `no URL`() throws {
        let result = try runFerry([])
        #expect(result.exitStatus == 2)
        #expect(result.errText == "ferry: no URL specified\n" + Self.hint)
    }
}
