/// Hides the values of secret members in a body of JSON or form data, piece by piece: each byte of such a value becomes
/// an asterisk, so that lengths and offsets stay. What is between pieces is remembered. Pure.
///
/// A value that is an object or an array is hidden with all that is in it. A body that begins as JSON does is taken for it even
/// if its type says something else: `-d` calls everything a form, and many servers call JSON a plain text.
public struct SecretMembers: Sendable {
    /// What a body is made of.
    public enum Kind: Sendable {
        /// One value or many, also with other text around them, as in an event stream.
        case json
        case form
        /// Parts between lines that begin with `delimiter`.
        case multipart(delimiter: [UInt8])
        /// Nothing that has members, as far as its type says.
        case other

        /// What a Content-Type says.
        public init(contentType: String?) {
            let type = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter {
                $0 != " " && $0 != "\t"
            }
            // Its forms are many: json, problem+json, json-seq, x-ndjson, jsonl.
            if type.contains("json") || type == "text/event-stream" {
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

    /// What it is made of; as its type says until its first byte has come.
    public private(set) var kind: Kind
    /// Whether an `&` ends a value, and a plus is a blank.
    package var isForm: Bool { if case .form = kind { true } else { false } }
    /// Whether the first bytes of the body have told if it is JSON.
    private var isSettled: Bool
    /// What may be a form began with a bracket.
    private var hasBracket = false
    private var state = State.outside
    private var isEscaped = false
    /// The name that is being read, or was read last.
    private var name: [UInt8] = []
    /// A part's own fields name a secret.
    private var isSecretPart = false
    /// What a part's own fields say that it is made of. A multipart within another one is not looked into.
    private var partKind = Kind.other
    /// What hides secrets in the part, or in the form's value, that comes; empty where there is none, or one.
    private var part: [SecretMembers] = []
    /// A percent-escape of a form's value, as far as it has come.
    private var escape: [UInt8] = []
    private static let longestName = 256
    private static let star = UInt8(ascii: "*")

    /// At the beginning of a body.
    public init(_ kind: Kind) {
        self.kind = kind
        isSettled =
            switch kind {
            case .json, .multipart: true
            case .form, .other: false
            }
    }

    /// Hides what is secret in the next piece.
    public mutating func hide(_ piece: inout [UInt8]) {
        var start = 0
        while !isSettled, start < piece.count {
            hide(&piece[start])
            start += 1
        }
        switch kind {
        case .other: return
        case .json: for index in start..<piece.count { json(&piece[index]) }
        case .form: for index in start..<piece.count { form(&piece[index]) }
        case .multipart(let delimiter):
            for index in start..<piece.count { multipart(&piece[index], delimiter) }
        }
    }

    /// Hides the next byte if it is secret.
    private mutating func hide(_ byte: inout UInt8) {
        if !isSettled { settle(by: byte) }
        switch kind {
        case .other: return
        case .json: json(&byte)
        case .form: form(&byte)
        case .multipart(let delimiter): multipart(&byte, delimiter)
        }
    }

    /// Looks whether a body that may be something else begins as JSON does.
    private mutating func settle(by byte: UInt8) {
        switch byte {
        // Blanks, and the mark that some put before UTF-8.
        case 0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF: return
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if case .form = kind, !hasBracket {
                // `[name]=value` is a pair of a form.
                hasBracket = true
                return
            }
            kind = .json
        default:
            if hasBracket, !ASCII.isLetter(byte) { kind = .json }
        }
        if case .json = kind { (state, name) = (.outside, []) }
        isSettled = true
    }

    // MARK: JSON

    private mutating func json(_ byte: inout UInt8) {
        switch state {
        case .outside, .value: outside(byte)
        case .text:
            // No text of JSON goes over the end of a line: one that was cut short ends there.
            guard endsText(byte) || byte == ASCII.lf else {
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
            (part, escape) = ([], [])
            state = .outside
        case (UInt8(ascii: "="), .outside):
            let plain = name.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
            state = .value(isSecret: isSecret(PercentCoding.decodeLeniently(plain)))
            // It may be JSON.
            if case .value(isSecret: false) = state { part = [SecretMembers(.other)] }
        case (_, .value(isSecret: true)): byte = Self.star
        case (_, .value(isSecret: false)): formValue(&byte)
        case (_, .outside): if name.count < Self.longestName { name.append(byte) }
        default: break
        }
    }

    /// Reads the next byte of a value that has members of its own if it is JSON, percent-encoded or not.
    private mutating func formValue(_ byte: inout UInt8) {
        guard !part.isEmpty else { return }
        guard !escape.isEmpty || byte == UInt8(ascii: "%") else {
            if isSecretPlain(byte == UInt8(ascii: "+") ? 0x20 : byte) { byte = Self.star }
            return
        }
        escape.append(byte)
        let isWithinSecret = part[0].isWithinSecret
        if escape.count == 3 {
            let plain = PercentCoding.decodeLeniently(escape)
            escape = []
            for plain in plain where isSecretPlain(plain) { byte = Self.star }
        }
        if isWithinSecret { byte = Self.star }
    }

    private mutating func isSecretPlain(_ plain: UInt8) -> Bool {
        var shown = plain
        part[0].hide(&shown)
        return shown != plain
    }

    private var isWithinSecret: Bool {
        switch state {
        case .secretText, .secretWord, .secretTree, .textOfTree: true
        case .outside, .text, .beforeValue, .value: false
        }
    }

    private mutating func multipart(_ byte: inout UInt8, _ delimiter: [UInt8]) {
        let original = byte
        // Line ends and what may be a delimiter stay.
        let isFrame =
            original == 0x0A || original == 0x0D || name.starts(with: delimiter)
            || delimiter.starts(with: name + [original])
        if case .value(let isSecret) = state {
            var shown = Self.star
            if !isSecret {
                shown = original
                if !part.isEmpty { part[0].hide(&shown) }
            }
            if !isFrame { byte = shown }
        }
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
            (partKind, part) = (.other, [])
        } else if case .outside = state {
            if line.isEmpty {
                state = .value(isSecret: isSecretPart)
                part = isSecretPart ? [] : [SecretMembers(partKind)]
            } else {
                readPartField(line)
            }
        }
    }

    private mutating func readPartField(_ line: ArraySlice<UInt8>) {
        let text = String(decoding: line, as: UTF8.self)
        if text.lowercased().hasPrefix("content-type:") {
            partKind = Kind(contentType: String(text.dropFirst("content-type:".count)))
            if case .multipart = partKind { partKind = .other }
        }
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
