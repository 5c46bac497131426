import Glibc
import HTTPCore

/// Gives each file one name, however its path is spelled: its folder as the system calls it, and its last part, or what
/// that leads to as a link.
///
/// A folder is looked up once, and the last part only of the first names: a look at each file of many would be felt.
struct FilePlaces {
    private var looks = 256
    // Bytes, because texts are equal that only look the same.
    private var folders: [ByteString: String] = [:]
    // Most often the next one is the same.
    private var last: (path: ByteString, place: ByteString)?
    private var lastFolder: (path: ByteString, place: String)?

    mutating func place(of path: String) -> ByteString {
        let name = ByteString(path)
        if let last, last.path == name { return last.place }
        var place = withoutLinks(path)
        var links = 0
        while looks > 0, links < 40, let target = linkTarget(of: place) {
            links += 1
            place = withoutLinks(target.hasPrefix("/") ? target : FilePath(place).folder + target)
        }
        looks = max(0, looks - 1)
        let found = ByteString(place)
        last = (name, found)
        return found
    }

    private mutating func withoutLinks(_ path: String) -> String {
        let parts = FilePath(path)
        return folder(parts.folder) + parts.name
    }

    /// The folder's name, with a slash at its end.
    private mutating func folder(_ path: String) -> String {
        let name = ByteString(path)
        if let lastFolder, lastFolder.path == name { return lastFolder.place }
        let place = folders[name] ?? lookUp(path)
        folders[name] = place
        lastFolder = (name, place)
        return place
    }

    private mutating func lookUp(_ path: String) -> String {
        if let found = realpath((path.isEmpty ? "." : path).onDisk, nil) {
            defer { free(found) }
            let text = CarriedText.text(of: UnsafeRawBufferPointer(start: found, count: strlen(found)))
            return text.hasSuffix("/") ? text : text + "/"
        }
        // It is to be made yet, within one that is there.
        let plain = FileClaims.normalized(path)
        guard !plain.isEmpty, plain != "/" else { return plain }
        return withoutLinks(plain) + "/"
    }
}

/// What a symbolic link holds; nil for all else.
func linkTarget(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { raw -> Int in
        guard let base = raw.bindMemory(to: CChar.self).baseAddress else { return -1 }
        return readlink(path.onDisk, base, raw.count)
    }
    return count < 0 ? nil : CarriedText.text(of: buffer[..<count])
}
