import Glibc

/// A URL with sets (`{a,b}`) and ranges (`[1-9]`, `[01-99:2]`, `[a-z]`), which stands for many URLs.
///
/// The URLs are made one at a time from their index, so that a trillion of them cost nothing. The rightmost
/// set or range changes fastest. `[]` and IPv6 addresses are plain text; `\{ \} \[ \]` are the characters themselves.
struct URLGlob: Sequence {
    /// One of the URLs, and what each set and range stood for in it.
    struct Combination: Equatable {
        var url: String
        /// The values that `#1`, `#2`, … stand for in an output name.
        var values: [String] = []
        /// Positions in `values` of the globs that have a name, for `#<name>`.
        var names: [String: Int] = [:]
    }

    enum Piece: Equatable {
        case literal(String)
        case set([String])
        case letters(first: UInt8, step: Int, count: Int)
        /// `width` 0 pads nothing.
        case numbers(first: Int, step: Int, count: Int, width: Int)

        var count: Int {
            switch self {
            case .literal: 1
            case .set(let items): items.count
            case .letters(_, _, let count), .numbers(_, _, let count, _): count
            }
        }
    }

    private(set) var pieces: [Piece]
    /// How many URLs there are; always at least 1.
    private(set) var count = 1
    private var names: [String: Int] = [:]
    /// No URL of them is longer.
    private let mostBytes: Int

    /// A URL in which braces and brackets mean themselves (`-g`).
    init(literal url: String) {
        pieces = [.literal(url)]
        mostBytes = url.utf8.count
    }

    /// Throws when a set or range is malformed, a name occurs twice, or the number of URLs needs more than 63 bits.
    init(_ text: String) throws(URLGlobError) {
        var parser = URLGlobParser(text)
        try parser.parse()
        pieces = parser.pieces
        names = parser.names
        mostBytes = pieces.reduce(0) { $0 + $1.mostBytes }
        for piece in pieces {
            let (product, overflow) = count.multipliedReportingOverflow(by: piece.count)
            if overflow { throw parser.error("the sets and ranges make too many URLs", at: nil) }
            count = product
        }
    }

    /// The URL number `index`, from 0 to `count - 1`, and what it is made of.
    subscript(index: Int) -> Combination {
        var values: [String] = []
        forEachPiece(of: index) { piece, position in
            if case .literal = piece { return }
            values.append(piece.text(at: position))
        }
        return Combination(url: url(at: index), values: values, names: names)
    }

    /// The URL number `index` alone.
    func url(at index: Int) -> String {
        if pieces.count == 1, case .literal(let text) = pieces[0] { return text }
        return String(unsafeUninitializedCapacity: mostBytes) { buffer in
            var end = 0
            forEachPiece(of: index) { piece, position in
                end += piece.write(position, to: UnsafeMutableBufferPointer(rebasing: buffer[end...]))
            }
            return end
        }
    }

    /// The rightmost piece changes fastest: what is left of it advances once in as many steps as lie to its right.
    private func forEachPiece(of index: Int, _ body: (Piece, Int) -> Void) {
        var stride = count
        for piece in pieces {
            stride /= piece.count
            body(piece, index / stride % piece.count)
        }
    }

    func makeIterator() -> Iterator {
        Iterator(glob: self)
    }

    struct Iterator: IteratorProtocol {
        fileprivate let glob: URLGlob
        private var index = 0

        fileprivate init(glob: URLGlob) {
            self.glob = glob
        }

        mutating func next() -> Combination? {
            guard index < glob.count else { return nil }
            defer { index += 1 }
            return glob[index]
        }
    }
}

/// What is wrong in a URL's sets and ranges, and where. Exit status 3.
struct URLGlobError: Error, Equatable, CustomStringConvertible {
    var message: String
    /// In characters, from 1; 0 when the whole URL is meant.
    var position: Int
    var url: String

    /// The message and position, to stand above `picture`.
    var description: String {
        guard position > 0 else { return "\(message) in URL \(shown)" }
        return "\(message) in URL position \(position)" + (picture.isEmpty ? "" : ":")
    }

    /// The URL with asterisks for its secrets.
    private var shown: String { SecretRedactor.masked(url, isURL: true) }

