import Glibc
import TestSupport
import Testing

@testable import FerryCLI

/// Config files of more arguments than are made at once.
struct LongConfigTests {
    /// All arguments of a list.
    private func all<Element: PlainArgument>(_ list: ArgumentList<Element>) -> [Element] {
        var reader = list.makeReader()
        var elements: [Element] = []
        while let element = reader.next() { elements.append(element) }
        return elements
    }

    private func held<Element>(_ list: ArgumentList<Element>) -> Int {
        list.pieces.count { if case .argument = $0 { true } else { false } }
    }

    /// A folder whose file `config` says this.
    private func folder(_ text: String) throws -> (TemporaryDirectory, path: String) {
        let folder = try TemporaryDirectory()
        return (folder, try folder.write(text, to: "config"))
    }

    private func load(_ arguments: [String]) throws -> Settings {
        try Settings.load(
            arguments: ["-q"] + arguments, environment: { _ in nil }, files: PosixFileSource())
    }

    private func lines(_ range: Range<Int>, _ text: (Int) -> String) -> String {
        range.map { text($0) + "\n" }.joined()
    }

    @Test func `every argument comes, in order, and few are held`() throws {
        let text = lines(0..<20_000) { "url = \"http://h/\($0)\"" }
        let (folder, path) = try folder(text)
        let operation = try load(["-K", path, "http://h/last"]).operations[0]
        #expect(operation.urls.count == 20_001)
        #expect(held(operation.urls) == 1001)
        #expect(
            all(operation.urls) == (0..<20_000).map { .url("http://h/\($0)") } + [.url("http://h/last")])
        // The same from memory, for what comes through a pipe cannot be read again.
        let input = try parse(["-K", "-"], files: FakeFiles(input: text)).operations[0]
        #expect(all(input.urls).count == 20_000)
        #expect(held(input.urls) == 1000)
        _ = folder
    }

    @Test func `outputs pair with URLs, whatever stands between them`() throws {
        let text = lines(0..<5000) { number in
            switch number % 5 {
            case 0: "url = http://h/\(number)\noutput = \(number)"
            case 1: "\n# a comment\noutput = \(number)\nurl = http://h/\(number)"
            case 2: "url = http://h/\(number)\n-O"
            case 3: "url = http://h/\(number)\noutput = \"\\\"\(number)\""
            default: "output = -é\nheader = \"N: \(number)\"\nurl = http://h/é\(number)"
            }
        }
        let (folder, path) = try folder(text)
        let operation = try load(["-K", path]).operations[0]
        let expected = (0..<5000).map { number -> TargetPlan in
            let output: OutputArgument =
                switch number % 5 {
                case 0, 1: .file("\(number)")
                case 2: .remoteName
                case 3: .file("\"\(number)")
                default: .file("-é")
                }
            return TargetPlan(
                url: .url("http://h/\(number % 5 == 4 ? "é" : "")\(number)"), output: output, upload: nil)
        }
        var reader = TargetSeries(
            urls: operation.urls, outputs: operation.outputs, uploads: [], remoteNames: []
        ).makeReader()
        for target in expected { #expect(reader.next() == target) }
        #expect(reader.next() == nil)
        #expect(operation.headers.count == 1000)
        _ = folder
    }

    @Test func `lines are counted on`() throws {
        let (folder, path) = try folder(lines(0..<5000) { "url = http://h/\($0)" } + "silent = x")
        let error = #expect(throws: UsageError.self) { try load(["-K", path]) }
        #expect(error?.location == "\(path):5001")
        _ = folder
    }

    @Test func `an option at the end is heard, and the last line needs no end`() throws {
        let (folder, path) = try folder(
            lines(0..<3000) { "url = http://h/\($0)" } + "next\nurl = http://i/\nlocation")
        let operations = try load(["-K", path]).operations
        #expect(operations.map(\.urls.count) == [3000, 1])
        #expect(operations[1].location)
        _ = folder
    }

    @Test func `https is noticed in what is not held`() throws {
        for (scheme, isSecure) in [("http", false), ("HTTPS", true)] {
            let (folder, path) = try folder(
                lines(0..<3000) { $0 == 2500 ? "url = \(scheme)://h/" : "url = http://h/\($0)" })
            let urls = try load(["-K", path]).operations[0].urls
            let namesTLS = urls.pieces.contains { if case .run(let run) = $0 { run.namesTLS } else { false } }
            #expect(namesTLS == isSecure)
            _ = folder
        }
    }

    @Test func `what becomes of the file afterwards changes nothing`() throws {
        let (folder, path) = try folder(lines(0..<20_000) { "url = http://h/\($0)" })
        let urls = try load(["-K", path, "http://h/last"]).operations[0].urls
        #expect(truncate(path, 100_000) == 0)
        try folder.write("hdr = http://h/", to: "config")
        #expect(all(urls) == (0..<20_000).map { .url("http://h/\($0)") } + [.url("http://h/last")])
        _ = folder
    }

    @Test(arguments: ["", "\n"])
    func `a line that is too long is refused by its number`(end: String) throws {
        let line = "url = " + String(repeating: "x", count: 10_000_000) + end
        let error = refusal(["-K", "c"], files: FakeFiles(["c": "silent\n" + line]))
        #expect(error?.description == "c:2: the line has more than 10000000 bytes")
        #expect(error?.status == .usage)
    }
}
