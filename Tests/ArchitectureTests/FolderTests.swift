import TestSupport
import Testing

/// The arrows between the folders of a module. The compiler lets every file of a module see every other; a folder that
/// uses a type of another is found by the type's name.
@Suite struct FolderTests {
    /// What the folders of a module may use of its other folders; a file beside the folders may use all of them, and is used
    /// by none of them. No circle can be drawn along the arrows.
    private static let arrows: [String: [String: Set<String>]] = [
        "Connector": [
            "Collections": [], "Model": [], "Pool": ["Collections"], "Resolve": ["Collections", "Model"],
            "Transport": ["Model"], "Dial": ["Model", "Resolve", "Transport"],
            "Connectors": ["Collections", "Dial", "Model", "Pool", "Resolve", "Transport"],
        ],
        "FerryCLI": [
            "Secrets": [], "Options": ["Secrets"], "Expect": ["Options", "Secrets"],
            "Plan": ["Expect", "Options", "Secrets"], "Output": ["Options", "Plan", "Secrets"],
            "Record": ["Options", "Plan", "Output", "Secrets"], "Help": ["Options", "Record"],
            "Transfer": ["Expect", "Options", "Plan", "Output", "Record", "Secrets"],
            "Rehearsal": ["Options", "Plan", "Output", "Transfer", "Secrets"],
        ],
        "HTTPClient": [
            "Body": [], "Events": [], "Rules": ["Events"], "Exchange": ["Body", "Events", "Rules"],
            "Client": ["Body", "Events", "Exchange", "Rules"],
        ],
        "HTTPCore": [
            "ASCII": [], "JSON": ["ASCII"], "URL": ["ASCII"], "Message": ["ASCII"],
            "HTTP1": ["ASCII", "Message"],
            "Cookies": ["ASCII", "Message", "URL"], "Authentication": ["ASCII", "Message", "URL"],
            "HSTS": ["ASCII", "Message", "URL"],
        ],
    ]

    @Test(arguments: arrows.keys.sorted())
    func `a folder uses other folders only along its arrows`(module: String) throws {
        let arrows = try #require(Self.arrows[module])
        let files = try Self.sources(of: module)
        #expect(Set(files.map(\.folder)).subtracting([""]) == Set(arrows.keys))
        var homes: [String: Set<String>] = [:]
        var own: [String: Set<String>] = [:]
        for file in files {
            for name in file.declared { homes[name, default: []].insert(file.folder) }
            own[file.folder, default: []].formUnion(file.nested)
        }
        for file in files where !file.folder.isEmpty {
            var foreign: [String: Set<String>] = [:]
            for name in file.used {
                guard let home = homes[name], home.count == 1, let folder = home.first, folder != file.folder,
                    !folder.isEmpty, own[file.folder]?.contains(name) != true,
                    !(arrows[file.folder] ?? []).contains(folder)
                else { continue }
                foreign[folder, default: []].insert(name)
            }
            for (folder, names) in foreign {
                Issue.record(
                    "\(file.path) uses \(folder): \(names.sorted().joined(separator: ", ")), \(module)")
            }
        }
    }

    @Test(arguments: arrows.keys.sorted())
    func `the arrows make no circle`(module: String) throws {
        var left = try #require(Self.arrows[module])
        while !left.isEmpty {
            let leaves = left.filter { $0.value.allSatisfy { left[$0] == nil } }.map(\.key)
            try #require(!leaves.isEmpty, "a circle among \(left.keys.sorted())")
            for leaf in leaves { left[leaf] = nil }
        }
    }

    @Test(arguments: arrows.keys.sorted())
    func `the folders of tests are those of what they test`(module: String) throws {
        func folders(_ path: String) throws -> Set<String> {
            let root = "\(packageRoot())/\(path)"
            let listing = try runProcess("find", [root, "-mindepth", "2", "-name", "*.swift"])
            return Set(
                listing.outText.split(separator: "\n").map { file in
                    let path = file.dropFirst(root.utf8.count + 1)
                    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
                })
        }
        let (sources, tests) = (try folders("Sources/\(module)"), try folders("Tests/\(module)Tests"))
        #expect(!sources.isEmpty)
        #expect(sources.subtracting(tests).isEmpty, "have no tests: \(sources.subtracting(tests).sorted())")
        #expect(tests.subtracting(sources).isEmpty, "test nothing: \(tests.subtracting(sources).sorted())")
    }

