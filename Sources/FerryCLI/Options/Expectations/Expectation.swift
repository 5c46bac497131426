import HTTPCore

/// What is wrong with an expectation, and behind how many bytes of it.
struct ExpectationError: Error, Equatable {
    let problem: String
    let position: Int

    init(_ problem: String, _ position: Int) {
        self.problem = problem
        self.position = position
    }
}

/// What an answer has to be like: one `--expect-…`, read and checked.
package struct Expectation: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        case status(StatusList)
        /// nil = it has to be there.
        case header(String, Comparison?)
        case noHeader(String)
        case body(Comparison)
        /// nil = it has to be there, and neither null nor false.
        case json(JSONPath, Comparison?)
        case time(Duration)
        case size(Comparison.Operator, Int64)
        case certificateDays(Int)
        case redirects(Int)
        /// Of a hundred requests of the run.
        case reuse(Int)
    }

    let kind: Kind
    /// The option and its value, for people: without the secrets of URLs.
    let text: String

    /// The body is looked at.
    var readsBody: Bool {
        switch kind {
        case .body, .json: true
        default: false
        }
    }

    /// Fields of the head are looked at.
    var readsFields: Bool {
        switch kind {
        case .header, .noHeader: true
        default: false
        }
    }

    /// It is about the run and not about one answer.
    var isOfRun: Bool { if case .reuse = kind { true } else { false } }

    private init(_ kind: Kind, _ option: String, _ value: String) {
        self.kind = kind
        text = "\(option) '\(SecretRedactor.redact(text: value))'"
    }
}

// MARK: Reading

extension Expectation {
    /// `200,204,3xx,!304`.
    static func status(_ value: String) throws(ExpectationError) -> Expectation {
        Expectation(.status(try StatusList(value)), "--expect-status", value)
    }

    /// `NAME OP VALUE`, `NAME` or `!NAME`.
    static func header(_ value: String) throws(ExpectationError) -> Expectation {
        let bytes = CarriedText.bytes(of: value).bytes
        var index = 0
        func skipBlanks() { while index < bytes.count, ASCII.isBlank(bytes[index]) { index += 1 } }
        skipBlanks()
        let isNegated = index < bytes.count && bytes[index] == UInt8(ascii: "!")
        if isNegated { index += 1 }
        let start = index
        while index < bytes.count, ASCII.isTokenByte(bytes[index]),
            !"!~^$*".utf8.contains(bytes[index])
        {
            index += 1
        }
        guard index > start else { throw ExpectationError("the name of a header field belongs there", index) }
        let name = String(decoding: bytes[start..<index], as: UTF8.self)
        skipBlanks()
        let kind: Kind
        if index == bytes.count {
            kind = isNegated ? .noHeader(name) : .header(name, nil)
        } else if isNegated {
            throw ExpectationError("nothing belongs behind a name that must not be there", index)
        } else {
            kind = .header(name, try Comparison(bytes, from: index))
        }
        return Expectation(kind, "--expect-header", shown(value, name, bytes, index))
    }

    /// `OP VALUE`.
    static func body(_ value: String) throws(ExpectationError) -> Expectation {
        let bytes = CarriedText.bytes(of: value).bytes
        let start = bytes.firstIndex { !ASCII.isBlank($0) } ?? 0
        return Expectation(.body(try Comparison(bytes, from: start)), "--expect-body", value)
    }

    /// `PATH OP VALUE` or `PATH`.
    static func json(_ value: String) throws(ExpectationError) -> Expectation {
        let bytes = CarriedText.bytes(of: value).bytes
        let path: JSONPath
        let end: Int
        do throws(JSONPath.ParseError) {
            (path, end) = try JSONPath.parse(bytes)
        } catch {
            throw ExpectationError(error.problem, error.position)
        }
        let comparison = end == bytes.count ? nil : try Comparison(bytes, from: end, ofJSON: true)
        let name = path.secretName ?? ""
        return Expectation(.json(path, comparison), "--expect-json", shown(value, name, bytes, end))
    }

