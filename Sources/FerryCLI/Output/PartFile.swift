import Glibc
import HTTPCore

/// Where the bytes of a half-made file are kept when a transfer breaks.
struct PartPaths: Equatable {
    let part: String
    let meta: String

    /// Beside `path`; a name that would be too long is cut.
    init(beside path: String) {
        let parts = FilePath(path)
        var stem = parts.name
        while stem.utf8.count > 240 { stem.removeLast() }
        part = parts.folder + stem + ".part"
        meta = part + ".meta"
    }
}

/// Which body a file is made of: what a later run has to know to go on with it.
struct BodyIdentity: Equatable {
    /// As `Secrets.kept` makes it.
    var url: String
    var validator: StrongValidator?
    /// nil = not known.
    var length: Int64?
}

/// Makes NAME.part and NAME.part.meta of a half-made file: when the file is worth it while it grows, and when the transfer
/// breaks.
///
/// Whoever holds the lock of the meta file may touch the two, and nobody else does. The order of the steps holds at each
/// instant, so that a run killed anywhere leaves a pair that is true: the meta never claims a byte that is not in the part, and
/// a part never stands without its meta.
final class PartFile {
    private let paths: PartPaths
    private let name: String
    private var identity: BodyIdentity
    private let warn: (String) -> Void
    /// How many bytes the meta claims.
    private var savedBytes: Int64 = 0
    /// Of the meta file, locked; nil while there is none.
    private var descriptor: Int32?
    private var writtenLength = 0
    private var isGivenUp = false

    /// For a file that will have the name `path`.
    init(beside path: String, _ identity: BodyIdentity, warn: @escaping (String) -> Void) {
        paths = PartPaths(beside: path)
        name = FilePath(path).name
        self.identity = identity
        self.warn = warn
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// True while the bytes are in NAME.part.
    var isPublished: Bool { descriptor != nil }

    /// NAME.part where somebody has removed or replaced it, so that the bytes in `file` have no name any more; nil while they
    /// have one.
    func name(ofLost file: OpenedFile) -> String? {
        isPublished && !Found.isStillThere(file.descriptor, paths.part) ? paths.part : nil
    }

    /// Another body, or the same again.
    func identify(_ identity: BodyIdentity) { self.identity = identity }

    /// Whether the meta is to be brought up to date, with so many bytes in the file: a second passed, or they are many.
    func isDue(bytes: Int64, isSecondOver: Bool) -> Bool {
        guard !isGivenUp, identity.validator != nil else { return false }
        return bytes - savedBytes >= Self.mostUnsavedBytes || isSecondOver && bytes > savedBytes
    }

    private static let mostUnsavedBytes: Int64 = 4 * 1024 * 1024

    /// Moves the half-made file to NAME.part, if it is not there yet, and notes that it holds so many bytes.
    /// - Returns: false when that cannot be.
    func save(_ file: inout OpenedFile, bytes: Int64) -> Bool {
        guard !isGivenUp else { return false }
        if descriptor == nil, !publish(&file) {
            isGivenUp = true
            return false
        }
        savedBytes = bytes
        return write(bytes: bytes, partTime: Self.time(of: file.descriptor))
    }

    /// Cuts the part to what its meta claims, where more could not be written.
    /// - Returns: how many bytes that is; nil when there is no pair, or nothing in it.
    func fallBack(_ file: OpenedFile) -> Int64? {
        guard isPublished, savedBytes > 0, ftruncate(file.descriptor, off_t(savedBytes)) == 0 else {
            return nil
        }
        // Where this fails, too, the meta stands as it was, and is true.
        _ = write(bytes: savedBytes, partTime: Self.time(of: file.descriptor))
        return savedBytes
    }

    /// Claims nothing any more: what is in the part is about to go or to be something else.
    func withdraw() {
        if descriptor != nil { _ = write(bytes: 0, partTime: 0) }
        savedBytes = 0
    }

    /// Removes the meta file, after the part went away.
    func remove() {
        guard let descriptor else { return }
        unlink(paths.meta.onDisk)
        close(descriptor)
        self.descriptor = nil
    }

    /// Lets go of the pair: the part could not be removed, and its meta, which claims nothing, stays with it.
    private func leave() {
        if let descriptor { close(descriptor) }
        descriptor = nil
    }

    /// Removes the part and then its meta, or whatever else the half-made file is called.
    func discard(_ temporary: String) {
        withdraw()
        if unlink(temporary.onDisk) == 0 || errno == ENOENT { return remove() }
        guard isPublished else { return }
        warn("cannot remove \(paths.part): \(OutputError.text(of: errno))")
        leave()
    }

    /// What is said of a file that was kept.
    func notice(bytes: Int64, path: String) -> String {
        let amount = bytes == 1 ? "1 byte" : "\(bytes) bytes"
        let whole = identity.length.map { " of \($0)" } ?? ""
        let kept = "\(amount)\(whole) of \(path) are kept in \(paths.part)"
        return identity.validator == nil
            ? "\(kept), but the server does not say which version they are of, so that -C - starts over"
            : "\(kept): the same command with -C - goes on from there"
    }

    // MARK: The pair

    private func publish(_ file: inout OpenedFile) -> Bool {
        guard let temporary = file.temporaryPath else { return false }
        let found: Found
        do {
            found = try Found.lock(paths, creates: true)
        } catch {
            warn("\(error); what comes of \(name) is not kept if it breaks off")
            return false
        }
        guard let lock = found.descriptor else { return false }
        descriptor = lock
        // From here on the pair is this run's. An older part may go: its meta says nothing of it any more.
        guard write(bytes: 0, partTime: 0) else {
            warn("cannot write \(paths.meta); what comes of \(name) is not kept if it breaks off")
            if found.isNew { unlink(paths.meta.onDisk) }
            close(lock)
            descriptor = nil
            return false
        }
        guard rename(temporary.onDisk, paths.part.onDisk) == 0 else {
            warn(
                "cannot make \(paths.part): \(OutputError.text(of: errno)); what comes is not kept if it breaks off"
            )
            // An older part keeps its meta, which claims nothing.
            if FileSink.exists(paths.part) { leave() } else { remove() }
            return false
        }
        file.temporaryPath = paths.part
        return true
    }

    private func write(bytes: Int64, partTime: Int64) -> Bool {
        guard let descriptor else { return false }
        let text = Array(meta(bytes: bytes, partTime: partTime).text.utf8)
        // One page, which the kernel writes at once or not at all.
        let count = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == text.count else { return false }
        if text.count != writtenLength { ftruncate(descriptor, off_t(text.count)) }
        writtenLength = text.count
        return true
    }

    private func meta(bytes: Int64, partTime: Int64) -> PartMeta {
        var meta = PartMeta(
            url: identity.url, name: name, validator: identity.validator,
            length: identity.length, bytes: bytes, partTime: partTime)
        if meta.text.utf8.count > 4096 {
            meta.entityTag = nil
            meta.lastModified = nil
        }
        return meta
    }

    private static func time(of descriptor: Int32) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return 0 }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    // MARK: Going on

