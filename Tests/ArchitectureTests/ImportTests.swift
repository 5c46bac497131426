import Glibc
import TestSupport
import Testing

/// The arrows between modules. An undeclared import of a transitive dependency compiles, so the compiler doesn't
/// tell when one goes the wrong way.
@Suite struct ImportTests {
    /// What each module under Sources may import of ours and of C libraries.
    static let arrows: [String: Set<String>] = [
        "HTTPCore": ["CLazyLibraries"],
        "Sockets": ["CSystem"],
        "TLS": ["CGnuTLS", "CLazyLibraries"],
        "Codecs": ["CBrotli", "CLazyLibraries", "CZlib", "CZstd"],
        "Connector": ["HTTPCore", "Sockets", "TLS"],
        "HTTPClient": ["CLazyLibraries", "CPSL", "Codecs", "Connector", "HTTPCore"],
        "HTTPClientJSON": ["FoundationEssentials", "HTTPClient"],
        "FerryCLI": ["Codecs", "Connector", "HTTPClient", "HTTPCore"],
        "ferry": ["FerryCLI"],
    ]
    /// What every module may import. Foundation isn't among them: it costs start-up time, and the tool
    /// links none.
    static let everywhere: Set<String> = ["Glibc", "Synchronization"]

    @Test(arguments: arrows.keys.sorted())
    func `a module imports only along its arrows`(module: String) throws {
        let allowed = try #require(Self.arrows[module]).union(Self.everywhere)
        for file in swiftFiles(in: "\(packageRoot())/Sources/\(module)") {
            for imported in importedModules(text(readFile(file) ?? [])) {
                #expect(allowed.contains(imported), "\(file) imports \(imported)")
            }
        }
    }

    @Test func `every folder of Sources has its arrows`() {
        let libraries = ["CBrotli", "CGnuTLS", "CLazyLibraries", "CPSL", "CSystem", "CZlib", "CZstd"]
        #expect(folderNames("\(packageRoot())/Sources") == (libraries + Self.arrows.keys).sorted())
    }

    @Test func `the fixtures do without Foundation`() {
        for folder in ["TestSupport", "DemoServer", "Benchmarks", "FuzzTests", "Torture", "Soak"] {
            for file in swiftFiles(in: "\(packageRoot())/Tests/\(folder)") {
                let foundation = importedModules(text(readFile(file) ?? [])).filter {
                    $0.hasPrefix("Foundation")
                }
                #expect(foundation.isEmpty, "\(file)")
            }
        }
    }

    @Test func `every way to write an import is seen`() {
        let source = """
            import A
              public import B
            @preconcurrency internal import C // why
            import struct D.Name
            import E.Submodule; import F
            // import No
            let text = "import No"
            @_exported import G
            #if canImport(No)
            """
        #expect(importedModules(source) == ["A", "B", "C", "D", "E", "F", "G"])
    }

    @Test func `the top level holds nothing else`() throws {
        let listing = try runProcess("git", ["ls-files"], directory: packageRoot())
        try #require(listing.exitStatus == 0, "\(listing)")
        let names = Set(listing.outText.split(separator: "\n").map { String($0.prefix { $0 != "/" }) })
        let visible = names.filter { !$0.hasPrefix(".") }
        #expect(visible.isSubset(of: ["Package.swift", "Sources", "Tests", "Makefile", "man", "README.md"]))
    }
}

/// The modules that a source text imports, in order.
private func importedModules(_ source: String) -> [String] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    var modules: [String] = []
    for statement in source.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
        var words = statement.split(separator: " ")[...]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words.removeFirst() }
        guard words.popFirst() == "import", var name = words.popFirst() else { continue }
        if kinds.contains(name), let next = words.popFirst() { name = next }
        modules.append(String(name.prefix { $0 != "." }))
    }
    return modules
}

private func swiftFiles(in folder: String) -> [String] {
    let result = try? runProcess("find", [folder, "-name", "*.swift"])
    return (result?.outText ?? "").split(separator: "\n").map(String.init).sorted()
}

private func folderNames(_ folder: String) -> [String] {
    let result = try? runProcess(
        "find", [folder, "-mindepth", "1", "-maxdepth", "1", "-type", "d", "-printf", "%f\n"])
    return (result?.outText ?? "").split(separator: "\n").map(String.init).sorted()
}
