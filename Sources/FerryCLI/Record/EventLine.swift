/// JSON objects, one a line, in memory of their own that is written out and filled again.
///
/// A busy run writes some hundred thousand lines a second, so what is fixed of a line is copied as it stands: names of
/// members come with their quotes and commas, and nothing is counted or shared on the way.
struct EventLine: ~Copyable {
    private var memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1024)
    /// How many bytes there are.
    private(set) var count = 0

    private static let keys: [[UInt8]] = EventMember.allCases.map { Array(",\"\($0.name)\":".utf8) }
    private static let openings: [[UInt8]] = EventName.allCases.map { event in
        Array("{\"v\":\(EventSchema.version),\"event\":\"\(event.name)\",\"t_us\":".utf8)
    }

    deinit { memory.deallocate() }

    /// What is there; lent until the line changes.
    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: memory[..<count]) }

    /// The text as it stands between the quotes of a string.
    static func escaped(_ text: String) -> [UInt8] { Array(jsonString(text).utf8.dropFirst().dropLast()) }

    // MARK: Members

    /// Begins a line.
    mutating func begin(_ event: EventName, microseconds: Int) {
        put(Self.openings[event.rawValue])
        append(microseconds)
    }

    /// Begins a line of another kind: `{"name":"text"`.
    mutating func begin(_ name: StaticString, _ text: String) {
        append(UInt8(ascii: "{"))
        putName(name)
        append(text)
    }

    /// A member that is none of those of events.
    mutating func add(_ name: StaticString, _ text: String) {
        append(UInt8(ascii: ","))
        putName(name)
        append(text)
    }

    mutating func add(_ name: StaticString, _ number: Int) {
        append(UInt8(ascii: ","))
        putName(name)
        append(number)
    }

    mutating func add(_ member: EventMember, _ number: Int) {
        put(Self.keys[member.rawValue])
        append(number)
    }

    mutating func add(_ member: EventMember, _ text: String) {
        put(Self.keys[member.rawValue])
        append(text)
    }

    /// A text that comes in two parts, the first of them escaped already.
    mutating func add(_ member: EventMember, quoted start: [UInt8], _ rest: String) {
        put(Self.keys[member.rawValue])
        append(UInt8(ascii: "\""))
        put(start)
        appendEscaped(rest)
        append(UInt8(ascii: "\""))
    }

    /// A text that is quoted and escaped already.
    mutating func add(_ member: EventMember, quoted text: [UInt8]) {
        put(Self.keys[member.rawValue])
        put(text)
    }

    mutating func add(_ member: EventMember, _ flag: Bool) {
        put(Self.keys[member.rawValue])
        if flag { put("true" as StaticString) } else { put("false" as StaticString) }
    }

    mutating func add(_ member: EventMember, _ texts: [String]) {
        put(Self.keys[member.rawValue])
        append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(text)
        }
        append(UInt8(ascii: "]"))
    }

    /// Members that were written before, commas included.
    mutating func add(members: [UInt8]) { put(members) }

    /// Ends a line.
    mutating func end() { put("}\n" as StaticString) }

    /// Forgets the first `removed` bytes, which are written.
    mutating func remove(first removed: Int) {
        let rest = UnsafeMutableBufferPointer(rebasing: memory[removed..<count])
        if !rest.isEmpty { _ = memory.update(fromContentsOf: rest) }
        count = rest.count
    }

    /// Takes back what was written behind `start`.
    mutating func take(from start: Int) -> [UInt8] {
        defer { count = start }
        return Array(memory[start..<count])
    }

    // MARK: Bytes

    /// Where `count` more bytes are written.
    private mutating func grow(by more: Int) -> UnsafeMutableBufferPointer<UInt8> {
        if memory.count - count < more {
            let larger = UnsafeMutableBufferPointer<UInt8>
                .allocate(capacity: max(2 * memory.count, count + more))
            _ = larger.update(fromContentsOf: memory[..<count])
            memory.deallocate()
            memory = larger
        }
        defer { count += more }
        return UnsafeMutableBufferPointer(rebasing: memory[count..<(count + more)])
    }

    private mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        _ = grow(by: text.count).update(fromContentsOf: text)
    }

    private mutating func put(_ text: [UInt8]) { text.withUnsafeBufferPointer { put($0) } }

    private mutating func append(_ byte: UInt8) { grow(by: 1)[0] = byte }

    private mutating func put(_ text: StaticString) {
        put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func putName(_ name: StaticString) {
        append(UInt8(ascii: "\""))
        put(name)
        put("\":" as StaticString)
    }

    private mutating func append(_ number: Int) {
        var rest = number.magnitude
        var digits = 1
        var power: UInt = 10
        while digits < 19, rest >= power {
            digits += 1
            power *= 10
        }
        if rest >= power, digits == 19 { digits += 1 }
        if number < 0 { append(UInt8(ascii: "-")) }
        let room = grow(by: digits)
        var place = digits
        while place > 0 {
            place -= 1
            room[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private mutating func append(_ text: String) {
        append(UInt8(ascii: "\""))
        appendEscaped(text)
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                put(utf8)
            } else {
                put(Self.escaped(String(decoding: utf8, as: UTF8.self)))
            }
        }
    }
}