    /// What became of the search for a part.
    enum TakeUp {
        /// There is none.
        case none
        /// It is open, locked and cut to what its meta claims.
        case taken(OpenedFile, PartMeta, PartFile)
        /// There is one, and it cannot be used.
        case unusable(String)
    }

    /// Takes up what an earlier run left beside `path`.
    /// - Throws: `OutputError` when another run is at it.
    static func takeUp(
        _ path: String, _ identity: BodyIdentity, warn: @escaping (String) -> Void
    ) throws(OutputError) -> TakeUp {
        let paths = PartPaths(beside: path)
        let found: Found
        do throws(PartProblem) {
            found = try Found.lock(paths, creates: false)
        } catch {
            if case .isInUse = error { throw OutputError(.takeUp, paths.part, .inUse) }
            return .unusable("\(error)")
        }
        guard let lock = found.descriptor else { return .none }
        guard let meta = found.meta else {
            // Of a run that was killed before it wrote anything.
            unlink(paths.meta.onDisk)
            close(lock)
            return .none
        }
        let part = PartFile(beside: path, identity, warn: warn)
        part.descriptor = lock
        part.writtenLength = meta.text.utf8.count
        let descriptor = open(paths.part.onDisk, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 {
            part.remove()
            return meta.bytes == 0
                ? .none : .unusable("\(paths.meta) is there, and \(paths.part) is not to be had")
        }
        if let problem = problem(meta, descriptor, paths, part.name, identity) {
            close(descriptor)
            return .unusable(problem)
        }
        guard ftruncate(descriptor, off_t(meta.bytes)) == 0,
            lseek(descriptor, off_t(meta.bytes), SEEK_SET) >= 0
        else {
            let code = errno
            close(descriptor)
            throw OutputError(.takeUp, paths.part, errno: code)
        }
        part.identity.validator = meta.validator
        part.identity.length = meta.length
        part.savedBytes = meta.bytes
        let file = OpenedFile(
            descriptor: descriptor, startOffset: 0, temporaryPath: paths.part, finalPath: path,
            replacesExisting: FileSink.exists(path))
        return .taken(file, meta, part)
    }

    /// Why a part is not the one that is looked for; nil when it is.
    private static func problem(
        _ meta: PartMeta, _ descriptor: Int32, _ paths: PartPaths, _ name: String, _ identity: BodyIdentity
    ) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return "\(paths.part) is no regular file"
        }
        if meta.url != identity.url || !CarriedText.areSame(meta.name, name) {
            return "\(paths.part) is of \(meta.url)"
        }
        if Int64(status.st_size) < meta.bytes {
            return
                "\(paths.meta) claims \(meta.bytes) bytes, and \(paths.part) has \(status.st_size)"
        }
        return time(of: descriptor) < meta.partTime ? "\(paths.part) is older than \(paths.meta)" : nil
    }

    /// Removes what an earlier run left here, now that the whole is there. What is not ferry's, or another run's, stays.
    func removeStale() {
        guard access(paths.meta.onDisk, F_OK) == 0, let found = try? Found.lock(paths, creates: false),
            let lock = found.descriptor
        else { return }
        defer { close(lock) }
        guard unlink(paths.part.onDisk) == 0 || errno == ENOENT else {
            // With its meta it is still what it was.
            return warn("cannot remove \(paths.part): \(OutputError.text(of: errno))")
        }
        // Where the name stays, it claims nothing.
        ftruncate(lock, 0)
        if unlink(paths.meta.onDisk) != 0 {
            warn("cannot remove \(paths.meta): \(OutputError.text(of: errno))")
        }
    }
}

