import TestSupport
import Testing

/// The examples of the documentation and of the README are those of the sample package, which `make test` builds and runs.
@Suite struct DocumentationTests {
    @Test func `every example stands in the sample package`() throws {
        let root = packageRoot()
        let articles = try files(in: "\(root)/Sources/HTTPClient/HTTPClient.docc", "*.md")
        #expect(articles.count == 6)
        let sample = try files(in: "\(root)/Tests/SamplePackage/Sources", "*.swift").map(contents).joined()
        for article in articles + ["\(root)/README.md"] {
            let examples = Self.examples(contents(article))
            #expect(!examples.isEmpty, "\(article)")
            for part in examples.flatMap(Self.declarations) {
                #expect(sample.contains(part), "\(article): \(part)")
            }
        }
    }

    private func files(in folder: String, _ pattern: String) throws -> [String] {
        try runProcess("find", [folder, "-name", pattern]).outText.split(separator: "\n").map(String.init)
    }

    private func contents(_ file: String) -> String { text(readFile(file) ?? []) }

    /// The Swift blocks of an article.
    private static func examples(_ article: String) -> [String] {
        article.split(separator: "```swift\n", omittingEmptySubsequences: false).dropFirst().map {
            String($0.split(separator: "```", omittingEmptySubsequences: false).first ?? "")
        }
    }

    /// What a block declares, each to its closing brace.
    private static func declarations(_ block: String) -> [String] {
        block.split(separator: "\n}\n").map { "\($0.drop { $0.isNewline })\n}\n" }
    }
}
