import HTTPClient
import HTTPCore

/// JSON objects, one a line, in memory of their own that is written out and filled again.
///
/// A busy run writes some hundred thousand lines a second, so what is fixed of a line is copied as it stands: names of
/// members come with their quotes and commas, and nothing is counted or shared on the way.
struct EventLine: ~Copyable {
    private var start = UnsafeMutableRawPointer.allocate(byteCount: 1024, alignment: 16)
    private var capacity = 1024
    /// How many bytes there are. No sum with it is checked: all of them are of memory that exists.
    private(set) var count = 0
    private let texts = FixedTexts.shared

    private static let wide = MemoryLayout<SIMD64<UInt8>>.size
    /// The digits of a number and its sign.
    private static let mostDigits = 20

    /// A text that is copied whole registers at a time.
    private struct FixedText {
        var bytes = SIMD64<UInt8>(repeating: 0)
        var count = 0

        mutating func append(_ text: String) {
            for byte in text.utf8 {
                bytes[count] = byte
                count += 1
            }
        }
    }

    /// A shorter one.
    private struct FixedName {
        let bytes: SIMD32<UInt8>
        let count: Int

        init(_ text: FixedText) { (bytes, count) = (text.bytes.lowHalf, text.count) }
    }

    /// What is fixed of lines. Each line holds on to it: to reach a static property takes longer than to copy a name.
    private final class FixedTexts: Sendable {
        static let shared = FixedTexts()

        let keys = (0..<64).map { index in
            var text = FixedText()
            if let member = EventMember(rawValue: index) {
                text.append(",\"")
                text.append(member.name)
                text.append("\":")
            }
            return FixedName(text)
        }
        let openings = (0..<32).map { index in
            var text = FixedText()
            guard let event = EventName(rawValue: index) else { return text }
            text.append("{\"v\":")
            text.append(String(EventSchema.version))
            text.append(",\"event\":\"")
            text.append(event.name)
            text.append("\",\"t_us\":")
            return text
        }
    }

    /// Bytes that come again and again, copied as `FixedText` is. Passed as `inout` where they are added: by value, all of it
    /// would be copied twice.
    struct Piece {
        static let mostBytes = 2 * EventLine.wide
        var isEmpty: Bool { count == 0 }
        fileprivate var text = InlineArray<2, SIMD64<UInt8>>(repeating: SIMD64(repeating: 0))
        fileprivate var count = 0

        init() {}

        /// Empties it.
        mutating func forget() { count = 0 }

        /// nil for what is too long to be one.
        init?(_ bytes: some Collection<UInt8>) {
            guard bytes.count <= Self.mostBytes else { return nil }
            for byte in bytes {
                text[count / EventLine.wide][count % EventLine.wide] = byte
                count += 1
            }
        }
    }

    /// The ids of a transfer's events, as they stand in its lines.
    struct IDs {
        private(set) var transfer: Int
        fileprivate private(set) var place = TransferEvent.Place()
        /// Those of `transfer` and of `place`; empty = not written yet.
        fileprivate var piece = Piece()
        /// So many bytes of it come before that of the connection, which is the last one.
        fileprivate var countWithoutConnection = 0

        init(transfer: Int) { self.transfer = transfer }

        /// Makes them those of another transfer.
        mutating func restart(_ transfer: Int) {
            self.transfer = transfer
            piece.forget()
        }

        /// Makes them those of an event in `place`.
        mutating func move(to place: TransferEvent.Place) {
            let isSame =
                self.place.connection == place.connection && self.place.attempt == place.attempt
                && self.place.hop == place.hop
            if isSame { return }
            piece.forget()
            self.place = place
        }
    }

    deinit { start.deallocate() }

    /// What is there; lent until the line changes.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    /// The text as it stands between the quotes of a string.
    static func escaped(_ text: String) -> [UInt8] { Array(jsonString(text).utf8.dropFirst().dropLast()) }

    // MARK: Members

    /// Begins a line.
    mutating func begin(_ event: EventName, microseconds: Int) {
        let opening = texts.openings[event.rawValue]
        reserve(Self.wide + Self.mostDigits)
        let place = start + count
        place.storeBytes(of: opening.bytes, as: SIMD64<UInt8>.self)
        count &+= opening.count &+ Self.write(microseconds, to: place + opening.count)
    }

    /// Begins a line of another kind: `{"name":"text"`.
    mutating func begin(_ name: StaticString, _ text: String) {
        append(UInt8(ascii: "{"))
        putName(name)
        append(text)
    }

    /// The ids of an event, that of the connection only if it `hasConnection`.
    mutating func add(_ ids: inout IDs, hasConnection: Bool = true) {
        let first = count
        if ids.piece.isEmpty { write(&ids) } else { add(members: &ids.piece) }
        if !hasConnection { count = first &+ ids.countWithoutConnection }
    }

    /// Adds ids that were not written before.
    private mutating func write(_ ids: inout IDs) {
        let first = count
        add(.transfer, ids.transfer)
        add(.attempt, Int(ids.place.attempt))
        add(.hop, Int(ids.place.hop))
        ids.countWithoutConnection = count &- first
        if ids.place.connection >= 0 { add(.connection, ids.place.connection) }
        copy(from: first, to: &ids.piece)
    }

