import HTTPClient

/// JSON objects, one a line, in memory of their own that is written out and filled again.
///
/// A busy run writes some hundred thousand lines a second, so what is fixed of a line is copied as it stands: names of
/// members come with their quotes and commas, and nothing is counted or shared on the way.
struct EventLine: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 16)
    /// How many bytes there are.
    private(set) var count = 0

    private static let keys = InlineArray<64, FixedText> { index in
        FixedText(EventMember(rawValue: index).map { ",\"\($0.name)\":" } ?? "")
    }
    private static let openings = InlineArray<32, FixedText> { index in
        FixedText(
            EventName(rawValue: index).map {
                "{\"v\":\(EventSchema.version),\"event\":\"\($0.name)\",\"t_us\":"
            } ?? "")
    }

    /// A text that is copied whole registers at a time.
    private struct FixedText {
        var bytes = SIMD64<UInt8>(repeating: 0)
        var count = 0

        init(_ text: String) {
            for byte in text.utf8 {
                bytes[count] = byte
                count += 1
            }
        }
    }

    /// The ids that a line names, and where they stand.
    private struct IDs {
        var transfer: Int
        var attempt: Int
        var hop: Int
        var connection: Int?
        var start: Int
        var count: Int
    }

    /// Of the last line that has any.
    private var lastIDs: IDs?

    deinit { memory.deallocate() }

    /// What is there; lent until the line changes.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

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

    /// The ids of an event. Most often they are those of the line before, and copied from there.
    mutating func addPlace(of event: TransferEvent) {
        let (transfer, attempt, hop, connection) = (
            event.transfer, event.attempt, event.hop, event.connection
        )
        if let lastIDs, lastIDs.transfer == transfer, lastIDs.connection == connection, lastIDs.hop == hop,
            lastIDs.attempt == attempt
        {
            reserve(lastIDs.count)
            self.lastIDs?.start = count
            let end = lastIDs.start + lastIDs.count
            return put(UnsafeRawBufferPointer(rebasing: memory[lastIDs.start..<end]))
        }
        let start = count
        add(.transfer, transfer)
        add(.attempt, attempt)
        add(.hop, hop)
        if let connection { add(.connection, connection) }
        lastIDs = IDs(
            transfer: transfer, attempt: attempt, hop: hop, connection: connection, start: start,
            count: count - start)
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

    /// A URL in parts, the first of them escaped already.
    mutating func add(_ member: EventMember, quoted start: [UInt8], _ path: String, query: String? = nil) {
        put(Self.keys[member.rawValue])
        append(UInt8(ascii: "\""))
        put(start)
        appendEscaped(path)
        if let query {
            append(UInt8(ascii: "?"))
            appendEscaped(query)
        }
        append(UInt8(ascii: "\""))
    }

    /// A text that is quoted and escaped already.
    mutating func add(_ member: EventMember, quoted text: [UInt8]) {
        put(Self.keys[member.rawValue])
        put(text)
    }

    mutating func add(_ member: EventMember, _ flag: Bool) {
        put(Self.keys[member.rawValue])
        put(flag ? "true" : "false" as StaticString)
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
    mutating func end() {
        reserve(2)
        memory[count] = UInt8(ascii: "}")
        memory[count + 1] = UInt8(ascii: "\n")
        count += 2
    }

    /// Forgets the first `removed` bytes, which are written.
    mutating func remove(first removed: Int) {
        lastIDs = nil
        let rest = bytes[removed...]
        if !rest.isEmpty { memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest)) }
        count = rest.count
    }

    // MARK: Bytes

    /// Makes room for so many bytes more.
    private mutating func reserve(_ more: Int) {
        if memory.count - count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(2 * memory.count, count + more), alignment: 16)
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }

    private mutating func put(_ text: FixedText) {
        reserve(MemoryLayout<SIMD64<UInt8>>.size)
        memory.storeBytes(of: text.bytes, toByteOffset: count, as: SIMD64<UInt8>.self)
        count += text.count
    }

    private mutating func put(_ text: UnsafeRawBufferPointer) {
        reserve(text.count)
        guard let source = text.baseAddress, let start = memory.baseAddress else { return }
        (start + count).copyMemory(from: source, byteCount: text.count)
        count += text.count
    }

    private mutating func put(_ text: [UInt8]) { text.withUnsafeBytes { put($0) } }

    private mutating func append(_ byte: UInt8) {
        reserve(1)
        memory[count] = byte
        count += 1
    }

    private mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func putName(_ name: StaticString) {
        append(UInt8(ascii: "\""))
        put(name)
        put("\":" as StaticString)
    }

    private mutating func append(_ number: Int) {
        if 0..<10 ~= number { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        guard 0..<100_000_000 ~= number else { return append(long: number) }
        // Halves of the number side by side, then quarters, then digits; the first byte is the first digit.
        let halves = UInt64(number / 10_000) | UInt64(number % 10_000) << 32
        let hundreds = ((halves &* 5243) >> 19) & 0x0000_007f_0000_007f
        let quarters = hundreds | (halves &- hundreds &* 100) << 16
        let tens = ((quarters &* 103) >> 10) & 0x000f_000f_000f_000f
        let digits = tens | (quarters &- tens &* 10) << 8
        let zeros = digits.trailingZeroBitCount & ~7
        reserve(8)
        memory.storeBytes(of: (digits | 0x3030_3030_3030_3030) >> zeros, toByteOffset: count, as: UInt64.self)
        count += 8 - zeros / 8
    }

    /// A number of more than eight digits, or a negative one.
    @inline(never)
    private mutating func append(long number: Int) {
        for byte in String(number).utf8 { append(byte) }
    }

    private mutating func append(_ text: String) {
        append(UInt8(ascii: "\""))
        appendEscaped(text)
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            // Copied and looked at in one go; what has to be escaped is most often nothing.
            reserve(utf8.count)
            for (index, byte) in utf8.enumerated() {
                guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                    return put(Self.escaped(String(decoding: utf8, as: UTF8.self)))
                }
                memory[count + index] = byte
            }
            count += utf8.count
        }
    }
}
