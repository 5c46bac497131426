/// Hides the logins of URLs in a body: each byte between `//` and an `@` becomes an asterisk, so that lengths and offsets
/// stay. The slashes may be percent-encoded, as in a form, or have a backslash before them, as in JSON. Pure.
public struct SecretLogins: Sendable {
    /// A login that is longer, or that has not ended after so many bytes, is not looked for.
    private static let longest = 4096
    private static let star = UInt8(ascii: "*")
    /// The last bytes before those that come: they tell whether slashes begin a URL.
    private var context: [UInt8] = []

    /// At the beginning of a body.
    public init() {}

    /// - Parameters:
    ///   - bytes: a piece of a body, with what was held back of the one before.
    ///   - isForm: an `&` ends a value, and a plus is a blank.
    ///   - isLast: no piece follows.
    /// - Returns: how many bytes at the end may belong to a login that has not ended, and are to come again with the next
    ///   piece; 0 with the last one.
    public mutating func hide(_ bytes: inout [UInt8], isForm: Bool, isLast: Bool) -> Int {
        let text = context + bytes
        var open = 0
        let logins = text.withUnsafeBufferPointer { text in
            var scanner = Scanner(text: text, isForm: isForm, isLast: isLast)
            let logins = scanner.logins(from: context.count)
            open = scanner.open
            return logins
        }
        for login in logins { for index in login { bytes[index - context.count] = Self.star } }
        context = Array(text.dropLast(open).suffix(3))
        return open
    }

    /// A byte that is meant, and how many stand for it.
    private typealias Unit = (meant: UInt8, length: Int)

    private struct Scanner {
        let text: UnsafeBufferPointer<UInt8>
        let isForm: Bool
        let isLast: Bool
        private(set) var open = 0

        init(text: UnsafeBufferPointer<UInt8>, isForm: Bool, isLast: Bool) {
            (self.text, self.isForm, self.isLast) = (text, isForm, isLast)
        }

        /// Where they stand, in order.
        mutating func logins(from start: Int) -> [Range<Int>] {
            var logins: [Range<Int>] = []
            var index = start
            while index < text.count {
                guard mayBeSlash(text[index]) else {
                    index += 1
                    continue
                }
                guard let first = unit(at: index) else {
                    hold(from: index)
                    break
                }
                let next = index + first.length
                guard first.meant == UInt8(ascii: "/") else {
                    index = next
                    continue
                }
                guard next < text.count, let second = unit(at: next) else {
                    hold(from: index)
                    break
                }
                guard second.meant == UInt8(ascii: "/"), beginsURL(index) else {
                    index = next
                    continue
                }
                let start = next + second.length
                let (end, at) = authority(from: start, isEncoded: first.length == 3)
                if end == nil { hold(from: index) }
                if let at, end != nil || isLast { logins.append(start..<at) }
                guard let end else { break }
                index = end
            }
            return logins
        }

        private mutating func hold(from index: Int) {
            let count = text.count - index
            if !isLast, count <= longest { open = count }
        }

        private func mayBeSlash(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\")
        }

        /// What stands at a place; nil where the piece ends before that is known.
        private func unit(at index: Int) -> Unit? {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.count else { return isLast ? (byte, 1) : nil }
                guard let high = digit(index + 1), let low = digit(index + 2) else { return (byte, 1) }
                return (high << 4 | low, 3)
            }
            guard byte == UInt8(ascii: "\\") else { return (byte, 1) }
            guard index + 1 < text.count else { return isLast ? (byte, 1) : nil }
            return text[index + 1] == UInt8(ascii: "/") ? (UInt8(ascii: "/"), 2) : (byte, 1)
        }

        private func digit(_ index: Int) -> UInt8? {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"):
                return (byte | 0x20) - UInt8(ascii: "a") + 10
            default: return nil
            }
        }

        /// Whether the slashes at `index` stand behind a scheme's colon or the like, and not within a path.
        private func beginsURL(_ index: Int) -> Bool {
            guard index > 0 else { return true }
            if index > 2, text[index - 3] == UInt8(ascii: "%"), digit(index - 2) != nil,
                digit(index - 1) != nil
            {
                return text[index - 2] != UInt8(ascii: "2") || text[index - 1] | 0x20 != UInt8(ascii: "f")
            }
            let byte = text[index - 1]
            return !ASCII.isUnreserved(byte) && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "%")
        }

        /// Where the authority ends that begins at `start`, nil where the piece ends before, and where its last `@` is. That
        /// of a URL which is not encoded has no encoded delimiters: they belong to the login.
        private func authority(from start: Int, isEncoded: Bool) -> (end: Int?, at: Int?) {
            var at: Int?
            var index = start
            while index < text.count {
                guard let unit = unit(at: index) else { return (nil, at) }
                if unit.length < 3 || isEncoded {
                    if ends(unit.meant, isRaw: unit.length == 1) { return (index, at) }
                    if unit.meant == UInt8(ascii: "@"), index > start { at = index }
                }
                index += unit.length
                if index - start > longest { return (index, at) }
            }
            return (nil, at)
        }

        private func ends(_ byte: UInt8, isRaw: Bool) -> Bool {
            switch byte {
            case 0...0x20, 0x7F, UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\""),
                UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"):
                true
            case UInt8(ascii: "&"), UInt8(ascii: "+"): isForm && isRaw
            default: false
            }
        }
    }
}
