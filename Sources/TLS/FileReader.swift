internal import Glibc
internal import Synchronization

/// Reads whole files, for certificates and keys.
///
/// What can be read only once, such as the pipe of a process substitution, is kept and returned again: one pipe may
/// hold both a certificate and its key, and a key is read once before its use to see whether it needs a password.
enum FileReader {
    /// The error of a file that cannot be read, as an `errno`.
    struct Failure: Error {
        var errno: CInt
    }

    private struct Identity: Hashable {
        var device: UInt
        var inode: UInt
    }

    /// Far more than any file of certificates; an endless device must not fill the memory.
    private static let limit = 64 << 20
    private static let streams = Mutex<[Identity: Stream]>([:])

    /// The bytes of the file, symbolic links followed. The end of a pipe is waited for until `deadline`, nil = for ever; after
    /// that it throws `ETIMEDOUT`, and who reads next goes on from there.
    static func read(
        _ path: String, until deadline: ContinuousClock.Instant? = nil
    ) throws(Failure) -> [UInt8] {
        let descriptor = open(path)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure(errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: throw Failure(errno: EISDIR)
        case S_IFREG: return try content(of: descriptor, size: Int(status.st_size))
        default: break
        }
        return try stream(of: status).read(descriptor, atMost: limit, until: deadline)
    }

    /// Whether reading the file may have to wait for who writes it.
    static func mayWait(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            return false
        }
        return !stream(of: status).isWhole
    }

    private static func stream(of status: stat) -> Stream {
        let identity = Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
        return streams.withLock { known in
            if let stream = known[identity] { return stream }
            let stream = Stream()
            known[identity] = stream
            return stream
        }
    }

    /// A socket on standard input cannot be opened by its name, only duplicated.
    private static func open(_ path: String) -> CInt {
        // Else a pipe would not be opened before somebody else opens it to write.
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor < 0, errno == ENXIO else { return descriptor }
        let folder = "/dev/fd/"
        if path == "/dev/stdin" { return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) }
        if path.hasPrefix(folder), let inherited = CInt(path.dropFirst(folder.count)) {
            return fcntl(inherited, F_DUPFD_CLOEXEC, 0)
        }
        errno = ENXIO
        return -1
    }

    private static func content(of descriptor: CInt, size: Int) throws(Failure) -> [UInt8] {
        // One byte more than the size, so that one read meets the end of an ordinary file.
        var capacity = max(size, 4095) + 1
        guard capacity <= limit else { throw Failure(errno: EFBIG) }
        var content: [UInt8] = []
        while true {
            var failure: CInt = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                while count < buffer.count {
                    let result = Glibc.read(
                        descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                    if result > 0 {
                        count += result
                    } else if result == 0 {
                        return
                    } else if errno != EINTR {
                        return failure = errno
                    }
                }
            }
            guard failure == 0 else { throw Failure(errno: failure) }
            let isWhole = chunk.count < capacity
            if content.isEmpty { content = chunk } else { content += chunk }
            if isWhole { return content }
            capacity *= 2
            guard content.count + capacity <= limit else { throw Failure(errno: EFBIG) }
        }
    }
}

/// What has come of something that can be read only once. One reads it at a time.
private final class Stream: Sendable {
    private struct Content {
        var bytes: [UInt8] = []
        var isWhole = false
    }

    private let content = Mutex(Content())

    /// False also while it is being read.
    var isWhole: Bool { content.withLockIfAvailable { $0.isWhole } ?? false }

    /// All of it; what came before is not read again.
    func read(
        _ descriptor: CInt, atMost limit: Int, until deadline: ContinuousClock.Instant?
    ) throws(FileReader.Failure) -> [UInt8] {
        try content.withLock { (content) throws(FileReader.Failure) in
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while !content.isWhole {
                guard Self.awaitBytes(descriptor, until: deadline) else {
                    throw FileReader.Failure(errno: ETIMEDOUT)
                }
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR || errno == EAGAIN { continue }
                guard count >= 0 else { throw FileReader.Failure(errno: errno) }
                guard content.bytes.count + count <= limit else { throw FileReader.Failure(errno: EFBIG) }
                content.bytes += chunk[..<count]
                content.isWhole = count == 0
            }
            return content.bytes
        }
    }

    /// - Returns: false = nothing came in time. What else is wrong is for the read to tell.
    private static func awaitBytes(_ descriptor: CInt, until deadline: ContinuousClock.Instant?) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let rest = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            let milliseconds = rest.map { Int32(clamping: Int64(($0 / .milliseconds(1)).rounded(.up))) }
            let count = poll(&entry, 1, milliseconds ?? -1)
            if count > 0 || count < 0 && errno != EINTR { return true }
            if count == 0, rest == .zero { return false }
        }
    }
}

extension TLSConfiguration {
    /// Those of its files whose reader may have to wait for who writes them: pipes that nobody has read yet.
    package var slowFiles: [String] {
        var files: [String] = []
        if let clientIdentity {
            files += [clientIdentity.certificate] + (clientIdentity.key.map { [$0] } ?? [])
        }
        if verification == .full {
            if case .custom(let anchors, _, _) = trust { files += anchors }
            files += revocationLists
        }
        return files.filter(FileReader.mayWait)
    }

    /// Reads such files, so that what needs them finds them read. What is wrong with one of them is told then.
    /// - Returns: false where the time was over before the end of one of them came.
    package static func readAhead(_ files: [String], until deadline: ContinuousClock.Instant?) -> Bool {
        files.allSatisfy { file in
            do throws(FileReader.Failure) {
                _ = try FileReader.read(file, until: deadline)
                return true
            } catch {
                return error.errno != ETIMEDOUT
            }
        }
    }
}

/// What has to be known of a key file before it is used.
package enum KeyFile {
    /// Whether a file holds a private key that needs a password: PKCS #8's form, in PEM or DER, or OpenSSL's older
    /// one. Waits for the end of a pipe for that long; nil = for ever.
    /// - Returns: nil where the end did not come in time.
    package static func isEncrypted(_ path: String, within patience: Duration? = nil) -> Bool? {
        let content: [UInt8]
        do throws(FileReader.Failure) {
            content = try FileReader.read(path, until: patience.map { .now + $0 })
        } catch {
            return error.errno == ETIMEDOUT ? nil : false
        }
        if content.first == 0x30 { return isEncryptedContainer(content) }
        return content.split(separator: UInt8(ascii: "\n")).contains { line in
            line.starts(with: "-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8)
                || line.starts(with: "Proc-Type: 4,ENCRYPTED".utf8)
        }
    }

    /// Tells EncryptedPrivateKeyInfo (RFC 5958 §3) from PrivateKeyInfo and from a certificate: it is a sequence whose
    /// first element is a sequence that begins with an object identifier. PrivateKeyInfo begins with a number, a
    /// certificate with a sequence of other elements.
    private static func isEncryptedContainer(_ der: [UInt8]) -> Bool {
        der.withUnsafeBytes { bytes in
            var outer = DERReader(bytes)
            guard let container = outer.next(mayBeCut: true), container.tag == 0x30 else { return false }
            var inner = outer.inside(container)
            guard let algorithm = inner.next(), algorithm.tag == 0x30 else { return false }
            var fields = inner.inside(algorithm)
            return fields.next()?.tag == 0x06
        }
    }
}