    /// Members that were written before, commas included.
    mutating func add(members piece: inout Piece) {
        reserve(Piece.mostBytes)
        let place = start + count
        place.storeBytes(of: piece.text[0], as: SIMD64<UInt8>.self)
        if piece.count > Self.wide {
            place.storeBytes(of: piece.text[1], toByteOffset: Self.wide, as: SIMD64<UInt8>.self)
        }
        count &+= piece.count
    }

    /// Makes `piece` what was added since there were `first` bytes, or empty where that is too long for one.
    mutating func copy(from first: Int, to piece: inout Piece) {
        let more = count &- first
        piece.count = more > Piece.mostBytes ? 0 : more
        // What lies behind it is copied as well, and is nobody's.
        reserve(Piece.mostBytes)
        piece.text[0] = start.loadUnaligned(fromByteOffset: first, as: SIMD64<UInt8>.self)
        piece.text[1] = start.loadUnaligned(fromByteOffset: first &+ Self.wide, as: SIMD64<UInt8>.self)
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
        let key = texts.keys[member.rawValue]
        // More than a name and the longest number have together.
        reserve(Self.wide)
        let place = start + count
        place.storeBytes(of: key.bytes, as: SIMD32<UInt8>.self)
        count &+= key.count &+ Self.write(number, to: place + key.count)
    }

    mutating func add(_ member: EventMember, _ text: String) {
        put(member)
        append(text)
    }

    /// A URL in parts, the first of them with the member's name, escaped already.
    mutating func add(_ start: inout Piece, _ path: String, query: String? = nil) {
        add(members: &start)
        appendEscaped(path)
        if let query {
            append(UInt8(ascii: "?"))
            appendEscaped(query)
        }
        append(UInt8(ascii: "\""))
    }

    mutating func add(_ member: EventMember, _ flag: Bool) {
        put(member)
        reserve(MemoryLayout<UInt64>.size)
        // "true" and "false", the lowest byte first.
        (start + count).storeBytes(of: flag ? 0x65_7572_74 : 0x65_736C_6166, as: UInt64.self)
        count &+= flag ? 4 : 5
    }

    mutating func add(_ member: EventMember, _ list: [String]) {
        put(member)
        append(UInt8(ascii: "["))
        for (index, text) in list.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(text)
        }
        append(UInt8(ascii: "]"))
    }

    /// Ends a line.
    mutating func end() {
        reserve(2)
        // A brace and a line feed, the lower byte first.
        (start + count).storeBytes(of: 0x0A7D, as: UInt16.self)
        count &+= 2
    }

    /// Forgets the first `removed` bytes, which are written.
    mutating func remove(first removed: Int) {
        let rest = bytes[removed...]
        if let place = rest.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: rest).baseAddress {
            start.copyMemory(from: place, byteCount: rest.count)
        }
        count = rest.count
    }

    // MARK: Bytes

    /// Makes room for so many bytes more.
    private mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }

    private mutating func put(_ member: EventMember) {
        let key = texts.keys[member.rawValue]
        reserve(Self.wide)
        (start + count).storeBytes(of: key.bytes, as: SIMD32<UInt8>.self)
        count &+= key.count
    }

    private mutating func put(_ text: UnsafeRawBufferPointer) {
        guard let source = text.baseAddress else { return }
        reserve(text.count)
        (start + count).copyMemory(from: source, byteCount: text.count)
        count &+= text.count
    }

    private mutating func put(_ text: [UInt8]) { text.withUnsafeBytes { put($0) } }

    private mutating func append(_ byte: UInt8) {
        reserve(1)
        (start + count).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
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
        reserve(Self.mostDigits)
        count &+= Self.write(number, to: start + count)
    }

    /// Writes a number where there is room for `mostDigits`.
    /// - Returns: how many bytes it has.
    private static func write(_ number: Int, to place: UnsafeMutableRawPointer) -> Int {
        if 0..<10 ~= number {
            place.storeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number), as: UInt8.self)
            return 1
        }
        guard 0..<100_000_000 ~= number else { return write(long: number, to: place) }
        // Halves of the number side by side, then quarters, then digits; the first byte is the first digit.
        let halves = UInt64(number / 10_000) | UInt64(number % 10_000) << 32
        let hundreds = ((halves &* 5243) >> 19) & 0x0000_007f_0000_007f
        let quarters = hundreds | (halves &- hundreds &* 100) << 16
        let tens = ((quarters &* 103) >> 10) & 0x000f_000f_000f_000f
        let digits = tens | (quarters &- tens &* 10) << 8
        let zeros = digits.trailingZeroBitCount & ~7
        place.storeBytes(of: (digits | 0x3030_3030_3030_3030) >> UInt64(zeros), as: UInt64.self)
        return 8 &- zeros / 8
    }

    /// A number of more than eight digits, or a negative one.
    @inline(never)
    private static func write(long number: Int, to place: UnsafeMutableRawPointer) -> Int {
        let digits = String(number).utf8
        for (index, byte) in digits.enumerated() {
            place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        return digits.count
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
            (start + count).storeBytes(of: word, as: UInt64.self)
            count &+= text.count
            return true
        }
        // The last word holds some bytes of the one before, unless all are whole.
        let last = text.count - wordSize
        let place = start + count
        var offset = 0
        while true {
            let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard ASCII.escapedInJSON(word) == 0 else { return false }
            place.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            if offset == last { break }
            offset = min(offset &+ wordSize, last)
        }
        count &+= text.count
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
