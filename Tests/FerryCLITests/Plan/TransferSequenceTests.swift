import Testing

@testable import FerryCLI

struct TransferSequenceTests {
    private func all(_ arguments: [String]) throws -> [String] {
        var planner = Planner(
            settings: try parse(arguments), environment: { _ in nil }, fileExists: { _ in true },
            askPassword: { _ in nil })
        var sequence = TransferSequence(try planner.plan().operations) { (path) throws(FileReadError) in
            try LineReader(path)
        }
        var result: [String] = []
        while true {
            do {
                guard let plan = try sequence.next() else { return result }
                var text = "\(plan.operation).\(plan.urlNumber).\(plan.number) \(plan.url)"
                if case .file(let path) = plan.destination { text += " > \(path)" }
                if plan.destination == .remoteName { text += " > remote" }
                if case .file(let path) = plan.upload { text += " < \(path)" }
                result.append(text)
            } catch {
                result.append("refused")
            }
        }
    }

    @Test func `in the order of the command line`() throws {
        #expect(
            try all(["a", "b", "-o", "x", "--next", "c", "-O"])
                == ["0.0.0 a > x", "0.1.1 b", "1.2.2 c > remote"])
    }

    @Test func `patterns make names`() throws {
        #expect(
            try all(["{a,b}[1-2]", "-o", "#2#1"])
                == ["0.0.0 a1 > 1a", "0.0.1 a2 > 2a", "0.0.2 b1 > 1b", "0.0.3 b2 > 2b"])
        #expect(try all(["-g", "{a}"]) == ["0.0.0 {a}"])
    }

    @Test func `every upload goes to every URL of its pattern`() throws {
        #expect(
            try all(["-T", "{f,g}", "[1-2]", "-T", "h", "c"])
                == ["0.0.0 1 < f", "0.0.1 2 < f", "0.0.2 1 < g", "0.0.3 2 < g", "0.1.4 c < h"])
        #expect(try all(["-g", "-T", "{f}", "a"]) == ["0.0.0 a < {f}"])
    }

    @Test func `a refused pattern does not stop those behind it`() throws {
        #expect(try all(["a", "[2-1]", "b"]) == ["0.0.0 a", "refused", "0.2.1 b"])
        #expect(try all(["-T", "{", "a", "b"]) == ["refused", "0.1.0 b"])
        #expect(try all(["-o", "#<n>", "[1-2]", "b"]) == ["refused", "refused", "0.1.0 b"])
    }

    @Test func `a list that cannot be read`() throws {
        #expect(try all(["--url", "@/nonexistent", "a"]) == ["refused", "0.1.0 a"])
        #expect(try all(["--url", "@/", "a"]) == ["refused", "0.1.0 a"])
    }
}
