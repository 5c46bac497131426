import Glibc
import Sockets
import Synchronization
import TLS
import TestSupport
import Testing

@testable import Connector

/// What the tests of connectors share: requests, exchanges, counters of sockets, and waiting without sleeping blindly.

/// Descriptors of this process whose other end has `port`, those still connecting included. The server's own ends do
/// not count, nor do connections that the kernel finishes alone after the close.
func openSockets(toPort port: UInt16) -> Int {
    let hex = String(port, radix: 16, uppercase: true)
    let column = ":" + String(repeating: "0", count: 4 - hex.count) + hex + " "
    // The table is long with what other tests left behind, so only lines that name the port are looked at.
    let links = ((readFile("/proc/self/net/tcp") ?? []) + [0]).withUnsafeBytes { table in
        guard let base = table.baseAddress?.assumingMemoryBound(to: CChar.self) else { return Set<String>() }
        var links: Set<String> = []
        var offset = 0
        while let hit = strstr(base + offset, column) {
            offset = UnsafePointer(hit) - base + 1
            let line = table[offset...].prefix { $0 != 0x0a }.split(separator: 0x20)
            // What follows a remote port are the state, queues, timers, retries, owner, timeout and inode.
            guard line.count > 7, line[1].count == 2 else { continue }
            links.insert("socket:[\(String(decoding: line[7], as: UTF8.self))]")
        }
        return links
    }
    // A child that another test is just starting may hold a copy of what is closed here.
    guard !links.isEmpty, let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        var link = [CChar](repeating: 0, count: 64)
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        let length = readlink("/proc/self/fd/\(name)", &link, link.count)
        guard length > 0 else { continue }
        let target = String(decoding: link[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if links.contains(target) { count += 1 }
    }
    return count
}

/// Waits until `condition` holds, looking again every millisecond; false after ten seconds.
@LoopActor
func eventually(_ condition: () -> Bool) async -> Bool {
    let limit = ContinuousClock.now + .seconds(10)
    while !condition() {
        if limit <= .now { return false }
        // A cancelled task would spin, and starve the others of the loop.
        do { try await EventLoop.shared.sleep(until: .now + .milliseconds(1)) } catch { return condition() }
    }
    return true
}

/// The `ConnectorError` that `body` throws; anything else is an issue and gives nil.
@LoopActor
func connectorError<Result>(
    _ location: SourceLocation = #_sourceLocation, _ body: @LoopActor () async throws -> Result
) async -> ConnectorError? {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: location)
    } catch let error as ConnectorError {
        return error
    } catch {
        Issue.record("\(error) was thrown", sourceLocation: location)
    }
    return nil
}

/// Whether the task ended with `CancellationError`.
func wasCancelled<Result>(_ task: Task<Result, any Error>) async -> Bool {
    guard case .failure(let error) = await task.result else { return false }
    return error is CancellationError
}

extension ConnectorError {
    var isClosed: Bool { if case .closed = self { true } else { false } }
    var timeoutPhase: ConnectPhase? { if case .timedOut(let failure) = self { failure.phase } else { nil } }
    var tlsCause: TLSError? { if case .tls(let failure) = self { failure.cause } else { nil } }
}

extension TLSError {
    var certificateProblems: Set<CertificateProblem>? {
        if case .certificate(let reasons, _, _) = self { reasons } else { nil }
    }
}

extension ScriptedServer {
    /// A request for this server under a host of the caller's choice.
    func request(_ scheme: String = "http", host: String = "127.0.0.1") -> ConnectionRequest {
        ConnectionRequest(scheme: scheme, host: host, port: port)
    }

    /// A server that answers each request with its target.
    static func echo(on address: ListenAddress = .loopback, tls: ServerTLS? = nil) throws -> ScriptedServer {
        try ScriptedServer(on: address, tls: tls) { [.respond(body: $0.target)] }
    }
}

extension Connection {
    /// Sends a request for `target` and returns the body of the answer.
    func exchange(_ target: String = "/", deadline: ContinuousClock.Instant? = nil) async throws -> String {
        try await write(bytes("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n"), deadline: deadline)
        var answer: [UInt8] = []
        while true {
            if let end = answer.firstIndex(ofSequence: bytes("\r\n\r\n")) {
                let head = text(answer[..<end])
                let length = head.split(separator: "\r\n").compactMap { line in
                    line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
                }.first
                if let length, answer.count >= end + 4 + length { return text(answer[(end + 4)...]) }
            }
            let piece = try await readPiece(deadline: deadline)
            if piece.isEmpty { return text(answer) }
            answer += piece
        }
    }

    /// What one read brings; empty at the end.
    func readPiece(deadline: ContinuousClock.Instant? = nil) async throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        let count = try await read(into: buffer, deadline: deadline)
        return Array(buffer[..<count])
    }
}

