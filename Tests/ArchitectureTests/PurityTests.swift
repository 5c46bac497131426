import TestSupport
import Testing

/// What the compiler cannot say of the sources: where the clock is read, and where isolation is only claimed.
@Suite struct PurityTests {
    /// Rules that take the time as an argument.
    private static let pure = [
        "Connector/Pool", "Connector/Resolve/DNSCache.swift", "Connector/Dial/AddressRace.swift",
        "Sockets/TimerHeap.swift", "HTTPClient/Rules/RetryPolicy.swift",
        "HTTPClient/Rules/RedirectPolicy.swift",
        "HTTPClient/Rules/FollowUp.swift",
        "HTTPCore", "FerryCLI/Expect",
    ]

    /// The only files that claim what the compiler does not prove, each claim with its reason beside it.
    private static let unchecked = [
        "HTTPClient/Body/SequenceBodySource.swift", "Sockets/BlockingWorker.swift", "Sockets/EventLoop.swift",
        "TLS/TLSContext.swift",
    ]

    private static func sources(_ place: String) throws -> [(path: String, text: String)] {
        let folder = "\(packageRoot())/Sources"
        let listing = try runProcess("find", ["\(folder)/\(place)", "-name", "*.swift"])
        return listing.outText.split(separator: "\n").map(String.init).sorted().map { path in
            (String(path.dropFirst(folder.utf8.count + 1)), text(readFile(path) ?? []))
        }
    }

    /// The text without its comments.
    private static func code(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line
        }.joined(separator: "\n")
    }

    @Test(arguments: pure)
    func `rules look at no clock, start no task and wait for nothing (SWIFT-05)`(place: String) throws {
        let sources = try Self.sources(place)
        #expect(!sources.isEmpty)
        for (path, text) in sources {
            let code = Self.code(text)
            for word in ["Clock.now", "(.now", " .now", "clock_gettime", "await ", "Task {", "Task("] {
                #expect(!code.contains(word), "\(path): \(word)")
            }
        }
    }

    @Test func `isolation is claimed without proof in these files only (SWIFT-01)`() throws {
        let claims = ["@unchecked Sendable", "nonisolated(unsafe)", "@preconcurrency"]
        let files = try Self.sources("").filter { source in
            claims.contains { Self.code(source.text).contains($0) }
        }
        #expect(files.map(\.path) == Self.unchecked)
    }

    @Test func `no code of ours sleeps or blocks a pool's thread by name (SWIFT-04)`() throws {
        for (path, text) in try Self.sources("") {
            let code = Self.code(text)
            for word in ["Task.sleep", "Clock().sleep", "usleep(", "Task.detached"] {
                #expect(!code.contains(word), "\(path): \(word)")
            }
        }
    }
}