    /// The URL and a caret below the place; nothing when there is no place, or the URL is too long for that.
    var picture: [String] {
        guard position > 0, url.utf8.count <= 512 else { return [] }
        return [shown, String(repeating: " ", count: position - 1) + "^"]
    }
}

extension URLGlob.Piece {
    /// Every value fits into so many bytes.
    fileprivate var mostBytes: Int {
        switch self {
        case .literal(let text): text.utf8.count
        case .set(let items): items.lazy.map(\.utf8.count).max() ?? 0
        case .letters: 1
        // 2^63 has nineteen digits.
        case .numbers(_, _, _, let width): max(width, 19)
        }
    }

    fileprivate func text(at position: Int) -> String {
        String(unsafeUninitializedCapacity: mostBytes) { write(position, to: $0) }
    }

    /// Writes a value, for which there must be room, and says how many bytes it has.
    fileprivate func write(_ position: Int, to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        switch self {
        case .literal(let text): return Self.copy(text, to: buffer)
        case .set(let items): return Self.copy(items[position], to: buffer)
        case .letters(let first, let step, _):
            buffer[0] = first + UInt8(position * step)
            return 1
        case .numbers(let first, let step, _, let width):
            let number = first + position * step
            var (digits, left) = (1, number / 10)
            while left > 0 { (digits, left) = (digits + 1, left / 10) }
            let count = max(digits, width)
            left = number
            for index in (0..<count).reversed() {
                buffer[index] = UInt8(ascii: "0") + UInt8(left % 10)
                left /= 10
            }
            return count
        }
    }

    private static func copy(_ text: String, to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = text.utf8.withContiguousStorageIfAvailable { bytes in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(bytes))
            return bytes.count
        }
        return count ?? buffer.update(fromContentsOf: text.utf8)
    }
}

/// Cuts the text into pieces in one pass over its bytes.
private struct URLGlobParser {
    private static let mostPieces = 255
    private static let mostItems = 100_000
    /// From the first letter to the last.
    private static let widestLetters = 25

    private let text: String
    private let bytes: [UInt8]
    private var position = 0
    private var globCount = 0
    private(set) var pieces: [URLGlob.Piece] = []
    private(set) var names: [String: Int] = [:]

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    /// `offset` in bytes; nil for errors that have no place.
    func error(_ message: String, at offset: Int?) -> URLGlobError {
        guard let offset else { return URLGlobError(message: message, position: 0, url: text) }
        let before = String(decoding: bytes[..<offset], as: UTF8.self)
        return URLGlobError(message: message, position: before.count + 1, url: text)
    }

