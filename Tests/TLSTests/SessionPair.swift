import TLS
import TLSTestSupport
import TestSupport
import Testing

/// One direction of a channel in memory, of limited size, that can be ended or broken.
final class MemoryPipe {
    private(set) var bytes: [UInt8] = []
    private var start = 0
    /// How much fits; a smaller number makes the writer wait.
    var capacity = Int.max
    /// The most one call moves.
    var chunk = Int.max
    var isEnded = false
    var readFailure: CInt?
    var writeFailure: CInt?
    /// In place of waiting for room.
    var failureWhenFull: CInt?
    private(set) var reads = 0
    /// Everything that was ever written.
    private(set) var total = 0

    var count: Int { bytes.count - start }

    func read(_ target: UnsafeMutableRawBufferPointer) -> IOResult {
        reads += 1
        if let readFailure { return .failed(errno: readFailure) }
        guard count > 0 else { return isEnded ? .end : .wouldBlock }
        let taken = min(count, target.count, chunk)
        target.copyBytes(from: bytes[start..<start + taken])
        start += taken
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            start = 0
        }
        return .bytes(taken)
    }

    func write(_ source: UnsafeRawBufferPointer) -> IOResult {
        if let writeFailure { return .failed(errno: writeFailure) }
        let taken = min(source.count, capacity - count, chunk)
        guard taken > 0 else { return failureWhenFull.map { .failed(errno: $0) } ?? .wouldBlock }
        bytes += source.prefix(taken)
        total += taken
        return .bytes(taken)
    }

    func put(_ text: String) {
        bytes += text.utf8
    }
}

/// A client and a server joined in memory.
final class SessionPair {
    let toServer: MemoryPipe
    let toClient: MemoryPipe
    let client: TLSSession
    let server: TLSSession

    convenience init(
        _ configuration: TLSConfiguration, server: TLSServerConfiguration, host: String? = "localhost",
        resumption: [UInt8]? = nil
    ) throws {
        try self.init(
            context: TLSContext(configuration), server: TLSServerContext(server), host: host,
            resumption: resumption)
    }

    init(
        context: TLSContext, server: TLSServerContext, host: String? = "localhost", resumption: [UInt8]? = nil
    )
        throws
    {
        let toServer = MemoryPipe()
        let toClient = MemoryPipe()
        self.toServer = toServer
        self.toClient = toClient
        client = try TLSSession(
            context: context, serverName: host,
            channel: .callbacks(read: { toClient.read($0) }, write: { toServer.write($0) }),
            resumption: resumption)
        self.server = try TLSSession(
            server: server, channel: .callbacks(read: { toServer.read($0) }, write: { toClient.write($0) }))
    }

    /// Runs the handshake to its end on both sides; throws what the client's throws. The server's error is kept.
    func shakeHands() throws {
        var clientIsDone = false
        var serverIsDone = false
        for _ in 0..<10000 {
            if !clientIsDone { clientIsDone = try client.handshake() == .done }
            if !serverIsDone {
                do {
                    serverIsDone = try server.handshake() == .done
                } catch {
                    serverError = error
                    serverIsDone = true
                }
            }
            if clientIsDone && serverIsDone { return }
        }
        Issue.record("the handshake never ends")
    }

    private(set) var serverError: TLSError?
}

extension TLSSession {
    /// Writes all of a short text.
    func write(_ text: String) throws -> WriteResult {
        var text = text
        return try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Reads once into a buffer of that size; the text, or what else the read said.
    func readText(_ capacity: Int = 4096) throws -> (text: String, result: ReadResult) {
        var buffer = [UInt8](repeating: 0, count: capacity)
        let result = try buffer.withUnsafeMutableBytes { try read(into: $0) }
        guard case .bytes(let count) = result else { return ("", result) }
        return (String(decoding: buffer.prefix(count), as: UTF8.self), result)
    }
}

/// An authority and a server certificate for `localhost` and 127.0.0.1, made once.
enum Fixture {
    static let root = TestCertificates.authority()
    static let leaf = TestCertificates.leaf(
        names: ["localhost"], addresses: ["127.0.0.1", "::1"], issuer: root)
    static let selfSigned = TestCertificates.leaf(names: ["localhost"])

    static func trusting(_ certificates: TestCertificate...) -> TLSConfiguration {
        let pem = certificates.map(\.certificatePEM).joined()
        return TLSConfiguration(trust: .custom(files: [], directories: [], pem: Array(pem.utf8)))
    }

    static func server(_ certificate: TestCertificate = leaf) -> TLSServerConfiguration {
        TLSServerConfiguration(certificatePEM: certificate.certificatePEM, keyPEM: certificate.keyPEM)
    }
}

/// The versions that a test runs with, each on its own.
let modernVersions: [TLSVersion] = [.tls1_2, .tls1_3]
