/// Why bytes are no JSON text, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Equatable, Sendable {
        /// This byte cannot stand there.
        case unexpected(UInt8)
        /// The text ends before its value does.
        case endsEarly
        /// More arrays and objects inside one another than `JSONChecker.deepest`.
        case tooDeep
        /// A string holds bytes that are no UTF-8.
        case invalidUTF8
        /// A string holds a control character that is not escaped.
        case control
        /// A backslash in a string is followed by something that it cannot escape.
        case invalidEscape
        /// Another value follows the first.
        case secondValue
    }

    package let reason: Reason
    /// How many bytes come before the place.
    package let position: Int

    package var description: String { "at byte \(position + 1) \(problem)" }

    /// The same without the place.
    package var problem: String {
        switch reason {
        case .unexpected(let byte): "\(Self.name(of: byte)) cannot stand there"
        case .endsEarly: "it ends too early"
        case .tooDeep: "it is nested more than \(JSONChecker.deepest) deep"
        case .invalidUTF8: "a string is not UTF-8"
        case .control: "a string holds a control character"
        case .invalidEscape: "an escape in a string is unknown"
        case .secondValue: "something follows its end"
        }
    }

    private static func name(of byte: UInt8) -> String {
        if (0x21..<0x7F).contains(byte) { return "'\(Unicode.Scalar(byte))'" }
        return byte == ASCII.space ? "a blank" : "the byte \(byte)"
    }
}
