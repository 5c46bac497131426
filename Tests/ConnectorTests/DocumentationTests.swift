import Connector
import TestSupport
import Testing

/// The examples of the documentation stand below as it prints them, but `private`, so that they are compiled.
@LoopActor @Suite(.timeLimit(.minutes(1))) struct DocumentationTests {
    @Test func `every example of the documentation is compiled here`() throws {
        let folder = "\(packageRoot())/Sources/Connector/Connector.docc"
        let articles = try runProcess("find", [folder, "-name", "*.md"]).outText.split(separator: "\n")
        #expect(articles.count == 7)
        let here = text(readFile("\(packageRoot())/Tests/ConnectorTests/DocumentationTests.swift") ?? [])
        for article in articles {
            let examples = Self.examples(text(readFile(String(article)) ?? []))
            #expect(!examples.isEmpty, "\(article)")
            for example in examples { #expect(here.contains(example), "\(article): \(example)") }
        }
    }

    /// The Swift blocks of an article, with what stands at the start of a line made private.
    private static func examples(_ article: String) -> [String] {
        article.split(separator: "```swift\n", omittingEmptySubsequences: false).dropFirst().map { piece in
            let block = piece.split(separator: "```", omittingEmptySubsequences: false).first ?? ""
            return block.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                ["func ", "struct ", "final "].contains { line.hasPrefix($0) }
                    ? "private \(line)" : String(line)
            }.joined(separator: "\n")
        }
    }

    @Test func `the example connector echoes, under a name of its own (MEM-05)`() async throws {
        let connector = try EchoConnector { $0.limit = 1 }
        let request = ConnectionRequest(scheme: "echo", host: "a.test")
        try await connector.withConnection(to: request) { connection in
            try await connection.write([1, 2, 3])
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
            defer { buffer.deallocate() }
            let count = try await connection.read(into: buffer)
            #expect(Array(buffer[..<count]) == [1, 2, 3])
        }
        #expect(connector.statistics.idle == 1)
        await connector.close()
    }

    @Test func `the example resolver finds what is in its table, and the limits are kept`() async throws {
        let server = try ScriptedServer(script: [.hold])
        let connector = try TCPConnector(resolver: Hosts(table: ["a.test": "127.0.0.1"]))
        let request = ConnectionRequest(scheme: "http", host: "a.test", port: server.port)
        let one = try await patient(connector, request)
        one.release()
        let two = try await second(connector, request)
        #expect(!two.isReused)
        two.close()
        await connector.close()
        #expect(try pinnedConnector().options.tls != .verified)
    }
}

// MARK: - Examples

private func patient(_ connector: TCPConnector, _ request: ConnectionRequest) async throws -> Connection {
    let limits = try ConnectTimeouts(connect: .seconds(10), socketConnect: .seconds(3))
    do {
        return try await connector.connect(to: request, timeouts: limits)
    } catch ConnectorError.timedOut(let failure) {
        print("too late while \(failure.phase.rawValue), after \(failure.attempts.count) addresses")
        throw ConnectorError.timedOut(failure)
    }
}

@LoopActor
private func hello() async throws -> String {
    let connector = try TCPConnector {
        $0.limit = 20
        $0.limitPerHost = 4
    }
    return try await withConnector(connector) { connector in
        let request = ConnectionRequest(scheme: "https", host: "example.com")
        return try await connector.withConnection(to: request) { connection in
            try await connection.write(Array("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".utf8))
            var answer: [UInt8] = []
            while true {
                let bytes = try await connection.read(upTo: 4096)
                if bytes.isEmpty { return String(decoding: answer, as: UTF8.self) }
                answer += bytes
            }
        }
    }
}

@LoopActor
private func fetchAsMuchAsPossible() {
    EventLoop.shared.policy = .coalescing
}

private struct Hosts: Resolver {
    var table: [String: String]

    func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
        guard let text = table[host], let address = SocketAddress(numericHost: text, port: port) else {
            throw DNSFailure(host: host, port: port, text: "it is not in the table")
        }
        return [ResolvedAddress(host: host, address: address)]
    }

    func close() async {}
}

private func second(_ connector: TCPConnector, _ request: ConnectionRequest) async throws -> Connection {
    try await connector.connect(to: request, mayReuse: false)
}

@LoopActor
private func pinnedConnector() throws -> TCPConnector {
    let digits = String(repeating: "5a", count: 32)
    let pin = try Fingerprint(hex: digits)
    return try TCPConnector { $0.tls = .pinned(pin) }
}

private final class EchoConnector: BaseConnector {
    override var supportedSchemes: Set<String> { ["echo"] }

    override func makeTransport(for endpoint: Endpoint, context: DialContext) async throws -> any Transport {
        EchoTransport()
    }
}

private final class EchoTransport: Transport {
    private var bytes: [UInt8] = []
    private(set) var isOpen = true
    let localAddress: SocketAddress? = nil
    let peerAddress: SocketAddress? = nil

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> TransportRead {
        guard isOpen else { throw .closed }
        guard !bytes.isEmpty else { return .end }
        let count = min(bytes.count, buffer.count)
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return .bytes(count)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> Int {
        guard isOpen else { throw .closed }
        self.bytes += bytes
        return bytes.count
    }

    func untilReadable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func untilWritable(deadline: ContinuousClock.Instant?) async throws(WaitError) {}
    func isQuiet() -> Bool { bytes.isEmpty }
    func close(_ mode: CloseMode) { isOpen = false }
}
