import HTTPCore

/// How something that came is compared with what was written down: an operator and a value.
package struct Comparison: Equatable, Sendable {
    /// In the order in which they are looked for: the longer of two that begin alike first.
    package enum Operator: String, CaseIterable, Sendable {
        case equal = "=="
        case notEqual = "!="
        case notLike = "!~"
        case atMost = "<="
        case atLeast = ">="
        case begins = "^="
        case ends = "$="
        case holds = "*="
        case less = "<"
        case more = ">"
        case like = "~"

        /// What follows is compared as a text, whatever it looks like.
        var isOfText: Bool {
            switch self {
            case .like, .notLike, .begins, .ends, .holds: true
            default: false
            }
        }

        /// The operator that `text` begins with.
        static func first(of text: some Collection<UInt8>) -> Operator? {
            allCases.first { text.starts(with: $0.rawValue.utf8) }
        }
    }

    let op: Operator
    /// As it was written, and as it is if that is JSON.
    let written: [UInt8]
    let json: JSONValue?
    /// The content of a string, or else what was written.
    let text: [UInt8]
    /// For `~` and `!~`.
    let pattern: Pattern?
    /// It is no UTF-8, and so is about bytes and not about text in any charset.
    let isOfBytes: Bool

    package static func == (one: Comparison, other: Comparison) -> Bool {
        one.op == other.op && one.written == other.written
    }

    /// The value may not nest deeper: comparing goes as deep as the shallower of two values.
    private static let deepestValue = 100

    /// Reads the operator at `start` of `expression` and the value behind it, which `ofJSON` is JSON or a bare word, and else
    /// a text.
    init(
        _ expression: [UInt8], from start: Int, ofJSON: Bool = false,
        allows: Set<Operator> = Set(Operator.allCases)
    )
        throws(ExpectationError)
    {
        guard let op = Operator.first(of: expression[start...]), allows.contains(op) else {
            let names = Operator.allCases.filter(allows.contains).map(\.rawValue).sorted()
            throw ExpectationError("one of \(names.joined(separator: " ")) belongs there", start)
        }
        let rest = expression[(start + op.rawValue.utf8.count)...].drop(while: ASCII.isBlank)
        let value = Array(rest.trimmingBlanks())
        let place = rest.startIndex
        isOfBytes = String(validating: value, as: UTF8.self) == nil
        guard !value.isEmpty else {
            throw ExpectationError("a value belongs behind \(op.rawValue); an empty text is \"\"", place)
        }
        self.op = op
        written = value
        json = try Self.json(value, place, isText: op.isOfText || !ofJSON)
        text = json?.kind == .string ? json?.string ?? [] : value
        do throws(Pattern.ParseError) {
            pattern =
                op == .like || op == .notLike ? try Pattern(CarriedText.text(of: text)) : nil
        } catch {
            throw ExpectationError(error.problem, place + (text == value ? error.position : 0))
        }
    }

    /// The value as JSON; nil for a bare word.
    private static func json(_ value: [UInt8], _ place: Int, isText: Bool) throws(ExpectationError)
        -> JSONValue?
    {
        let isString = value.first == ASCII.quote
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(value)
        } catch {
            // What begins like a text, a list or an object was meant as one.
            guard !isText, isString || value.first == UInt8(ascii: "[") || value.first == UInt8(ascii: "{")
            else {
                return nil
            }
            throw ExpectationError("the value is no JSON: \(error.problem)", place + error.position)
        }
        guard isText || depth(of: value) <= deepestValue else {
            throw ExpectationError("the value nests more than \(deepestValue) deep", place)
        }
        return json
    }

    private static func depth(of json: [UInt8]) -> Int {
        var (depth, deepest, isInString, isEscaped) = (0, 0, false, false)
        for byte in json {
            if isInString {
                if byte == ASCII.quote, !isEscaped { isInString = false }
                isEscaped = byte == ASCII.backslash && !isEscaped
                continue
            }
            switch byte {
            case ASCII.quote: isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            deepest = max(deepest, depth)
        }
        return deepest
    }
}
