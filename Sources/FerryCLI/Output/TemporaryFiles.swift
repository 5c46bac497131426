import Glibc
import HTTPCore

/// The half-made files of a run, so that an ending run can remove them all, and its way to what is no file.
///
/// A signal handler must not call this: handlers set a flag, and the loop calls `abortAll()`. A run killed with SIGKILL
/// leaves its files; their names, `.NAME.xxxxxx.part` beside the wanted file, tell what they are.
final class TemporaryFiles {
    private var paths: Set<String> = []
    /// Opens a pipe or terminal so that nobody has to wait for it; nil = whoever writes there waits.
    var openStream: ((String) -> StdoutSink)?

    /// How many half-made files exist now.
    var count: Int { paths.count }

    func add(_ path: String) {
        paths.insert(path)
    }

    func remove(_ path: String) {
        paths.remove(path)
    }

    /// Unlinks every half-made file. Their sinks stay usable but can only fail from here.
    func abortAll() {
        for path in paths { unlink(path.onDisk) }
        paths.removeAll()
    }

    /// A name for a half-made file beside `path`, different at each call and never over 255 bytes.
    static func makeName(beside path: FilePath) -> String {
        var stem = path.name
        while stem.utf8.count > 230 { stem.removeLast() }
        // Six digits of one number: the kernel is asked once.
        let tag = padded(String(UInt32.random(in: 0..<2_176_782_336), radix: 36), 6, with: "0")
        return path.folder + "." + stem + "." + tag + ".part"
    }
}

/// A path cut at its last slash: `folder` is empty or ends in `/`, `name` holds none.
struct FilePath {
    let folder: String
    let name: String

    init(_ path: String) {
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            folder = String(path[...slash])
            name = String(path[path.utf8.index(after: slash)...])
        } else {
            folder = ""
            name = path
        }
    }
}
