/// A path into a JSON text in jq's notation: `.a.b`, `.a[0]`, `.a[-1]`, `."odd name"`, `.[]`, and `| length` or `| type`
/// at its end.
package struct JSONPath: Equatable, Sendable {
    package enum Step: Equatable, Sendable {
        case member([UInt8])
        /// From the end where it is negative.
        case index(Int)
        /// Every element of an array, every value of an object.
        case each
        case length
        case type
    }

    package let steps: [Step]
    /// As it was written.
    package let text: String

    /// What is wrong with a path, and behind how many bytes.
    package struct ParseError: Error, Equatable, Sendable {
        package let problem: String
        package let position: Int
    }

    /// Why there is no value to look at: jq would end with an error.
    package enum Failure: Error, Equatable, Sendable {
        case notIndexable(JSONValue.Kind, Step)
        case notIterable(JSONValue.Kind)
        case hasNoLength(JSONValue.Kind)
        case duplicateName([UInt8])
    }
}

extension JSONPath {
    /// Finds the values that the path leads to, one after another, until `body` returns false.
    /// - Returns: false when `body` did.
    /// - Throws: `Failure` at the first place where there is no way on. A member or element that is not there is null.
    @discardableResult
    package func evaluate(_ value: JSONValue, _ body: (JSONValue) throws(Failure) -> Bool) throws(Failure)
        -> Bool
    {
        try go(from: value, steps[...], body)
    }

    private func go(
        from value: JSONValue, _ steps: ArraySlice<Step>, _ body: (JSONValue) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        var value = value
        for (index, step) in zip(steps.indices, steps) {
            switch step {
            case .member(let name): value = try Self.member(name, of: value)
            case .index(let number): value = try Self.element(number, of: value)
            case .length: value = try Self.length(of: value)
            case .type: value = JSONValue(checked: Array("\"\(value.kind)\"".utf8))
            case .each:
                guard value.kind == .array || value.kind == .object else {
                    throw .notIterable(value.kind)
                }
                var goesOn = true
                try value.forEach { (_, element) throws(Failure) in
                    goesOn = try go(from: element, steps[(index + 1)...], body)
                    return goesOn
                }
                return goesOn
            }
        }
        return try body(value)
    }

    private static let null = JSONValue(checked: Array("null".utf8))

    private static func member(_ name: [UInt8], of value: JSONValue) throws(Failure) -> JSONValue {
        guard value.kind == .object else {
            if value.kind == .null { return null }
            throw .notIndexable(value.kind, .member(name))
        }
        var found: JSONValue?
        try value.forEach { (key, value) throws(Failure) in
            guard let key, key.isString(name) else { return true }
            guard found == nil else { throw .duplicateName(name) }
            found = value
            return true
        }
        return found ?? null
    }

    private static func element(_ number: Int, of value: JSONValue) throws(Failure) -> JSONValue {
        guard value.kind == .array else {
            if value.kind == .null { return null }
            throw .notIndexable(value.kind, .index(number))
        }
        var index = number < 0 ? value.count + number : number
        var found: JSONValue?
        if index < 0 { return null }
        value.forEach { (_, element) in
            if index == 0 { found = element }
            index -= 1
            return index >= 0
        }
        return found ?? null
    }

    private static func length(of value: JSONValue) throws(Failure) -> JSONValue {
        switch value.kind {
        case .null: return JSONValue(0)
        case .boolean: throw .hasNoLength(.boolean)
        case .number: return JSONValue(checked: Array(value.raw.drop { $0 == UInt8(ascii: "-") }))
        case .string: return JSONValue(value.string.count { $0 & 0xC0 != 0x80 })
        case .array: return JSONValue(value.count)
        case .object:
            do throws(JSONValue.DuplicateName) {
                return JSONValue(try value.sortedNames().count)
            } catch {
                throw .duplicateName(error.name)
            }
        }
    }
}

extension JSONValue {
    /// Whether it is the string `content`.
    fileprivate func isString(_ content: [UInt8]) -> Bool {
        raw.contains(ASCII.backslash) ? string == content : raw.dropFirst().dropLast().elementsEqual(content)
    }
}

extension JSONValue.Kind: CustomStringConvertible {
    /// jq's word for it.
    package var description: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONPath.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notIndexable(let kind, .index(let number)):
            "\(Self.name(kind)) has no element [\(number)]"
        case .notIndexable(let kind, .member(let name)):
            "\(Self.name(kind)) has no member \"\(String(decoding: name, as: UTF8.self))\""
        case .notIndexable(let kind, _): "\(Self.name(kind)) has no such part"
        case .notIterable(let kind): "\(Self.name(kind)) has no elements"
        case .hasNoLength(let kind): "\(Self.name(kind)) has no length"
        case .duplicateName(let name):
            "the member \"\(String(decoding: name, as: UTF8.self))\" is there twice"
        }
    }

    private static func name(_ kind: JSONValue.Kind) -> String {
        switch kind {
        case .null: "null"
        case .array, .object: "an \(kind)"
        default: "a \(kind)"
        }
    }
}
