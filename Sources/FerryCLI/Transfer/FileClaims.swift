import Connector
import Glibc
import HTTPCore

/// Which transfer of a run has which file: none is written over by another one of the same run unless that is asked for.
@LoopActor
final class FileClaims {
    /// The first one, so that a run with one file looks up nothing.
    private var first: (path: String, owner: Owner)?
    /// All of them, by place, once there are two.
    // Not lazy: a lazy property is copied, and set again, with each change.
    private var owners: [ByteString: Owner] = [:]
    private var places = FilePlaces()

    private struct Owner {
        var number: Int
        /// Its URL, where transfers are repeated: each round writes the files of the one before.
        var url: String?
    }

    /// The places of files of the run itself, and the options that name them.
    private var reserved: [ByteString: String] = [:]
    /// What was asked for last and is none of them; nil = nothing was. Most often it is asked for again.
    private var notReserved: String?

    /// Keeps all transfers from these files.
    func reserve(_ files: [(path: String, option: String)]) {
        (reserved, notReserved) = ([:], nil)
        for (path, option) in files { reserved[places.place(of: path)] = option }
    }

    /// - Throws: what is wrong when the run itself writes the file.
    func checkReserved(_ path: String) throws(TransferFailure) {
        guard !reserved.isEmpty else { return }
        guard !CarriedText.areSame(path, notReserved) else { return }
        guard let option = reserved[places.place(of: path)], !Self.holdsNothing(path) else {
            return notReserved = path
        }
        throw TransferFailure(
            .writeFailed, "\(path) is the file of \(option), too: one would destroy what the other writes")
    }

    /// Whether the file was free, or the transfer's own; it is the transfer's own from then on.
    func claim(_ path: String, for transfer: TransferPlan, isRepeated: Bool) -> Bool {
        let new = Owner(number: transfer.number, url: isRepeated ? transfer.url : nil)
        let owner = owner(of: path, orElse: new)
        return owner.number == transfer.number || owner.url == transfer.url || Self.holdsNothing(path)
    }

    /// Files that the run made under names of a server's choice.
    private var written: Set<ByteString> = []

    /// Notes that the run made this file.
    func noteWritten(_ path: String) { written.insert(places.place(of: path)) }

    /// Whether the run made this file, and what has the name was not there before.
    func wasWritten(_ path: String) -> Bool { written.contains(places.place(of: path)) }

    /// Whose the file is: of the `new` one from now on if it was nobody's.
    private func owner(of path: String, orElse new: Owner) -> Owner {
        guard let first else {
            first = (path, new)
            return new
        }
        if CarriedText.areSame(first.path, path) { return first.owner }
        if owners.isEmpty { owners[places.place(of: first.path)] = first.owner }
        let place = places.place(of: path)
        if let owner = owners[place] { return owner }
        owners[place] = new
        return new
    }

    /// The path without what changes nothing: `.` as a folder, and slashes after slashes.
    nonisolated static func normalized(_ path: String) -> String {
        guard !isNormal(path), path.utf8.contains(UInt8(ascii: "/")) else { return path }
        let parts = path.split(separator: "/").filter { $0 != "." }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// Whether no part of the path is empty or `.`.
    nonisolated private static func isNormal(_ path: String) -> Bool {
        var path = path
        return path.withUTF8 { bytes in
            var start = 0
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "/") {
                guard index == 0 || isNormal(part: bytes[start..<index]) else { return false }
                start = index + 1
            }
            return isNormal(part: bytes[start...])
        }
    }

    nonisolated private static func isNormal(part: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        part.count > 1 || part.count == 1 && part.first != UInt8(ascii: ".")
    }

    /// A device or a pipe has nothing that could be written over.
    nonisolated static func holdsNothing(_ path: String) -> Bool {
        if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return true }
        var status = stat()
        return stat(path.onDisk, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }
}
