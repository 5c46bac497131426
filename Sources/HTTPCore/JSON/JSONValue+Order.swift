// Values in jq's order: null, false, true, numbers by value, strings by their characters, arrays element by element,
// objects first by their sorted names and then by the values of these in turn.
extension JSONValue {
    /// A name that an object gives twice: which of the two counts is not the same to all readers.
    package struct DuplicateName: Error, Equatable, Sendable {
        package let name: [UInt8]
    }

    /// Less than zero when `one` comes first, more than zero when `other` does, zero when they are equal. It recurses to the
    /// depth of the shallower of the two.
    package static func compare(_ one: JSONValue, _ other: JSONValue) throws(DuplicateName) -> Int {
        guard one.kind == other.kind else { return one.kind.rawValue - other.kind.rawValue }
        switch one.kind {
        case .null: return 0
        case .boolean: return (one.isTrue ? 1 : 0) - (other.isTrue ? 1 : 0)
        case .number: return JSONNumber.compare(JSONNumber(one.raw), JSONNumber(other.raw))
        case .string: return compareStrings(one, other)
        case .array: return try compareArrays(one, other)
        case .object: return try compareObjects(one, other)
        }
    }

    private static func compareBytes(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Int {
        one.elementsEqual(other) ? 0 : one.lexicographicallyPrecedes(other) ? -1 : 1
    }

    /// By their characters, which is by their bytes in UTF-8.
    private static func compareStrings(_ one: JSONValue, _ other: JSONValue) -> Int {
        let (left, right) = (one.raw, other.raw)
        guard left.contains(ASCII.backslash) || right.contains(ASCII.backslash) else {
            // Without their quotation marks, one of which would stand where the other's next character does.
            return compareBytes(left.dropFirst().dropLast(), right.dropFirst().dropLast())
        }
        return compareBytes(one.string, other.string)
    }

    private static func compareArrays(_ one: JSONValue, _ other: JSONValue) throws(DuplicateName) -> Int {
        var elements: [JSONValue] = []
        var order = 0
        var index = 0
        // The shorter of the two is the one that somebody wrote by hand, mostly the second.
        other.forEach { (_, value) in
            elements.append(value)
            return true
        }
        try one.forEach { (_, value) throws(DuplicateName) in
            order = index < elements.count ? try compare(value, elements[index]) : 1
            index += 1
            return order == 0
        }
        return order != 0 ? order : index - elements.count
    }

    private static func compareObjects(_ one: JSONValue, _ other: JSONValue) throws(DuplicateName) -> Int {
        let (left, right) = (try one.sortedNames(), try other.sortedNames())
        for (left, right) in zip(left, right) {
            let order = compareStrings(one.member(at: left).name, other.member(at: right).name)
            if order != 0 { return order }
        }
        guard left.count == right.count else { return left.count - right.count }
        for (left, right) in zip(left, right) {
            let order = try compare(one.member(at: left).value, other.member(at: right).value)
            if order != 0 { return order }
        }
        return 0
    }

    /// Where the names of an object stand, in the order of the names. Four bytes for each: an object may have millions.
    /// - Throws: `DuplicateName` when one is there twice.
    package func sortedNames() throws(DuplicateName) -> [UInt32] {
        var places: [UInt32] = []
        forEach { (name, _) in
            if let name { places.append(UInt32(truncatingIfNeeded: name.raw.startIndex)) }
            return true
        }
        places.sort { Self.compareStrings(member(at: $0).name, member(at: $1).name) < 0 }
        for (one, next) in zip(places, places.dropFirst()) {
            let (one, next) = (member(at: one).name, member(at: next).name)
            if Self.compareStrings(one, next) == 0 { throw DuplicateName(name: one.string) }
        }
        return places
    }
}
