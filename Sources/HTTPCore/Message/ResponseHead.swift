/// The head of a response: the block of bytes as received, and where its parts lie in it.
///
/// Holds one copy of the block and one array of ranges; names and values become strings only when asked for.
/// Text is decoded as UTF-8 where it is valid UTF-8 and as ISO-8859-1 where not.
public struct ResponseHead: Hashable, Sendable {
    /// The parts are behind one reference: a head is passed on many times, and copying eight words with their reference
    /// counts each time would cost more than the object.
    private final class Storage: Sendable {
        let raw: [UInt8]
        let line: StatusLine
        let ranges: [FieldRange]
        let names: FieldNames

        init(raw: [UInt8], line: StatusLine, ranges: [FieldRange], names: FieldNames) {
            self.raw = raw
            self.line = line
            self.ranges = ranges
            self.names = names
        }
    }

    private let storage: Storage

    /// The head exactly as received, from the status line through the blank line, folds and line ends included.
    /// Empty for the head that stands in for an HTTP/0.9 answer.
    public var raw: [UInt8] { storage.raw }

    /// How many bytes `raw` has.
    package var byteCount: Int { storage.raw.count }
    /// `http10` or `http11`; HTTP/0.9 for the stand-in.
    public var version: HTTPVersion { storage.line.version }
    /// The status code, 100...999.
    public var status: Int { storage.line.status }
    private var ranges: [FieldRange] { storage.ranges }
    private var names: FieldNames { storage.names }

    init(raw: [UInt8], line: StatusLine, ranges: [FieldRange], names: FieldNames) {
        storage = Storage(raw: raw, line: line, ranges: ranges, names: names)
    }

    /// Heads are equal if their bytes are.
    public static func == (left: ResponseHead, right: ResponseHead) -> Bool {
        left.storage === right.storage || left.version == right.version && left.raw == right.raw
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(raw) }

    /// The head that stands in for an HTTP/0.9 answer, which has none.
    static let http09 = ResponseHead(
        raw: [], line: StatusLine(version: HTTPVersion(major: 0, minor: 9), status: 200, reason: 0..<0),
        ranges: [], names: FieldNames())

    /// The reason phrase, often empty.
    public var reason: String { withReason { ASCII.text($0) } }
    /// The same as it came.
    package func withReason<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.raw.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[storage.line.reason])) }
    }

    /// The fields in the order received.
    public var fields: Fields { Fields(raw: raw, ranges: ranges) }

    /// The first field of this name, without regard to ASCII case.
    public func firstField(_ name: String) -> Field? {
        index(of: name, from: 0).map { Field(raw: raw, range: ranges[$0]) }
    }

    /// The value of the first field of this name, or nil if there is none.
    public func first(_ name: String) -> String? { firstField(name)?.value }

    /// The values of all fields of this name, in order.
    public func all(_ name: String) -> [String] { fields(named: name).map(\.value) }

    /// Whether a field of this name exists.
    public func contains(_ name: String) -> Bool { index(of: name, from: 0) != nil }

    /// Whether `token` is a member of the comma-separated lists that the fields of this name hold, without regard
    /// to ASCII case and without allocating. Parameters are part of a member: `a;q=1` is not `a`.
    public func containsToken(_ token: String, in name: String) -> Bool {
        guard let first = index(of: name, from: 0) else { return false }
        return raw.withUnsafeBufferPointer { raw in
            // Most often the field is there once, and holds nothing but one member.
            let value = UnsafeBufferPointer(rebasing: raw[ranges[first].value])
            if index(of: name, from: first + 1) == nil,
                !value.contains(where: { $0 == ASCII.comma || $0 == ASCII.lf })
            {
                return ASCII.equalIgnoringCase(value, token.utf8)
            }
            return anyMember(of: name) { ASCII.equalIgnoringCase($0, token.utf8) }
        }
    }

    /// The fields of this name, in order.
    func fields(named name: String) -> [Field] {
        var found: [Field] = []
        var next = index(of: name, from: 0)
        while let index = next {
            found.append(Field(raw: raw, range: ranges[index]))
            next = self.index(of: name, from: index + 1)
        }
        return found
    }

    /// Whether the test holds for a member of the comma-separated lists of these fields. Empty members are passed on too.
    func anyMember(of name: String, where test: (ArraySlice<UInt8>) throws -> Bool) rethrows -> Bool {
        var next = index(of: name, from: 0)
        while let index = next {
            var rest = raw[ranges[index].value]
            while true {
                let end = rest.firstIndex(of: ASCII.comma) ?? rest.endIndex
                var member = rest[..<end].drop(while: ASCII.isBlankOrLineEnd)
                while let last = member.last, ASCII.isBlankOrLineEnd(last) { member.removeLast() }
                if try test(member) { return true }
                if end == rest.endIndex { break }
                rest = rest[(end + 1)...]
            }
            next = self.index(of: name, from: index + 1)
        }
        return false
    }

    /// As `index(of:from:)` for a name of the program's own, which need not be taken out of a string.
    func index(named name: StaticString, from start: Int = 0) -> Int? {
        let length = name.utf8CodeUnitCount
        guard length > 0, names.mayContain(length: length, initial: name.utf8Start[0]) else { return nil }
        return raw.withUnsafeBufferPointer { raw in
            for index in start..<ranges.count {
                let field = ranges[index]
                if Int(field.nameEnd &- field.nameStart) == length,
                    ASCII.equalIgnoringCase(UnsafeBufferPointer(rebasing: raw[field.name]), name)
                {
                    return index
                }
            }
            return nil
        }
    }

    /// The value's bytes of the field at `first`, which is the first of this name; nil when there are more.
    func withOnlyValue<Result>(
        named name: StaticString, at first: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result?
    ) -> Result? {
        guard index(named: name, from: first + 1) == nil else { return nil }
        return raw.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[ranges[first].value])) }
    }

    private func index(of name: String, from start: Int) -> Int? {
        let wanted = name.utf8
        let length = wanted.count
        guard let initial = wanted.first, names.mayContain(length: length, initial: initial) else {
            return nil
        }
        return raw.withUnsafeBufferPointer { raw in
            for index in start..<ranges.count {
                let field = ranges[index]
                // The length rules out nearly every field before names are compared.
                if Int(field.nameEnd &- field.nameStart) == length,
                    ASCII.equalIgnoringCase(UnsafeBufferPointer(rebasing: raw[field.name]), wanted)
                {
                    return index
                }
            }
            return nil
        }
    }

    /// Two `Location` fields that differ (RFC 9110 §10.2.2 allows one) leave it to chance where a redirect leads.
    func validateLocation() throws(HTTPError) {
        guard let first = index(named: "Location"), index(named: "Location", from: first + 1) != nil else {
            return
        }
        let values = fields(named: "Location").map(\.valueBytes)
        if let other = values.first(where: { $0 != values[0] }) {
            throw .differingLocations(ASCII.excerpt(values[0]), ASCII.excerpt(other))
        }
    }
}

