internal import Glibc
internal import Synchronization

/// Trust anchors, indexed by subject name so that a verification parses only the few that it needs.
///
/// Parsing the ~140 certificates of a system's bundle costs a cold fetch 11 ms; reading their subjects does not.
/// Invariant: what ``anchors(named:)`` leaves out has none of the names, so it could not complete a chain.
final class TrustStore: Sendable {
    /// The hash of a DER name. A collision only yields an additional anchor, which is harmless.
    typealias NameHash = UInt64

    private let bundles: [Bundle]
    private let directories: [String]
    private let lateBundles = Mutex<[Bundle]?>(nil)

    /// How often the system's anchors were loaded in this process.
    static let systemLoads = Atomic<Int>(0)

    /// The system's anchors, loaded at the first use and shared from then on.
    static let system: Result<TrustStore, TLSError> = {
        systemLoads.add(1, ordering: .relaxed)
        return loadSystem(files: systemFiles, directories: systemDirectories)
    }()

    /// Where systems keep their bundle: Debian, Fedora, openSUSE, older Red Hat, newer Red Hat, Alpine.
    static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    ]
    static let systemDirectories = ["/etc/ssl/certs", "/etc/pki/tls/certs"]

    /// Loads the first file that holds certificates; without any, the first directory that exists.
    static func loadSystem(files: [String], directories: [String]) -> Result<TrustStore, TLSError> {
        for file in files where access(file, R_OK) == 0 {
            if let store = try? TrustStore(files: [file], directories: [], pem: nil) {
                return .success(store)
            }
        }
        for directory in directories where access(directory, R_OK | X_OK) == 0 {
            if let store = try? TrustStore(files: [], directories: [directory], pem: nil) {
                return .success(store)
            }
        }
        return .failure(
            .configuration(
                .trust, path: files.first,
                text: "the system has no CA certificates in any of the usual places"))
    }

    /// Reads files and text at once, directories when they are first needed.
    ///
    /// A directory that is missing is skipped if another one exists: lists of directories name some of other systems.
    /// Throws ``TLSError/configuration(_:path:text:)`` for a file that cannot be read or holds no certificate, for a
    /// directory that cannot be read, and when nothing at all is given.
    init(files: [String], directories: [String], pem: [UInt8]?) throws(TLSError) {
        var bundles: [Bundle] = []
        for file in files {
            let text: [UInt8]
            do {
                text = try FileReader.read(file)
            } catch {
                throw .unreadable(.trust, "CA certificates", file, error.errno)
            }
            let bundle = Bundle(pem: text)
            guard !bundle.entries.isEmpty else {
                throw .configuration(.trust, path: file, text: "no CA certificates in '\(file)'")
            }
            bundles.append(bundle)
        }
        if let pem {
            let bundle = Bundle(pem: pem)
            guard !bundle.entries.isEmpty else {
                throw .configuration(.trust, path: nil, text: "no CA certificates in the given PEM text")
            }
            bundles.append(bundle)
        }
        let present = directories.filter { access($0, F_OK) == 0 }
        for directory in present.isEmpty ? directories : present {
            guard let problem = Self.problem(ofDirectory: directory) else { continue }
            throw .unreadable(.trust, "CA certificates", directory, problem)
        }
        guard !bundles.isEmpty || !present.isEmpty else {
            throw .configuration(.trust, path: nil, text: "no CA certificates are configured")
        }
        self.bundles = bundles
        self.directories = present
    }

    /// Why the files of a directory cannot be looked at, as an `errno`; nil = they can.
    private static func problem(ofDirectory path: String) -> CInt? {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno }
        guard status.st_mode & S_IFMT == S_IFDIR else { return ENOTDIR }
        return access(path, R_OK | X_OK) == 0 ? nil : errno
    }

    /// Tells this store from others. A directory counts by its identity and its last change, not by the files in it:
    /// that is enough, because a resumed session is verified like any other.
    var contents: [[UInt8]] {
        bundles.map { SHA256.digest($0.text) }
            + directories.map { directory in
                var status = stat()
                guard stat(directory, &status) == 0 else { return [] }
                let (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
                return Array("\(device) \(inode) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)".utf8)
            }
    }

    /// Whether there are directories whose anchors a first attempt leaves out.
    var hasDirectories: Bool { !directories.isEmpty }

    /// The DER of the anchors with one of the names.
    func anchors(named names: [NameHash], includingDirectories: Bool) -> [[UInt8]] {
        allBundles(includingDirectories).flatMap { bundle in
            bundle.entries.filter { names.contains($0.subject) }.compactMap(bundle.der)
        }
    }

    /// The DER of every anchor.
    func everyAnchor() -> [[UInt8]] {
        allBundles(true).flatMap { bundle in bundle.entries.compactMap(bundle.der) }
    }

    private func allBundles(_ includingDirectories: Bool) -> [Bundle] {
        guard includingDirectories, hasDirectories else { return bundles }
        return bundles
            + lateBundles.withLock { late in
                if let late { return late }
                let read = directories.flatMap(Self.readDirectory)
                late = read
                return read
            }
    }

    /// The bundles of a directory's files; hashed directories hold each certificate under several names.
    private static func readDirectory(_ path: String) -> [Bundle] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var seen: Set<[UInt]> = []
        var bundles: [Bundle] = []
        while let entry = Glibc.readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let file = path + "/" + name
            var status = stat()
            guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                seen.insert([UInt(status.st_dev), UInt(status.st_ino)]).inserted,
                let text = try? FileReader.read(file)
            else { continue }
            let bundle = Bundle(pem: text)
            if !bundle.entries.isEmpty { bundles.append(bundle) }
        }
        return bundles
    }

    /// Hashes a name's DER bytes (FNV-1a).
    static func hash(_ name: Slice<UnsafeRawBufferPointer>) -> NameHash {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

/// The certificates of one piece of PEM text, found but not yet decoded.
private struct Bundle: Sendable {
    struct Entry: Sendable {
        var subject: TrustStore.NameHash
        var body: Range<Int>
    }

    let text: [UInt8]
    let entries: [Entry]

    /// Blocks that are not certificates are skipped, like those of a bundle that a tool has garbled.
    init(pem text: [UInt8]) {
        self.text = text
        entries = text.withUnsafeBytes { bytes in
            var entries: [Entry] = []
            var scanner = PEMScanner(bytes)
            while let body = scanner.next() {
                // The names usually end within the first half kilobyte; only longer ones need the whole certificate
                // decoded.
                let base64 = UnsafeRawBufferPointer(rebasing: bytes[body])
                let subject = Self.subject(base64, limit: 512) ?? Self.subject(base64, limit: .max)
                if let subject { entries.append(Entry(subject: subject, body: body)) }
            }
            return entries
        }
    }

    func der(_ entry: Entry) -> [UInt8]? {
        text.withUnsafeBytes { Base64.decode(UnsafeRawBufferPointer(rebasing: $0[entry.body])) }
    }

    private static func subject(_ base64: UnsafeRawBufferPointer, limit: Int) -> TrustStore.NameHash? {
        Base64.decode(base64, limit: limit)?.withUnsafeBytes { der in
            CertificateNames(der).map { TrustStore.hash(der[$0.subject]) }
        }
    }
}

extension TLSError {
    /// A configured file that the system does not let us read.
    static func unreadable(_ problem: ConfigurationProblem, _ what: String, _ path: String, _ errno: CInt)
        -> TLSError
    {
        .configuration(problem, path: path, text: "cannot read \(what) from '\(path)': \(systemText(errno))")
    }
}