/// A resolver that answers what the test says, when it says so, and counts the questions.
@LoopActor
final class StubResolver: Resolver {
    private(set) var questions: [HostPort] = []
    private(set) var families: [AddressFamily] = []
    private(set) var isClosed = false
    /// Called for each question; awaited before the answer is given.
    var answer: @LoopActor (HostPort) async throws -> [SocketAddress]

    init(_ answer: @escaping @LoopActor (HostPort) async throws -> [SocketAddress]) {
        self.answer = answer
    }

    /// Answers each name with these addresses at the asked port.
    convenience init(_ hosts: String...) {
        self.init { name in hosts.compactMap { SocketAddress(numericHost: $0, port: name.port) } }
    }

    /// Answers each name with 127.0.0.1, once `gate` is open.
    convenience init(after gate: LoopGate) {
        self.init { name in
            await gate.passed()
            return [SocketAddress(numericHost: "127.0.0.1", port: name.port)].compactMap(\.self)
        }
    }

    func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
        questions.append(HostPort(host: host, port: port))
        families.append(family)
        return try await answer(HostPort(host: host, port: port)).map {
            ResolvedAddress(host: host, address: $0)
        }
    }

    func close() async { isClosed = true }
}

/// A door on the loop: tasks wait at it until it is opened.
@LoopActor
final class LoopGate {
    private(set) var isOpen = false

    func open() { isOpen = true }

    func passed() async {
        while !isOpen {
            // In a task of its own, for a cancelled one would not sleep but spin.
            await EventLoop.shared.start { try? await EventLoop.shared.sleep(until: .now + .milliseconds(1)) }
                .value
        }
    }
}

/// Writes down what a connect does, by the names of the events.
@LoopActor
final class EventLog: ConnectorTracer {
    private(set) var events: [ConnectorEvent] = []
    private(set) var ids: [ConnectID] = []
    var whenRecorded: (@LoopActor (ConnectorEvent) -> Void)?

    func record(_ event: ConnectorEvent, id: ConnectID) {
        events.append(event)
        ids.append(id)
        whenRecorded?(event)
    }

    /// `creating`, `dnsCacheMiss` …: the cases without what they carry.
    var names: [String] { events.map(Self.name) }

    static func name(_ event: ConnectorEvent) -> String {
        let text = "\(event)"
        return String(text.prefix { $0 != "(" })
    }
}

/// What a connector's diagnostics handler heard, from any thread.
final class DiagnosticLog: Sendable {
    private let entries = Mutex<[ConnectorDiagnostic]>([])

    var all: [ConnectorDiagnostic] { entries.withLock { $0 } }
    var handler: @Sendable (ConnectorDiagnostic) -> Void {
        { entry in self.entries.withLock { $0.append(entry) } }
    }
}

/// One authority and what it signs, made once for all suites.
enum Certificates {
    static let root = TestCertificates.authority()
    static let localhost = TestCertificates.leaf(
        names: ["localhost", "example.test"], addresses: ["127.0.0.1"], issuer: root)
    /// For the same host as `localhost`, from the same authority: only a pin tells the two apart.
    static let twin = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"], issuer: root)
    static let stranger = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])
    static let elsewhere = TestCertificates.leaf(names: ["elsewhere.test"], issuer: root)

    /// Trusts the root and nobody else.
    static let trusting = trusting()

    /// Trusts the root, and demands a pin when there are any.
    static func trusting(pins: [Fingerprint] = []) -> TLSMode {
        .custom(
            TLSConfiguration(
                trust: .custom(files: [], directories: [], pem: Array(root.certificatePEM.utf8)),
                fingerprints: pins))
    }
}

/// A new TCP socket, as a socket factory gives one.
func makeStreamSocket() -> CInt {
    socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
}

/// A port of 127.0.0.1 on which the kernel alone takes connections, as many as a test wants: nobody accepts them.
final class QuietListener: Sendable {
    let port: UInt16
    private let descriptor: CInt

    init() throws {
        let listener = makeStreamSocket()
        descriptor = listener
        let any = try #require(SocketAddress(numericHost: "127.0.0.1", port: 0))
        try #require(any.withSockaddr { bind(listener, $0, $1) } == 0)
        try #require(listen(listener, 1000) == 0)
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        try #require(status == 0)
        port = UInt16(bigEndian: name.sin_port)
    }

    deinit { close(descriptor) }
}

extension ScriptedServer {
    /// Answers over TLS.
    static func secureEcho(
        _ certificate: TestCertificate = Certificates.localhost, alpn: [String] = [],
        priority: String = "NORMAL"
    ) throws -> ScriptedServer {
        try .echo(tls: ServerTLS(certificate, alpn: alpn, priority: priority))
    }
}

extension Fingerprint {
    init(of certificate: TestCertificate) {
        self.init(ofDER: certificate.der)
    }
}
