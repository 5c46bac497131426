/// Hides the values of secret members in a body of JSON or form data, piece by piece: each byte of such a value becomes
/// an asterisk, so that lengths and offsets stay. What is between pieces is remembered. Pure.
///
/// A value that is an object or an array is hidden with all that is in it.
public struct SecretMembers: Sendable {
    /// What a body is made of.
    public enum Kind: Sendable {
        case json
        case form
        /// Parts between lines that begin with `delimiter`.
        case multipart(delimiter: [UInt8])
        /// Nothing that has members.
        case other

        /// What a Content-Type says.
        public init(contentType: String?) {
            let type = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter {
                $0 != " " && $0 != "\t"
            }
            if type.hasSuffix("/json") || type.hasSuffix("+json") || type.hasSuffix("json-seq")
                || type.hasSuffix("ndjson")
            {
                self = .json
            } else if type == "application/x-www-form-urlencoded" {
                self = .form
            } else if type.hasPrefix("multipart/"), let boundary = Self.boundary(contentType ?? "") {
                self = .multipart(delimiter: [0x2D, 0x2D] + boundary.utf8)
            } else {
                self = .other
            }
        }

        private static func boundary(_ contentType: String) -> String? {
            for part in contentType.split(separator: ";").dropFirst() {
                let pair = part.drop { $0 == " " || $0 == "\t" }
                guard pair.lowercased().hasPrefix("boundary=") else { continue }
                return pair.dropFirst(9).filter { $0 != "\"" && $0 != " " }
            }
            return nil
        }
    }

    private enum State {
        /// JSON: between texts. Form: in a name. Multipart: in the lines before a part's content.
        case outside
        /// In a text of JSON that may be a name.
        case text
        /// Behind the name of a secret, before its value.
        case beforeValue
        case secretText
        case secretWord
        /// In a hidden object or array, at this depth.
        case secretTree(Int)
        /// A text within one.
        case textOfTree(Int)
        /// A form's value, hidden or not; a part's content.
        case value(isSecret: Bool)
    }

    private let kind: Kind
    private var state = State.outside
    private var isEscaped = false
    /// The name that is being read, or was read last.
    private var name: [UInt8] = []
    /// A part's own fields name a secret.
    private var isSecretPart = false
    private static let longestName = 256
    private static let star = UInt8(ascii: "*")

    /// At the beginning of a body.
    public init(_ kind: Kind) {
        self.kind = kind
    }

    /// Hides what is secret in the next piece.
    public mutating func hide(_ piece: inout [UInt8]) {
        switch kind {
        case .other: return
        case .json: for index in piece.indices { json(&piece[index]) }
        case .form: for index in piece.indices { form(&piece[index]) }
        case .multipart(let delimiter):
            for index in piece.indices { multipart(&piece[index], delimiter) }
        }
    }

    // MARK: JSON

    private mutating func json(_ byte: inout UInt8) {
        switch state {
        case .outside, .value: outside(byte)
        case .text:
            guard endsText(byte) else {
                if name.count < Self.longestName { name.append(byte) }
                return
            }
            state = .outside
        case .beforeValue: beginValue(&byte)
        case .secretText:
            if endsText(byte) { state = .outside } else { byte = Self.star }
        case .secretWord:
            if Self.endsWord(byte) {
                state = .outside
                outside(byte)
            } else {
                byte = Self.star
            }
        case .secretTree(let depth): inTree(&byte, depth)
        case .textOfTree(let depth):
            if endsText(byte) { state = .secretTree(depth) } else { byte = Self.star }
        }
    }

    private mutating func outside(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            name = []
            state = .text
        case UInt8(ascii: ":"):
            if isSecret(Self.unescaped(name)) { state = .beforeValue }
            name = []
        case 0x20, 0x09, 0x0A, 0x0D: break
        default: name = []
        }
    }

    private mutating func beginValue(_ byte: inout UInt8) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: break
        case UInt8(ascii: "\""): state = .secretText
        case UInt8(ascii: "{"), UInt8(ascii: "["): state = .secretTree(1)
        case _ where Self.endsWord(byte): state = .outside
        default:
            byte = Self.star
            state = .secretWord
        }
    }

    private mutating func inTree(_ byte: inout UInt8, _ depth: Int) {
        switch byte {
        case UInt8(ascii: "\""): state = .textOfTree(depth)
        case UInt8(ascii: "{"), UInt8(ascii: "["): state = .secretTree(min(depth, .max - 1) + 1)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): state = depth > 1 ? .secretTree(depth - 1) : .outside
        case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D: break
        default: byte = Self.star
        }
    }

    /// Whether a text ends with this byte; keeps track of escapes.
    private mutating func endsText(_ byte: UInt8) -> Bool {
        if isEscaped {
            isEscaped = false
            return false
        }
        isEscaped = byte == UInt8(ascii: "\\")
        return byte == UInt8(ascii: "\"")
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x00...0x20: true
        default: false
        }
    }

    /// A name with the escapes of its ASCII characters undone: no other ones are in names of secrets.
    private static func unescaped(_ name: [UInt8]) -> [UInt8] {
        guard name.contains(UInt8(ascii: "\\")) else { return name }
        var result: [UInt8] = []
        var rest = name[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let mark = rest.popFirst() else {
                result.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(4), as: UTF8.self)
            if mark == UInt8(ascii: "u"), digits.utf8.count == 4, let unit = UInt8(digits, radix: 16) {
                result.append(unit)
                rest = rest.dropFirst(4)
            } else {
                result.append(mark)
            }
        }
        return result
    }

    // MARK: Forms

    private mutating func form(_ byte: inout UInt8) {
        switch (byte, state) {
        case (UInt8(ascii: "&"), _):
            name = []
            state = .outside
        case (UInt8(ascii: "="), .outside):
            let plain = name.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
            state = .value(isSecret: isSecret(PercentCoding.decodeLeniently(plain)))
        case (_, .value(isSecret: true)): byte = Self.star
        case (_, .outside): if name.count < Self.longestName { name.append(byte) }
        default: break
        }
    }

    private mutating func multipart(_ byte: inout UInt8, _ delimiter: [UInt8]) {
        let original = byte
        // Line ends and what may be a delimiter stay.
        let isFrame = original == 0x0A || original == 0x0D || delimiter.starts(with: name + [original])
        if case .value(isSecret: true) = state, !isFrame { byte = Self.star }
        if original == 0x0A {
            endLine(delimiter)
            name = []
        } else if name.count < Self.longestName {
            name.append(original)
        }
    }

    private mutating func endLine(_ delimiter: [UInt8]) {
        let line = name.last == 0x0D ? name.dropLast() : name[...]
        if line.starts(with: delimiter) {
            state = .outside
            isSecretPart = false
        } else if case .outside = state {
            if line.isEmpty { state = .value(isSecret: isSecretPart) } else { readPartField(line) }
        }
    }

    private mutating func readPartField(_ line: ArraySlice<UInt8>) {
        let text = String(decoding: line, as: UTF8.self)
        guard text.lowercased().hasPrefix("content-disposition:") else { return }
        for part in text.split(separator: ";") {
            let pair = part.drop { $0 == " " }
            guard pair.lowercased().hasPrefix("name=") else { continue }
            let value = pair.dropFirst(5).filter { $0 != "\"" }
            if isSecret(Array(value.utf8)) { isSecretPart = true }
        }
    }

    private func isSecret(_ name: [UInt8]) -> Bool {
        !name.isEmpty && SecretNames.contains(String(decoding: name, as: UTF8.self))
    }
}
