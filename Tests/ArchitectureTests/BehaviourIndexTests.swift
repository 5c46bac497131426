import Glibc
import TestSupport
import Testing

/// That every promise of `behaviours` is carried by a test. With `BEHAVIOUR_TABLE` set to a path, the table goes there.
@Suite struct BehaviourIndexTests {
    @Test func `every behaviour is carried by a test and every name in a test is a behaviour`() throws {
        let carriers = try Self.carriers()
        var lines: [String] = []
        var known: Set<String> = []
        for behaviour in Self.index() {
            let inserted = known.insert(behaviour.id).inserted
            #expect(inserted, "\(behaviour.id) is listed twice")
            let tests = carriers[behaviour.id] ?? []
            let isExempt = behaviour.meaning.hasPrefix("n/a: ") && behaviour.meaning.utf8.count > 10
            #expect(isExempt != !tests.isEmpty, "\(behaviour.id), \(behaviour.meaning): tests \(tests)")
            lines.append("\(behaviour.id)  \(behaviour.meaning)")
            lines += tests.map { "    \($0)" }
            if tests.isEmpty { lines.append(isExempt ? "    not tested" : "    NO TEST") }
        }
        for (id, tests) in carriers { #expect(known.contains(id), "\(id) of \(tests) is not in the list") }
        if let path = getenv("BEHAVIOUR_TABLE").map({ String(cString: $0) }) {
            let table = lines.joined(separator: "\n") + "\n\(known.count) behaviours\n"
            let file = try #require(fopen(path, "w"))
            fputs(table, file)
            fclose(file)
        }
    }

    @Test func `names of tests are found wherever a line breaks`() {
        let source = """
            @Test func `a b (POOL-01, INV-02)`() {}
            @Test(arguments: [1])
            func
                `HE-12 c`(x: Int) {} // LIMIT-01
            """
        #expect(testNames(source) == ["a b (POOL-01, INV-02)", "HE-12 c"])
        #expect(behaviourIDs("a b (POOL-01, O-02), SHA-256, X-1, UTF-08x") == ["POOL-01", "O-02"])
    }

    private static func index() -> [(id: String, meaning: String)] {
        behaviours.split(separator: "\n").map { line in
            let id = line.prefix { $0 != " " }
            return (String(id), String(line.dropFirst(id.count).drop { $0 == " " }))
        }
    }

    /// The tests that bear each behaviour's name, as `Suite file: test`.
    private static func carriers() throws -> [String: [String]] {
        let listing = try runProcess("find", ["\(packageRoot())/Tests", "-name", "*.swift"])
        var carriers: [String: [String]] = [:]
        for path in listing.outText.split(separator: "\n").map(String.init).sorted() {
            let file = path.split(separator: "/").last.map { $0.dropLast(".swift".count) } ?? ""
            // This file's own example carries nothing.
            guard file != "BehaviourIndexTests" else { continue }
            for name in testNames(text(readFile(path) ?? [])) {
                for id in behaviourIDs(name) { carriers[id, default: []].append("\(file): \(name)") }
            }
        }
        return carriers
    }
}

/// The functions of a source text that are named in words: in this package those are the tests.
private func testNames(_ source: String) -> [String] {
    let pieces = source.split(separator: "`", omittingEmptySubsequences: false)
    return pieces.indices.dropFirst().compactMap { index in
        let before = pieces[index - 1].trimmingSuffix(while: \.isWhitespace)
        return before.hasSuffix("func") ? String(pieces[index]) : nil
    }
}

/// Capital letters, a hyphen and two digits.
private func behaviourIDs(_ name: String) -> [String] {
    name.split { !($0.isLetter || $0.isNumber || $0 == "-") }.compactMap { word in
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ "A"..."Z" ~= $0 }),
            parts[1].utf8.count == 2, parts[1].allSatisfy({ "0"..."9" ~= $0 })
        else { return nil }
        return String(word)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
