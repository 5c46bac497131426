import Glibc
import HTTPCore

/// An output file that was just opened, and what must happen to it at the end.
struct OpenedFile {
    var descriptor: Int32
    /// Where writing began; a retry goes back to here. Nil when the file cannot be rewound (pipe, device).
    var startOffset: Int64?
    /// The half-made file that holds the bytes; nil when they go to the name itself.
    var temporaryPath: String?
    /// The name to replace at the end: the asked path, or what its symbolic links lead to.
    var finalPath: String
    /// Whether the final name held a file when this one was opened.
    var replacesExisting: Bool
}

/// Decides how a path is opened for output, and opens it.
///
/// Atomic replacement needs a regular file (or no file yet) in a folder that takes new files. Everything else is
/// written in place: pipes and devices, paths under /dev and /proc (where `/dev/stdout` may lead to a file that somebody
/// else holds open), and a writable file in a folder that is not. Refusing the last would break scripts that
/// work with other tools, so it is allowed, at the price that a failed transfer leaves a part of the answer there.
struct FileTarget {
    var path: String
    var placement: FilePlacement
    var isAtomic: Bool
    var createsFolders: Bool
    /// It goes on with what an earlier run left, and keeps others from the file meanwhile.
    var isResumed = false
    var shouldStop: () -> Bool

    /// The bytes go to a pipe or terminal, which may keep its writer waiting.
    var isStream: Bool {
        switch placement {
        case .createNew, .replaceName: false
        case .append, .overwrite, .numbered: OutputStreams.isStream(path)
        }
    }

    func open() throws(OutputError) -> OpenedFile {
        if createsFolders { try makeFolders(above: path) }
        switch placement {
        case .createNew:
            return isAtomic ? try openTemporaryForNewName() : try openExclusively()
        case .numbered:
            return try openForNumberedName()
        case .replaceName:
            return try openForName()
        case .append:
            return try openInPlace(flags: 0)
        case .overwrite:
            guard isAtomic else { return try openInPlace(flags: O_TRUNC) }
            return try openForReplacement()
        }
    }

    /// The name that a half-made file takes at the end; nil where there is none, as bytes go to the name itself.
    func finalPath() throws(OutputError) -> String? {
        guard isAtomic else { return nil }
        var status = stat()
        if stat(path.onDisk, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return nil }
        return placement == .overwrite ? try followLinks() : path
    }

    // MARK: In place

    private func openInPlace(flags: Int32) throws(OutputError) -> OpenedFile {
        var status = stat()
        let opening = isResumed ? flags & ~O_TRUNC : flags
        let descriptor = try open(path, opening | O_WRONLY | O_CREAT | O_NOCTTY, mode: 0o666, as: .open)
        // A file that cannot be looked at must not pass for one without an end to go on from.
        guard fstat(descriptor, &status) == 0 else { throw closing(descriptor, errno) }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        if isResumed, isRegular { try lock(descriptor, empties: flags & O_TRUNC != 0) }
        var start: Int64? = isRegular ? 0 : nil
        // Not O_APPEND: splice(2) refuses such descriptors.
        if isRegular, flags & O_TRUNC == 0 {
            let end = lseek(descriptor, 0, SEEK_END)
            guard end >= 0 else { throw closing(descriptor, errno) }
            start = Int64(end)
        }
        return OpenedFile(
            descriptor: descriptor, startOffset: start, temporaryPath: nil, finalPath: path,
            replacesExisting: true)
    }

