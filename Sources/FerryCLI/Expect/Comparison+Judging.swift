import HTTPCore

extension Comparison {
    /// Why a JSON value cannot be compared.
    enum Problem: Error {
        case notText(JSONValue.Kind)
        case duplicateName([UInt8])
    }

    /// Whether it holds for a JSON value, as it would in jq.
    func holds(for value: JSONValue) throws(Problem) -> Bool {
        if op.isOfText {
            guard value.kind == .string else { throw .notText(value.kind) }
            return holdsAsText(value.string)
        }
        let other = json ?? JSONValue(string: text)
        do throws(JSONValue.DuplicateName) {
            return op.holds(try JSONValue.compare(value, other))
        } catch {
            throw .duplicateName(error.name)
        }
    }

    /// Whether it holds for the value of a field, which is text in whatever charset unless what was written is none.
    func holds(forField value: ByteString) -> Bool {
        isOfBytes ? holds(forText: value.bytes) : holds(forText: value.description.utf8)
    }

    /// Whether it holds for a text: by value where both are numbers, else byte by byte.
    func holds(forText subject: some BidirectionalCollection<UInt8>) -> Bool {
        if op.isOfText { return holdsAsText(subject) }
        if let json, json.kind == .number, let number = JSONNumber(decimal: subject) {
            return op.holds(JSONNumber.compare(number, JSONNumber(json.raw)))
        }
        if subject.elementsEqual(text) { return op.holds(0) }
        // Quotation marks may be the subject's own, as those of an ETag.
        if json?.kind == .string, subject.elementsEqual(written) { return op.holds(0) }
        return op.holds(subject.lexicographicallyPrecedes(text) ? -1 : 1)
    }

    private func holdsAsText(_ subject: some BidirectionalCollection<UInt8>) -> Bool {
        switch op {
        case .like: isFound(in: subject)
        case .notLike: !isFound(in: subject)
        case .begins: subject.starts(with: text)
        case .ends: subject.reversed().starts(with: text.reversed())
        case .holds: Self.holds(text, in: subject)
        default: false
        }
    }

    private func isFound(in subject: some BidirectionalCollection<UInt8>) -> Bool {
        guard let pattern else { return false }
        return isOfBytes
            ? pattern.isFound(in: CarriedText.text(of: Array(subject)).utf8) : pattern.isFound(in: subject)
    }

    private static func holds(_ text: [UInt8], in subject: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = text.first else { return true }
        var rest = subject[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: text) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

extension Comparison.Operator {
    /// Whether it holds for what stands in that order to its value: before it, behind it, or neither.
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .atMost: order <= 0
        case .atLeast: order >= 0
        case .less: order < 0
        case .more: order > 0
        case .notLike, .begins, .ends, .holds, .like: false
        }
    }
}