    static func time(_ limit: Duration, _ value: String) -> Expectation {
        Expectation(.time(limit), "--expect-time", value)
    }

    /// `OP BYTES` or `BYTES`.
    static func size(_ value: String) throws(ExpectationError) -> Expectation {
        let bytes = Array(value.utf8)
        let start = bytes.firstIndex { !ASCII.isBlank($0) } ?? 0
        let op = Comparison.Operator.first(of: bytes[start...])
        let rest = bytes[(start + (op?.rawValue.utf8.count ?? 0))...].drop(while: ASCII.isBlank)
        if let op, op.isOfText { throw ExpectationError("a size has no text to compare", start) }
        guard let size = OptionValue.size(String(decoding: rest.trimmingBlanks(), as: UTF8.self)) else {
            throw ExpectationError("a number of bytes belongs there", rest.startIndex)
        }
        return Expectation(.size(op ?? .equal, size), "--expect-size", value)
    }

    static func certificateDays(_ days: Int) -> Expectation {
        Expectation(.certificateDays(days), "--expect-cert-days", "\(days)")
    }

    static func redirects(_ count: Int) -> Expectation {
        Expectation(.redirects(count), "--expect-redirects", "\(count)")
    }

    /// `90` or `90%`.
    static func reuse(_ value: String) throws(ExpectationError) -> Expectation {
        let digits = value.hasSuffix("%") ? String(value.dropLast()) : value
        guard let percent = OptionValue.integer(digits), (0...100).contains(percent) else {
            throw ExpectationError("a whole number from 0 to 100 belongs there", 0)
        }
        return Expectation(.reuse(percent), "--expect-reuse", value)
    }

    /// The text of an expectation, without what `name` is to be equal to if that is a secret.
    private static func shown(_ value: String, _ name: String, _ bytes: [UInt8], _ end: Int) -> String {
        guard end < bytes.count, SecretNames.contains(name),
            let op = Comparison.Operator.first(of: bytes[end...])
        else { return value }
        return CarriedText.text(of: bytes[..<end]) + "\(op.rawValue) [redacted]"
    }
}

extension JSONPath {
    /// The last of the names on the way that is a secret's; nil without one.
    var secretName: String? {
        for step in steps.reversed() {
            guard case .member(let name) = step else { continue }
            let text = String(decoding: name, as: UTF8.self)
            if SecretNames.contains(text) { return text }
        }
        return nil
    }
}

/// Which statuses are meant: `200,204,3xx,!304`. One that is not named is none of them, unless only exceptions are.
struct StatusList: Equatable, Sendable {
    /// Statuses and the first and last of a class.
    private var ranges: [ClosedRange<Int>] = []
    private var exceptions: [ClosedRange<Int>] = []

    init(_ text: String) throws(ExpectationError) {
        var position = 0
        for word in text.utf8.split(separator: ASCII.comma, omittingEmptySubsequences: false) {
            let item = word.trimmingBlanks()
            let isException = item.first == UInt8(ascii: "!")
            let name = isException ? item.dropFirst() : item
            guard let range = Self.range(Array(name)) else {
                throw ExpectationError("a status such as 204 or a class such as 3xx belongs there", position)
            }
            if isException { exceptions.append(range) } else { ranges.append(range) }
            position += word.count + 1
        }
    }

    private static func range(_ name: [UInt8]) -> ClosedRange<Int>? {
        guard name.count == 3, ASCII.isDigit(name[0]), name[0] != 0x30 else { return nil }
        let hundreds = Int(name[0] - 0x30) * 100
        if name[1] | 0x20 == UInt8(ascii: "x"), name[2] | 0x20 == UInt8(ascii: "x") {
            return hundreds...(hundreds + 99)
        }
        guard let status = OptionValue.integer(String(decoding: name, as: UTF8.self)) else { return nil }
        return status...status
    }

    func contains(_ status: Int) -> Bool {
        (ranges.isEmpty || ranges.contains { $0.contains(status) })
            && !exceptions.contains { $0.contains(status) }
    }
}