/// Why a pair is left alone.
private enum PartProblem: Error, CustomStringConvertible {
    case isInUse(String)
    case isForeign(String, PartMeta.Problem)
    case partIsForeign(PartPaths)
    /// What was to be done with which file.
    case system(String, String, Int32)

    var description: String {
        switch self {
        case .isInUse(let part): "\(part) is in use by another transfer"
        case .isForeign(let meta, let problem): "\(meta) \(problem)"
        case .partIsForeign(let paths): "\(paths.part) is there without \(paths.meta), so it is not of ferry"
        case .system(let verb, let path, let code): "cannot \(verb) \(path): \(OutputError.text(of: code))"
        }
    }
}

/// A meta file that was opened and locked.
private struct Found {
    /// nil = there is none.
    var descriptor: Int32?
    /// nil for one that was just made.
    var meta: PartMeta?
    var isNew: Bool { meta == nil }

    static func lock(_ paths: PartPaths, creates: Bool) throws(PartProblem) -> Found {
        for _ in 0..<10 {
            let flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
            let descriptor = open(paths.meta.onDisk, creates ? flags | O_CREAT : flags, 0o666)
            guard descriptor >= 0 else {
                if errno == ENOENT, !creates { return Found() }
                if errno == EINTR { continue }
                throw .system("open", paths.meta, errno)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                close(descriptor)
                throw code == EWOULDBLOCK ? .isInUse(paths.part) : .system("lock", paths.meta, code)
            }
            // Another run may have removed it between the two calls.
            guard isStillThere(descriptor, paths.meta) else {
                close(descriptor)
                continue
            }
            do throws(PartProblem) {
                return Found(descriptor: descriptor, meta: try read(descriptor, paths))
            } catch {
                close(descriptor)
                throw error
            }
        }
        throw .isInUse(paths.part)
    }

    static func isStillThere(_ descriptor: Int32, _ path: String) -> Bool {
        var (mine, named) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && lstat(path.onDisk, &named) == 0 && mine.st_ino == named.st_ino
            && mine.st_dev == named.st_dev
    }

    /// nil for an empty file: it was just made, here or by a run that was killed there and then.
    private static func read(_ descriptor: Int32, _ paths: PartPaths) throws(PartProblem) -> PartMeta? {
        var bytes = [UInt8](repeating: 0, count: PartMeta.mostBytes + 1)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .system("read", paths.meta, errno) }
        if count == 0 {
            guard !FileSink.exists(paths.part) else {
                unlink(paths.meta.onDisk)
                throw .partIsForeign(paths)
            }
            return nil
        }
        do throws(PartMeta.Problem) {
            return try PartMeta(parsing: Array(bytes[..<count]))
        } catch {
            throw .isForeign(paths.meta, error)
        }
    }
}
