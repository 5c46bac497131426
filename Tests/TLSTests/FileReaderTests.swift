import Glibc
import TestSupport
import Testing

@testable import TLS

/// What can be read only once is read once, and serves everybody who names it.
@Suite struct FileReaderTests {
    /// A pipe that holds the text and has ended, by the name that a shell's process substitution gives it.
    private final class Pipe {
        let reader: CInt
        var path: String { "/dev/fd/\(reader)" }

        init(_ text: String) throws {
            var ends: [CInt] = [0, 0]
            guard pipe(&ends) == 0 else { throw TemporaryFile.Failure(errno: errno) }
            reader = ends[0]
            let count = Glibc.write(ends[1], text, text.utf8.count)
            close(ends[1])
            guard count == text.utf8.count else { throw TemporaryFile.Failure(errno: errno) }
        }

        deinit { close(reader) }
    }

    private let identity = TestCertificates.leaf(names: ["client"], issuer: Fixture.root, purpose: .client)

    @Test func `a pipe serves several readers, a file is read anew`() throws {
        let pipe = try Pipe("once")
        #expect(try FileReader.read(pipe.path) == Array("once".utf8))
        #expect(try FileReader.read("/proc/self/fd/\(pipe.reader)") == Array("once".utf8))
        let other = try Pipe("other")
        #expect(try FileReader.read(other.path) == Array("other".utf8))
        let file = try TemporaryFile("one")
        #expect(try FileReader.read(file.path) == Array("one".utf8))
        let descriptor = open(file.path, O_WRONLY | O_TRUNC)
        #expect(Glibc.write(descriptor, "two", 3) == 3)
        close(descriptor)
        #expect(try FileReader.read(file.path) == Array("two".utf8))
    }

    @Test func `a socket is read by its descriptor`() throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        #expect(send(ends[1], "key", 3, 0) == 3)
        close(ends[1])
        #expect(try FileReader.read("/dev/fd/\(ends[0])") == Array("key".utf8))
    }

    @Test func `certificate, key and anchors come from pipes, the key after a look at it`() throws {
        let certificate = try Pipe(identity.certificatePEM)
        let key = try Pipe(identity.keyPEM)
        let anchors = try Pipe(Fixture.root.certificatePEM)
        #expect(KeyFile.isEncrypted(key.path) == false)
        var configuration = TLSConfiguration()
        configuration.trust = .custom(files: [anchors.path], directories: [], pem: nil)
        configuration.clientIdentity = ClientIdentity(certificate: certificate.path, key: key.path)
        _ = try TLSContext(configuration)
        // The same pipes for another context, such as that of a proxy, and one pipe for both parts.
        _ = try TLSContext(configuration)
        let both = try Pipe(identity.certificatePEM + identity.keyPEM)
        configuration.clientIdentity = ClientIdentity(certificate: both.path, key: both.path)
        _ = try TLSContext(configuration)
    }

    @Test func `what comes late is waited for no longer than asked, and is not lost`() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let path = "/dev/fd/\(ends[0])"
        #expect(FileReader.mayWait(path) && KeyFile.isEncrypted(path, within: .milliseconds(1)) == nil)
        #expect(Glibc.write(ends[1], "one ", 4) == 4)
        #expect(throws: FileReader.Failure.self) {
            try FileReader.read(path, until: .now + .milliseconds(1))
        }
        #expect(Glibc.write(ends[1], "two", 3) == 3)
        close(ends[1])
        #expect(try FileReader.read(path) == Array("one two".utf8))
        #expect(!FileReader.mayWait(path))
    }

    @Test func `a named pipe that nobody opens keeps nobody for ever`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(KeyFile.isEncrypted(path, within: .milliseconds(1)) == nil)
    }

    @Test func `an encrypted key is known in each of its forms`() throws {
        let locked = identity.encryptedKeyPEM(password: "hunter2")
        let body = locked.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let der = try #require(Array(body.utf8).withUnsafeBytes { Base64.decode($0) })
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        for (content, isEncrypted) in [
            (Array(locked.utf8), true), (der, true), (Array(old.utf8), true),
            (Array(identity.keyPEM.utf8), false), (identity.der, false),
        ] + (0..<8).map({ (Array(der[..<$0]), false) }) {
            let file = try TemporaryFile(content)
            #expect(KeyFile.isEncrypted(file.path) == isEncrypted, "\(content.prefix(60))")
        }
        let pipe = try Pipe(locked)
        #expect(KeyFile.isEncrypted(pipe.path) == true)
        #expect(KeyFile.isEncrypted("/nowhere") == false)
    }
}
