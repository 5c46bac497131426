import HTTPClient
import HTTPCore

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

    private static let wide = MemoryLayout<SIMD64<UInt8>>.size

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

    /// Bytes that come again and again, copied as `FixedText` is.
    struct Piece {
        static let mostBytes = 2 * EventLine.wide
        var isEmpty: Bool { count == 0 }
        fileprivate var text = InlineArray<2, SIMD64<UInt8>>(repeating: SIMD64(repeating: 0))
        fileprivate var count = 0

        init() {}

        /// nil for what is too long to be one.
        init?(_ bytes: some Collection<UInt8>) {
            guard bytes.count <= Self.mostBytes else { return nil }
            for byte in bytes {
                text[count / EventLine.wide][count % EventLine.wide] = byte
                count += 1
            }
        }
    }

    /// The ids of a transfer's event, as they stand in its lines.
    struct IDs {
        private var attempt: Int32 = -1
        private var hop: Int32 = -1
        private var connection = -1
        fileprivate var piece = Piece()

        /// Whether they are the ids of `place`.
        func areThose(of place: TransferEvent.Place) -> Bool {
            attempt == place.attempt && hop == place.hop && connection == place.connection
        }

        fileprivate func lackOnlyConnection(of place: TransferEvent.Place) -> Bool {
            attempt == place.attempt && hop == place.hop && connection < 0
        }

        fileprivate mutating func belong(to place: TransferEvent.Place) {
            (attempt, hop, connection) = (place.attempt, place.hop, place.connection)
        }
    }

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

    /// The ids of an event.
    mutating func add(_ ids: borrowing IDs) { add(members: ids.piece) }

    /// Members that were written before, commas included.
    mutating func add(members piece: borrowing Piece) {
        reserve(Piece.mostBytes)
        memory.storeBytes(of: piece.text[0], toByteOffset: count, as: SIMD64<UInt8>.self)
        memory.storeBytes(of: piece.text[1], toByteOffset: count + Self.wide, as: SIMD64<UInt8>.self)
        count += piece.count
    }

    /// Makes `ids` those of `event`. What is there stays as it is.
    mutating func note(_ event: TransferEvent, in ids: inout IDs) {
        // Four numbers with their names take less than half of it, so that they stay where they are.
        reserve(4 * Self.wide)
        let start = count
        if ids.lackOnlyConnection(of: event.place) {
            add(ids)
        } else {
            add(.transfer, event.transfer)
            add(.attempt, event.attempt)
            add(.hop, event.hop)
        }
        if let connection = event.connection { add(.connection, connection) }
        ids.belong(to: event.place)
        ids.piece.count = count - start
        count = start
        ids.piece.text[0] = memory.loadUnaligned(fromByteOffset: start, as: SIMD64<UInt8>.self)
        ids.piece.text[1] = memory.loadUnaligned(fromByteOffset: start + Self.wide, as: SIMD64<UInt8>.self)
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

    /// A URL in parts, the first of them with the member's name, escaped already.
    mutating func add(_ start: borrowing Piece, _ path: String, query: String? = nil) {
        add(members: start)
        appendEscaped(path)
        if let query {
            append(UInt8(ascii: "?"))
            appendEscaped(query)
        }
        append(UInt8(ascii: "\""))
    }

    /// A text in ASCII that stands in a string as it is; false for any other, which is not added.
    mutating func add(_ member: EventMember, plain text: ArraySlice<UInt8>) -> Bool {
        guard text.allSatisfy({ $0 < 0x80 }) else { return false }
        let start = count
        put(Self.keys[member.rawValue])
        append(UInt8(ascii: "\""))
        guard text.withUnsafeBytes({ putPlain($0) }) else {
            count = start
            return false
        }
        append(UInt8(ascii: "\""))
        return true
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

    /// Ends a line.
    mutating func end() {
        reserve(2)
        memory[count] = UInt8(ascii: "}")
        memory[count + 1] = UInt8(ascii: "\n")
        count += 2
    }

    /// Forgets the first `removed` bytes, which are written.
    mutating func remove(first removed: Int) {
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
        reserve(Self.wide)
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
        let isPlain = text.utf8.withContiguousStorageIfAvailable { putPlain(UnsafeRawBufferPointer($0)) }
        if isPlain != true { put(Self.escaped(text)) }
    }

    /// Adds text that stands in a JSON string as it is; false where it does not, and is not added. Copied and looked at in
    /// one go, eight bytes at once.
    private mutating func putPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let source = text.baseAddress else { return true }
        let wordSize = MemoryLayout<UInt64>.size
        reserve(text.count + wordSize)
        guard text.count >= wordSize else {
            let word = Self.word(of: source, count: text.count)
            let spaces: UInt64 = 0x2020_2020_2020_2020 << (8 * UInt64(text.count))
            guard ASCII.escapedInJSON(word | spaces) == 0 else { return false }
            memory.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
            count += text.count
            return true
        }
        // The last word holds some bytes of the one before, unless all are whole.
        let last = text.count - wordSize
        var offset = 0
        while true {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard ASCII.escapedInJSON(word) == 0 else { return false }
            memory.storeBytes(of: word, toByteOffset: count + offset, as: UInt64.self)
            if offset == last { break }
            offset = min(offset + wordSize, last)
        }
        count += text.count
        return true
    }

    /// Fewer than eight bytes as one word, zeros behind them.
    private static func word(of source: UnsafeRawPointer, count: Int) -> UInt64 {
        switch count {
        case 4...:
            let first = source.loadUnaligned(as: UInt32.self)
            let last = source.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            return UInt64(first) | UInt64(last) << (8 * (count - 4))
        case 2...:
            let first = source.loadUnaligned(as: UInt16.self)
            let last = source.loadUnaligned(fromByteOffset: count - 2, as: UInt16.self)
            return UInt64(first) | UInt64(last) << (8 * (count - 2))
        case 1: return UInt64(source.load(as: UInt8.self))
        default: return 0
        }
    }
}
