import HTTPCore

/// Hides secrets in a body that comes in pieces: members by their names, and values that may lie across two pieces. Each
/// hidden byte becomes an asterisk.
struct SecretStream {
    private var members: SecretMembers
    private let values: SecretValues
    /// The end of the last piece, which may be the beginning of a value.
    private var held: [UInt8] = []

    init(_ kind: SecretMembers.Kind, _ values: SecretValues) {
        members = SecretMembers(kind)
        self.values = values
    }

    /// What can be shown once `piece` has come.
    mutating func next(_ piece: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes = Array(piece)
        members.hide(&bytes)
        guard !values.isEmpty else { return bytes }
        bytes = values.masked(held + bytes)
        let count = values.openEnd(of: bytes)
        held = Array(bytes.suffix(count))
        bytes.removeLast(count)
        return bytes
    }

    /// What is left when nothing more comes.
    mutating func end() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
