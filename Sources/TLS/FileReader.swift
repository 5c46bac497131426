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
    private static let streams = Mutex<[Identity: [UInt8]]>([:])

    /// The bytes of the file, symbolic links followed.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
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
        let identity = Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
        return try streams.withLock { (known) throws(Failure) in
            if let content = known[identity] { return content }
            let content = try content(of: descriptor, size: 0)
            known[identity] = content
            return content
        }
    }

    /// A socket on standard input cannot be opened by its name, only duplicated.
    private static func open(_ path: String) -> CInt {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
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

/// What has to be known of a key file before it is used.
package enum KeyFile {
    /// Whether a file holds a private key that needs a password: PKCS #8's form, in PEM or DER, or OpenSSL's older
    /// one.
    package static func isEncrypted(_ path: String) -> Bool {
        guard let content = try? FileReader.read(path) else { return false }
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