    /// The lock ends with the descriptor. File systems without locks do without.
    private func lock(_ descriptor: Int32, empties: Bool) throws(OutputError) {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            throw OutputError(.takeUp, path, .inUse)
        }
        if empties, ftruncate(descriptor, 0) != 0 { throw closing(descriptor, errno) }
    }

    private func closing(_ descriptor: Int32, _ code: Int32) -> OutputError {
        close(descriptor)
        return OutputError(.open, path, errno: code)
    }

    /// The asked name and what stands in for it when it is taken.
    var numberedNames: some Sequence<String> { (0...99).lazy.map { $0 == 0 ? path : "\(path).\($0)" } }

    /// A device or pipe holds nothing that could be overwritten. Whether a name is free is asked before the transfer, to
    /// fail early, but decided when it is taken.
    private func openForNumberedName() throws(OutputError) -> OpenedFile {
        var status = stat()
        if stat(path.onDisk, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            return try openInPlace(flags: O_TRUNC)
        }
        for name in numberedNames where lstat(name.onDisk, &status) != 0 {
            guard !isAtomic else { return try openTemporary(for: name, replacing: nil) }
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
            do throws(OutputError) {
                let descriptor = try open(name, flags, mode: 0o666, as: .create)
                return OpenedFile(
                    descriptor: descriptor, startOffset: 0, temporaryPath: nil, finalPath: name,
                    replacesExisting: false)
            } catch {
                if error.cause != .system(EEXIST) { throw error }
            }
        }
        throw OutputError(.number, path, errno: EEXIST)
    }

    /// For a name that a server chose and may overwrite: only a regular file or a link gives way to it.
    private func openForName() throws(OutputError) -> OpenedFile {
        var status = stat()
        let exists = lstat(path.onDisk, &status) == 0
        let kind = exists ? status.st_mode & S_IFMT : S_IFREG
        if kind == S_IFDIR { throw OutputError(.open, path, errno: EISDIR) }
        guard kind == S_IFREG || kind == S_IFLNK else { throw OutputError(.create, path, errno: EEXIST) }
        if isAtomic {
            return try openTemporary(for: path, replacing: exists && kind == S_IFREG ? status : nil)
        }
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = try open(path, flags, mode: 0o666, as: .open)
        return OpenedFile(
            descriptor: descriptor, startOffset: 0, temporaryPath: nil, finalPath: path,
            replacesExisting: exists)
    }

    private func openExclusively() throws(OutputError) -> OpenedFile {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let descriptor = try open(path, flags, mode: 0o666, as: .create)
        return OpenedFile(
            descriptor: descriptor, startOffset: 0, temporaryPath: nil, finalPath: path,
            replacesExisting: false)
    }

    // MARK: Beside, then renamed

    private func openTemporaryForNewName() throws(OutputError) -> OpenedFile {
        var status = stat()
        if lstat(path.onDisk, &status) == 0 { throw OutputError(.create, path, errno: EEXIST) }
        return try openTemporary(for: path, replacing: nil)
    }

    private func openForReplacement() throws(OutputError) -> OpenedFile {
        var status = stat()
        let exists = stat(path.onDisk, &status) == 0
        if !exists, errno != ENOENT { throw OutputError(.open, path, errno: errno) }
        if exists {
            let kind = status.st_mode & S_IFMT
            if kind == S_IFDIR { throw OutputError(.open, path, errno: EISDIR) }
            guard kind == S_IFREG else { return try openInPlace(flags: O_TRUNC) }
            // A rename would replace a file that its mode forbids to write.
            guard faccessat(AT_FDCWD, path.onDisk, W_OK, AT_EACCESS) == 0 else {
                throw OutputError(.open, path, errno: errno)
            }
        }
        guard let final = try followLinks() else { return try openInPlace(flags: O_TRUNC) }
        if !exists, createsFolders { try makeFolders(above: final) }
        do throws(OutputError) {
            return try openTemporary(for: final, replacing: exists ? status : nil)
        } catch {
            let folderRefuses =
                [EACCES, EPERM, EROFS].contains { error.cause == .system($0) }
            guard exists, folderRefuses else { throw error }
            return try openInPlace(flags: O_TRUNC)
        }
    }

    private func openTemporary(for final: String, replacing old: stat?) throws(OutputError) -> OpenedFile {
        let parts = FilePath(final)
        // The half-made name is cut to fit, so a final name that cannot exist would only be noticed at the end.
        if parts.name.utf8.count > 255 { throw OutputError(.create, path, errno: ENAMETOOLONG) }
        if parts.name.isEmpty { throw OutputError(.create, path, errno: EISDIR) }
        for _ in 0..<100 {
            let temporary = TemporaryFiles.makeName(beside: parts)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            // Private until it has the owner and the mode of the file that it will replace.
            let descriptor = Glibc.open(temporary.onDisk, flags, old == nil ? 0o666 : 0o600)
            if descriptor < 0 {
                if errno == EEXIST || (errno == EINTR && !shouldStop()) { continue }
                throw OutputError(.create, path, errno: errno)
            }
            if let old {
                if old.st_uid != geteuid() || old.st_gid != getegid() {
                    _ = fchown(descriptor, old.st_uid, old.st_gid)
                }
                _ = fchmod(descriptor, old.st_mode & 0o777)
            }
            return OpenedFile(
                descriptor: descriptor, startOffset: 0, temporaryPath: temporary, finalPath: final,
                replacesExisting: old != nil)
        }
        throw OutputError(.create, path, errno: EEXIST)
    }

    /// What the path's symbolic links lead to (it need not exist); nil when the way goes through /dev or /proc.
    private func followLinks() throws(OutputError) -> String? {
        var current = path
        for _ in 0..<40 {
            if isSpecial(current) { return nil }
            guard let link = linkTarget(of: current) else { return current }
            current = link.hasPrefix("/") ? link : FilePath(current).folder + link
        }
        throw OutputError(.open, path, errno: ELOOP)
    }

    private func isSpecial(_ path: String) -> Bool {
        path.hasPrefix("/proc/") || (path.hasPrefix("/dev/") && !path.hasPrefix("/dev/shm/"))
    }

    // MARK: Helpers

    private func open(
        _ path: String, _ flags: Int32, mode: mode_t, as operation: OutputError.Operation
    ) throws(OutputError) -> Int32 {
        // A pipe or a device may keep this waiting, so a signal must be able to end it, and one that came before to prevent it.
        while !shouldStop() {
            let descriptor = Glibc.open(path.onDisk, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw OutputError(operation, path, errno: errno) }
        }
        throw OutputError(operation, path, .interrupted)
    }
}

/// Makes every missing folder above `path`, mode 0750 and the umask's say.
func makeFolders(above path: String) throws(OutputError) {
    let folder = FilePath(path).folder
    var status = stat()
    guard !folder.isEmpty, stat(folder.onDisk, &status) != 0 else { return }
    let bytes = Array(folder.utf8)
    for index in bytes.indices where bytes[index] == UInt8(ascii: "/") && index > 0 {
        if bytes[index - 1] == UInt8(ascii: "/") { continue }
        let prefix = String(decoding: bytes[..<index], as: UTF8.self)
        if mkdir(prefix.onDisk, 0o750) != 0, errno != EEXIST {
            let code = errno
            // A folder that exists on a read-only or foreign mount may answer otherwise than EEXIST.
            if stat(prefix.onDisk, &status) == 0 { continue }
            throw OutputError(.makeFolder, prefix, errno: code)
        }
    }
}