    @Test func `no file of Sources is longer than a sitting`() throws {
        let folder = "\(packageRoot())/Sources"
        let listing = try runProcess("find", [folder, "-name", "*.swift"])
        for path in listing.outText.split(separator: "\n").map(String.init) {
            let lines =
                text(readFile(path) ?? []).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            let name = String(path.dropFirst(folder.utf8.count + 1))
            #expect(lines <= 450, "\(name) has \(lines) lines")
        }
    }

    @Test func `no file names a place of somebody's machine`() throws {
        let listing = try runProcess("git", ["ls-files"], directory: packageRoot())
        try #require(listing.exitStatus == 0, "\(listing)")
        let places = [packageRoot(), "/root/", "/Users/"].map { Array($0.utf8) }
        for name in listing.outText.split(separator: "\n") where !name.hasSuffix("FolderTests.swift") {
            let content = readFile("\(packageRoot())/\(name)") ?? []
            for place in places {
                #expect(content.firstIndex(ofSequence: place) == nil, "\(name): \(text(place))")
            }
        }
    }

    @Test func `declared and used names are told from comments and texts`() {
        let source = """
            /// A struct Not.
            public final class Parser<Item> { enum State { case a } }
            let text = "struct No" + Other.name // struct Neither
            extension Known: Proto {}
            """
        #expect(SourceFile.names(declaredIn: SourceFile.code(source)) == ["Parser", "State"])
        let used = SourceFile.words(SourceFile.code(source))
        #expect(
            used.isSuperset(of: ["Other", "Known", "Proto"])
                && used.isDisjoint(with: ["Not", "No", "Neither"]))
    }

    private static func sources(of module: String) throws -> [SourceFile] {
        let folder = "\(packageRoot())/Sources/\(module)"
        let listing = try runProcess("find", [folder, "-name", "*.swift"])
        return listing.outText.split(separator: "\n").map(String.init).sorted().map { path in
            SourceFile(
                path: String(path.dropFirst(folder.utf8.count + 1)),
                code: SourceFile.code(text(readFile(path) ?? [])))
        }
    }
}

/// A source file as far as names go.
private struct SourceFile {
    var path: String
    /// The folder of the module that it is in; empty for none.
    var folder: String
    /// The types of the file outside of others.
    var declared: Set<String>
    /// All types of the file.
    var nested: Set<String>
    var used: Set<String>

    init(path: String, code: String) {
        self.path = path
        folder = path.contains("/") ? String(path.prefix { $0 != "/" }) : ""
        let outermost = code.split(separator: "\n").filter { !$0.hasPrefix(" ") }
        declared = Self.names(declaredIn: outermost.joined(separator: "\n"))
        nested = Self.names(declaredIn: code)
        used = Self.words(code)
    }

    /// The text without comments and without what stands in quotation marks.
    static func code(_ source: String) -> String {
        let outside = source.split(separator: "\"\"\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ")
        return outside.split(separator: "\n").map { line in
            line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 0 }.map(\.element).joined(separator: " ")
        }.map { line in
            line.firstRange(of: "//").map { String(line[..<$0.lowerBound]) } ?? line
        }.joined(separator: "\n")
    }

    /// The types of a code, nested ones included.
    static func names(declaredIn code: String) -> Set<String> {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
        let words = code.split { !isPartOfName($0) }
        var names: Set<String> = []
        for (word, next) in zip(words, words.dropFirst())
        where kinds.contains(word) && next.first?.isUppercase == true {
            names.insert(String(next))
        }
        return names
    }

    static func words(_ code: String) -> Set<String> {
        Set(code.split { !isPartOfName($0) }.map(String.init))
    }

    private static func isPartOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
