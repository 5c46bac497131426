internal import CSystem
internal import Glibc

/// An error number of the kernel, as a value that can be thrown, compared and printed.
public struct Errno: Error, RawRepresentable, Hashable, Sendable {
    /// The number as `errno` gives it, for example 111 for `ECONNREFUSED`.
    public let rawValue: CInt

    /// Wraps the number `rawValue` as it is.
    public init(rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// What the last failed call on this thread left in `errno`. Read it before any other call.
    package static var current: Errno { Errno(rawValue: errno) }

    /// The symbolic name, for example `ECONNREFUSED`; the number where the C library knows none.
    public var name: String {
        guard let text = strerrorname_np(rawValue) else { return "errno \(rawValue)" }
        return String(cString: text)
    }
}

extension Errno: CustomStringConvertible {
    /// The C library's text in lower case, as it reads inside a sentence: `connection refused`.
    public var description: String {
        guard let text = strerrordesc_np(rawValue) else { return "unknown error \(rawValue)" }
        let sentence = String(cString: text)
        // Names that are capitals by themselves stay: "RPC …", "I/O error", ".lib section …".
        guard let first = sentence.first, let second = sentence.dropFirst().first, second.isLowercase else {
            return sentence
        }
        return first.lowercased() + sentence.dropFirst()
    }
}

extension Errno {
    // The numbers that this package tells apart.
    package static var accessDenied: Errno { Errno(rawValue: EACCES) }
    package static var again: Errno { Errno(rawValue: EAGAIN) }
    package static var addressInUse: Errno { Errno(rawValue: EADDRINUSE) }
    package static var alreadyConnecting: Errno { Errno(rawValue: EALREADY) }
    package static var badDescriptor: Errno { Errno(rawValue: EBADF) }
    package static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
    package static var connectionRefused: Errno { Errno(rawValue: ECONNREFUSED) }
    package static var connectionReset: Errno { Errno(rawValue: ECONNRESET) }
    package static var inProgress: Errno { Errno(rawValue: EINPROGRESS) }
    package static var inputOutput: Errno { Errno(rawValue: EIO) }
    package static var interrupted: Errno { Errno(rawValue: EINTR) }
    package static var invalidArgument: Errno { Errno(rawValue: EINVAL) }
    package static var isConnected: Errno { Errno(rawValue: EISCONN) }
    package static var nameTooLong: Errno { Errno(rawValue: ENAMETOOLONG) }
    package static var noSuchFile: Errno { Errno(rawValue: ENOENT) }
    package static var notImplemented: Errno { Errno(rawValue: ENOSYS) }
    package static var notPermitted: Errno { Errno(rawValue: EPERM) }
    package static var overflow: Errno { Errno(rawValue: EOVERFLOW) }
    package static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }
    package static var tooManyOpenFiles: Errno { Errno(rawValue: EMFILE) }
    package static var tooManyOpenFilesInSystem: Errno { Errno(rawValue: ENFILE) }
}
