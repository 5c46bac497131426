// Reading a path from the beginning of an expression.
extension JSONPath {
    /// The most steps of a path.
    private static let mostSteps = 1000

    /// Reads the path that `expression` begins with.
    /// - Returns: the path, and where what follows it begins, blanks left out.
    package static func parse(_ expression: [UInt8]) throws(ParseError) -> (path: JSONPath, end: Int) {
        var reader = Reader(expression)
        try reader.read()
        let text = String(decoding: expression[..<reader.end], as: UTF8.self)
        return (JSONPath(steps: reader.steps, text: text), reader.index)
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0
        /// Behind the last step, where blanks may follow.
        var end = 0
        var steps: [Step] = []

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        private func failure(_ problem: String) -> ParseError {
            ParseError(problem: problem, position: index)
        }

        mutating func read() throws(ParseError) {
            guard next == UInt8(ascii: ".") else { throw failure("a path begins with a dot") }
            index += 1
            if try !readBracket() { _ = try readName() }
            while try readStep() {
                guard steps.count <= JSONPath.mostSteps else {
                    throw failure("it has more than \(JSONPath.mostSteps) steps")
                }
            }
            end = index
            skipBlanks()
            while next == UInt8(ascii: "|") {
                index += 1
                skipBlanks()
                try readFunction()
                end = index
                skipBlanks()
            }
        }

        private mutating func skipBlanks() {
            while let byte = next, ASCII.isBlank(byte) { index += 1 }
        }

        /// Brackets, or a dot and what must follow it.
        private mutating func readStep() throws(ParseError) -> Bool {
            if try readBracket() { return true }
            guard next == UInt8(ascii: ".") else { return false }
            index += 1
            if try readBracket() { return true }
            if try readName() { return true }
            throw failure("a name belongs behind the dot")
        }

        private mutating func readName() throws(ParseError) -> Bool {
            if next == ASCII.quote {
                steps.append(.member(try readString()))
                return true
            }
            let start = index
            while let byte = next,
                ASCII.isLetter(byte) || byte == UInt8(ascii: "_")
                    || index > start && ASCII.isDigit(byte)
            {
                index += 1
            }
            if let byte = next,
                byte == UInt8(ascii: "-") || byte >= 0x80 || index == start && ASCII.isDigit(byte)
            {
                throw failure(
                    "a name with other characters than letters, digits and _ stands in quotation marks")
            }
            guard index > start else { return false }
            steps.append(.member(Array(bytes[start..<index])))
            return true
        }

        private mutating func readString() throws(ParseError) -> [UInt8] {
            let start = index
            index += 1
            while let byte = next, byte != ASCII.quote { index += byte == ASCII.backslash ? 2 : 1 }
            guard next == ASCII.quote else {
                index = start
                throw failure("the quotation mark is not closed")
            }
            index += 1
            do throws(JSONError) {
                return try JSONValue(Array(bytes[start..<index])).string
            } catch {
                index = start + error.position
                throw failure("the name is no JSON string")
            }
        }

        /// `[]`, `[0]`, `[-1]` or `["name"]`.
        private mutating func readBracket() throws(ParseError) -> Bool {
            guard next == UInt8(ascii: "[") else { return false }
            index += 1
            skipBlanks()
            if next == ASCII.quote {
                steps.append(.member(try readString()))
            } else if next == UInt8(ascii: "]") {
                steps.append(.each)
            } else {
                let start = index
                if next == UInt8(ascii: "-") { index += 1 }
                while let byte = next, ASCII.isDigit(byte) { index += 1 }
                guard let number = Int(String(decoding: bytes[start..<index], as: UTF8.self)) else {
                    index = start
                    throw failure(
                        "a whole number, a name in quotation marks or nothing belongs into the brackets")
                }
                steps.append(.index(number))
            }
            skipBlanks()
            guard next == UInt8(ascii: "]") else { throw failure("the bracket is not closed") }
            index += 1
            return true
        }

        private mutating func readFunction() throws(ParseError) {
            for (word, step) in [("length", Step.length), ("type", .type)]
            where bytes[index...].starts(with: word.utf8) {
                let behind = index + word.utf8.count
                if behind < bytes.count, ASCII.isLetter(bytes[behind]) || bytes[behind] == UInt8(ascii: "_") {
                    continue
                }
                index = behind
                steps.append(step)
                return
            }
            throw failure("length or type belongs behind the bar")
        }
    }
}