extension ResponseHead {
    /// One field: a view into the head's block.
    public struct Field: Hashable, Sendable {
        private let raw: [UInt8]
        private let range: FieldRange

        init(raw: [UInt8], range: FieldRange) {
            self.raw = raw
            self.range = range
        }

        /// The name as received.
        public var name: String { ASCII.text(raw[range.name]) }

        /// The value without surrounding whitespace; folded lines are joined with one space.
        public var value: String { ASCII.text(valueBytes) }

        /// The name's bytes as received.
        public var nameBytes: ArraySlice<UInt8> { raw[range.name] }

        /// The value's bytes, for what is not text to its reader, such as a `Location` in an unknown charset.
        /// Copied only where the value is folded.
        public var valueBytes: ArraySlice<UInt8> {
            let bytes = raw[range.value]
            guard bytes.contains(ASCII.lf) else { return bytes }
            return unfolded(bytes)[...]
        }

        /// Where the value lies in `ResponseHead.raw`, folds included.
        public var valueRange: Range<Int> { range.value }

        /// Whether the name is this one, without regard to ASCII case.
        public func isNamed(_ name: String) -> Bool { ASCII.equalIgnoringCase(raw[range.name], name.utf8) }

        /// Fields are equal if their names and values are, byte for byte.
        public static func == (left: Field, right: Field) -> Bool {
            left.nameBytes == right.nameBytes && left.valueBytes == right.valueBytes
        }

        /// Hashes name and value.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(nameBytes)
            hasher.combine(valueBytes)
        }
    }

    /// The fields of a head in the order received.
    public struct Fields: RandomAccessCollection, Sendable {
        private let raw: [UInt8]
        private let ranges: [FieldRange]

        init(raw: [UInt8], ranges: [FieldRange]) {
            self.raw = raw
            self.ranges = ranges
        }

        /// Zero.
        public var startIndex: Int { 0 }
        /// The number of fields.
        public var endIndex: Int { ranges.count }
        /// The field at a position below `endIndex`.
        public subscript(position: Int) -> Field { Field(raw: raw, range: ranges[position]) }
    }
}

/// Joins folded lines with one space (RFC 9112 §5.2).
private func unfolded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var rest = bytes
    while let end = rest.firstIndex(of: ASCII.lf) {
        text.append(contentsOf: rest[..<end])
        while let last = text.last, ASCII.isBlankOrLineEnd(last) { text.removeLast() }
        rest = rest[end...].drop(while: ASCII.isBlankOrLineEnd)
        text.append(ASCII.space)
    }
    return text + rest
}
