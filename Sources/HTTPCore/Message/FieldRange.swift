/// Where one field of a head stands in its block. A folded value's range covers its line ends too.
struct FieldRange: Hashable, Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

/// A set of field names that answers "no" for certain and "yes" perhaps: one bit for length and first letter. Most
/// questions after a field are for one that is not there.
struct FieldNames: Hashable, Sendable {
    private var bits: UInt64 = 0

    private static func bit(_ length: Int, _ initial: UInt8) -> UInt64 {
        1 << ((UInt64(truncatingIfNeeded: length &* 5) &+ UInt64(initial | 0x20)) & 63)
    }

    mutating func insert(length: Int, initial: UInt8) { bits |= Self.bit(length, initial) }

    func mayContain(length: Int, initial: UInt8) -> Bool { bits & Self.bit(length, initial) != 0 }
}
