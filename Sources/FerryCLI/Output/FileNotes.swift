import Connector
import Glibc

/// What is set on a finished output file besides its content: the time of `-R`, the attributes of `--xattr`.
struct FileNotes {
    /// Seconds since 1970; nil leaves the time of writing.
    var modified: Int64?
    /// Extended attributes by name.
    var attributes: [(name: String, value: String)] = []

    /// Puts the notes on an open file. What cannot be set does not fail the file: the result is a sentence about it.
    func apply(to descriptor: CInt, path: String) -> String? {
        var problem: String?
        if let modified {
            let time = timespec(tv_sec: time_t(modified), tv_nsec: 0)
            var times = [time, time]
            if futimens(descriptor, &times) != 0 {
                problem = "cannot set the time of \(path): \(Self.text(of: errno))"
            }
        }
        for (name, value) in attributes {
            do throws(Errno) {
                try ExtendedAttribute.set(name, to: value, on: descriptor)
            } catch {
                return
                    "cannot set the extended attribute \(name) of \(path): \(Self.text(of: error.rawValue))"
            }
        }
        return problem
    }

    private static func text(of code: CInt) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}
