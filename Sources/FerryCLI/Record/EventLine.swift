/// Writes JSON objects, one a line, at the end of a buffer.
///
/// A member's name, with the quotes and the comma around it, is made once for the process.
struct EventLine {
    private(set) var bytes: [UInt8] = []

    private static let keys: [[UInt8]] = EventMember.allCases.map { Array(",\"\($0.name)\":".utf8) }
    private static let openings: [[UInt8]] = EventName.allCases.map { event in
        Array("{\"v\":\(EventSchema.version),\"event\":\"\(event.name)\",\"t_us\":".utf8)
    }

    /// Begins a line.
    mutating func begin(_ event: EventName, microseconds: Int) {
        bytes += Self.openings[event.rawValue]
        append(microseconds)
    }

    mutating func add(_ member: EventMember, _ number: Int) {
        bytes += Self.keys[member.rawValue]
        append(number)
    }

    mutating func add(_ member: EventMember, _ text: String) {
        bytes += Self.keys[member.rawValue]
        JSONText.append(text, to: &bytes)
    }

    /// A text that is quoted and escaped already.
    mutating func add(_ member: EventMember, quoted text: [UInt8]) {
        bytes += Self.keys[member.rawValue]
        bytes += text
    }

    mutating func add(_ member: EventMember, _ flag: Bool) {
        bytes += Self.keys[member.rawValue]
        bytes += (flag ? "true" : "false").utf8
    }

    mutating func add(_ member: EventMember, _ texts: [String]) {
        bytes += Self.keys[member.rawValue]
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Ends a line.
    mutating func end() {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(0x0A)
    }

    /// Forgets the first `count` bytes, which are written.
    mutating func remove(first count: Int) {
        if count == bytes.count {
            bytes.removeAll(keepingCapacity: true)
        } else {
            bytes.removeFirst(count)
        }
    }

    private mutating func append(_ number: Int) { JSONText.append(number, to: &bytes) }
}

/// JSON at the end of a buffer.
enum JSONText {
    /// A number, in decimal.
    static func append(_ number: Int, to bytes: inout [UInt8]) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// A text in its quotes.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: utf8)
            } else {
                bytes += jsonString(String(decoding: utf8, as: UTF8.self)).utf8.dropFirst().dropLast()
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A text in its quotes.
    static func quoted(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        append(text, to: &bytes)
        return bytes
    }
}
