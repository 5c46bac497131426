import HTTPCore

/// Hides secrets in a body that comes in pieces: members by their names, and logins of URLs and given values, which may lie
/// across two pieces. Each hidden byte becomes an asterisk.
struct SecretStream {
    private var members: SecretMembers
    private var logins = SecretLogins()
    private let values: SecretValues
    private let valuesWithNames: SecretValues
    /// The end of the last piece, which may be the beginning of a login or a value.
    private var held: [UInt8] = []

    /// `valuesWithNames` are hidden before members are, where a piece has the whole of one.
    init(_ kind: SecretMembers.Kind, _ values: SecretValues, withNames valuesWithNames: SecretValues) {
        self.valuesWithNames = valuesWithNames
        members = SecretMembers(kind)
        self.values = values
    }

    /// What can be shown once `piece` has come.
    mutating func next(_ piece: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes = valuesWithNames.masked(Array(piece))
        members.hide(&bytes)
        if !held.isEmpty { bytes = held + bytes }
        var count = logins.hide(&bytes, isForm: members.isForm, isLast: false)
        if !values.isEmpty {
            bytes = values.masked(bytes)
            count = max(count, values.openEnd(of: bytes))
        }
        held = Array(bytes.suffix(count))
        bytes.removeLast(count)
        return bytes
    }

    /// What is left when nothing more comes.
    mutating func end() -> [UInt8] {
        var rest = held
        held = []
        _ = logins.hide(&rest, isForm: members.isForm, isLast: true)
        values.maskOpenEnd(of: &rest)
        return rest
    }
}
