import TestSupport
import Testing

/// What the built binary is linked with.
@Suite struct PackagingTests {
    private func libraries(of binary: String) throws -> [String] {
        let result = try runProcess("ldd", [binary])
        #expect(result.exitStatus == 0, "\(result)")
        return result.outText.split(separator: "\n").map { String($0.drop { $0 == "\t" }) }
    }

    @Test func `the binary is not linked with Foundation`() throws {
        let linked = try libraries(of: ferryBinary())
        #expect(!linked.contains { $0.contains("Foundation") }, "\(linked)")
    }

    @Test func `a release binary holds the Swift runtime`() throws {
        let binary = packageRoot() + "/.build/release/ferry"
        guard fileExists(binary) else { return }
        let linked = try libraries(of: binary)
        #expect(!linked.contains { $0.contains("libswift") || $0.contains("Foundation") }, "\(linked)")
    }

    @Test func `no library is missing`() throws {
        #expect(!(try libraries(of: ferryBinary()).contains { $0.contains("not found") }))
    }
}
