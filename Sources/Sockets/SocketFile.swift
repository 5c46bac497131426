internal import Glibc

/// What stands at the path of a Unix socket, for messages.
package struct SocketFile {
    /// False for a file, a folder or whatever else is no socket.
    package let isSocket: Bool
    /// The permission bits.
    package let mode: UInt32
    /// Whose it is, as a number.
    package let owner: UInt32

    /// Looks at `path`, which ends with a NUL, following links.
    /// - Throws: why it cannot be looked at.
    package init(path: [CChar]) throws(Errno) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .current }
        isSocket = status.st_mode & S_IFMT == S_IFSOCK
        mode = status.st_mode & 0o7777
        owner = status.st_uid
    }
}