    mutating func parse() throws(URLGlobError) {
        var literal: [UInt8] = []
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "{"):
                try add(literal: &literal)
                try parseSet()
            case UInt8(ascii: "["):
                if let end = endOfPlainBracket() {
                    literal += bytes[position..<end]
                    position = end
                } else {
                    try add(literal: &literal)
                    try parseRange()
                }
            case UInt8(ascii: "}"): throw error("a } without its {", at: position)
            case UInt8(ascii: "]"): throw error("a ] without its [", at: position)
            case UInt8(ascii: "\\") where position + 1 < bytes.count && isGlobCharacter(bytes[position + 1]):
                literal.append(bytes[position + 1])
                position += 2
            case let byte:
                literal.append(byte)
                position += 1
            }
        }
        try add(literal: &literal)
        if pieces.isEmpty { pieces = [.literal("")] }
    }

    private mutating func add(literal: inout [UInt8]) throws(URLGlobError) {
        guard !literal.isEmpty else { return }
        try add(.literal(String(decoding: literal, as: UTF8.self)))
        literal = []
    }

    private mutating func add(_ piece: URLGlob.Piece) throws(URLGlobError) {
        guard pieces.count < Self.mostPieces else {
            throw error("more than \(Self.mostPieces) pieces", at: position)
        }
        pieces.append(piece)
        if case .literal = piece { return }
        globCount += 1
    }

    private func isGlobCharacter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "]")
    }

    // MARK: Sets

    private mutating func parseSet() throws(URLGlobError) {
        let start = position
        position += 1
        try parseName()
        var items: [String] = []
        var item: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "}") where items.isEmpty && item.isEmpty:
                throw error("an empty set {}", at: start)
            case UInt8(ascii: ","), UInt8(ascii: "}"):
                guard items.count < Self.mostItems else {
                    throw error("more than \(Self.mostItems) items in a set", at: position)
                }
                items.append(String(decoding: item, as: UTF8.self))
                item = []
                position += 1
                if byte == UInt8(ascii: "}") {
                    try add(.set(items))
                    return
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                throw error("a set or range within a set", at: position)
            case UInt8(ascii: "]"): throw error("a ] without its [", at: position)
            case UInt8(ascii: "\\") where position + 1 < bytes.count:
                item.append(bytes[position + 1])
                position += 2
            default:
                item.append(byte)
                position += 1
            }
        }
        throw error("a { without its }", at: start)
    }

    /// `<name>` right after the opening brace or bracket.
    private mutating func parseName() throws(URLGlobError) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "<") else { return }
        let start = position + 1
        let end = bytes[start...].firstIndex { !isNameCharacter($0) } ?? bytes.count
        guard end > start, end < bytes.count, bytes[end] == UInt8(ascii: ">") else {
            throw error("no set or range name like <name>", at: position)
        }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard names.updateValue(globCount, forKey: name) == nil else {
            throw error("a second set or range named \(name)", at: start)
        }
        position = end + 1
    }

    private func isNameCharacter(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber) || character == "_"
            || character == "-"
    }

    // MARK: Ranges

    /// The end of `[]` or of an IPv6 address in brackets, which are no ranges.
    private func endOfPlainBracket() -> Int? {
        guard let close = bytes[position...].prefix(80).firstIndex(of: UInt8(ascii: "]")) else { return nil }
        let inside = bytes[(position + 1)..<close]
        if inside.isEmpty { return close + 1 }
        let address = inside.prefix { $0 != UInt8(ascii: "%") }
        var binary = in6_addr()
        guard inet_pton(AF_INET6, String(decoding: address, as: UTF8.self), &binary) == 1 else { return nil }
        return close + 1
    }

    private mutating func parseRange() throws(URLGlobError) {
        let start = position
        position += 1
        try parseName()
        let first = position
        guard let close = bytes[first...].firstIndex(of: UInt8(ascii: "]")) else {
            throw error("a [ without its ]", at: start)
        }
        let parts = bytes[first..<close].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count <= 2, ends.count == 2 else { throw badSyntax(at: first) }
        let step = parts.count == 2 ? number(parts[1]) : 1
        guard let step else { throw badSyntax(at: first) }
        if let low = letter(ends[0]), let high = letter(ends[1]) {
            // From capitals to small letters the signs between them are among the values.
            guard Int(high) - Int(low) <= Self.widestLetters,
                let count = steps(from: Int(low), to: Int(high), by: step)
            else {
                throw error("bad range", at: first)
            }
            try add(.letters(first: low, step: step, count: count))
        } else if isDigits(ends[0]), isDigits(ends[1]) {
            guard let low = number(ends[0]), let high = number(ends[1]),
                let count = steps(from: low, to: high, by: step)
            else { throw error("bad range", at: first) }
            let isPadded = ends[0].count > 1 && ends[0].first == UInt8(ascii: "0")
            try add(.numbers(first: low, step: step, count: count, width: isPadded ? ends[0].count : 0))
        } else {
            throw badSyntax(at: first)
        }
        position = close + 1
    }

    private func badSyntax(at offset: Int) -> URLGlobError {
        // As in ?filter[name]=x.
        let hint = bytes[..<offset].contains(UInt8(ascii: "?")) ? " (-g takes brackets as they are)" : ""
        return error("no range like [1-9], [01-99], [a-z] or [1-9:2]\(hint)", at: offset)
    }

    /// How many values a range has; nil if it goes down, stands still on a step, or steps over its own end.
    private func steps(from low: Int, to high: Int, by step: Int) -> Int? {
        guard step > 0, low <= high, low == high ? step == 1 : step <= high - low else { return nil }
        let (count, overflow) = ((high - low) / step).addingReportingOverflow(1)
        return overflow ? nil : count
    }

    private func letter(_ text: ArraySlice<UInt8>) -> UInt8? {
        guard text.count == 1, let byte = text.first else { return nil }
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") ? byte : nil
    }

    private func isDigits(_ text: ArraySlice<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    private func number(_ text: ArraySlice<UInt8>) -> Int? {
        guard isDigits(text) else { return nil }
        return Int(String(decoding: text, as: UTF8.self))
    }
}
