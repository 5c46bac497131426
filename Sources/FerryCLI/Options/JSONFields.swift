internal import HTTPCore

/// A JSON value made of fields: paths with what stands at them (`--json-field`).
///
/// Invariants: members keep the order in which they were first named, a place has one value, and JSON that was given keeps
/// its digits and its order.
package struct JSONFields: Equatable, Sendable {
    /// The longest path; what is written is nested no deeper.
    private static let mostSteps = 1000
    private static let highestIndex = 65_535

    private enum Step: Equatable {
        case member([UInt8])
        case index(Int)
        /// The element behind the last one.
        case next
    }

    private enum Content: Equatable, Sendable {
        case value([UInt8])
        /// Names and places of the members, in order, and where each name is in that.
        case object([Member], [[UInt8]: Int])
        /// The places of the elements; nil = null.
        case array([Int?])

        var noun: String {
            switch self {
            case .value: "a value"
            case .object: "an object"
            case .array: "an array"
            }
        }
    }

    private struct Member: Equatable, Sendable {
        var name: [UInt8]
        var place: Int
    }

    private struct Node: Equatable, Sendable {
        var content: Content
        /// The path that made it, as typed.
        var path: String
    }

    /// The root is the first.
    private var nodes: [Node] = []

    package init() {}

    /// The value, without white space of its own; null without fields.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(nodes.isEmpty ? nil : 0, into: &bytes)
        return bytes
    }

    /// Adds `path=text` or `path:=json`.
    package mutating func add(_ field: [UInt8]) throws(JSONFieldError) {
        var reader = PathReader(field)
        let steps = try reader.read()
        let path = String(decoding: field[..<reader.end], as: UTF8.self)
        let value = try Self.value(field[reader.index...], isJSON: reader.isJSON, path)
        var place = try settle(0, as: Self.container(for: steps[0]), path)
        for (index, step) in steps.enumerated() {
            let isLast = index == steps.count - 1
            let content = isLast ? .value(value) : Self.container(for: steps[index + 1])
            place = try descend(from: place, step, to: content, path)
        }
    }

    // MARK: Building

    private static func container(for step: Step) -> Content {
        switch step {
        case .member: .object([], [:])
        case .index, .next: .array([])
        }
    }

    /// The node at `place`, made if it is the root and missing; one of another kind is an error.
    private mutating func settle(
        _ place: Int, as content: Content, _ path: String
    ) throws(JSONFieldError) -> Int {
        guard place < nodes.count else {
            nodes.append(Node(content: content, path: path))
            return place
        }
        switch (nodes[place].content, content) {
        case (.object, .object), (.array, .array): return place
        case (.value, .value):
            throw JSONFieldError(
                "\(Quoting.quoted(path)) is there already, as \(Quoting.quoted(nodes[place].path))")
        case (let other, _):
            throw JSONFieldError(
                "\(Quoting.quoted(path)) makes \(content.noun) of what \(Quoting.quoted(nodes[place].path)) "
                    + "makes \(other.noun)")
        }
    }

    private mutating func descend(
        from place: Int, _ step: Step, to content: Content, _ path: String
    ) throws(JSONFieldError) -> Int {
        let new = nodes.count
        switch (step, nodes[place].content) {
        case (.member(let name), .object(var members, var places)):
            if let known = places[name] { return try settle(members[known].place, as: content, path) }
            // Not copied for each of many members.
            nodes[place].content = .array([])
            places[name] = members.count
            members.append(Member(name: name, place: new))
            nodes[place].content = .object(members, places)
        case (.index(let index), .array(var elements)):
            if index < elements.count, let known = elements[index] {
                return try settle(known, as: content, path)
            }
            nodes[place].content = .array([])
            while elements.count <= index { elements.append(nil) }
            elements[index] = new
            nodes[place].content = .array(elements)
        case (.next, .array(var elements)):
            nodes[place].content = .array([])
            elements.append(new)
            nodes[place].content = .array(elements)
        default: preconditionFailure("a step into a node of another kind")
        }
        return try settle(new, as: content, path)
    }

    private static func value(
        _ bytes: ArraySlice<UInt8>, isJSON: Bool, _ path: String
    ) throws(JSONFieldError) -> [UInt8] {
        guard isJSON else {
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw JSONFieldError("the text of \(Quoting.quoted(path)) is not UTF-8")
            }
            return Array(JSONValue(string: bytes).raw)
        }
        do throws(JSONError) {
            return Array(try JSONValue(Array(bytes)).raw)
        } catch {
            throw JSONFieldError("the value of \(Quoting.quoted(path)) is no JSON: \(error)")
        }
    }

    // MARK: Writing

    private func encode(_ place: Int?, into bytes: inout [UInt8]) {
        guard let place else {
            bytes += "null".utf8
            return
        }
        switch nodes[place].content {
        case .value(let value): bytes += value
        case .object(let members, _):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes += JSONValue(string: member.name).raw
                bytes.append(UInt8(ascii: ":"))
                encode(member.place, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                encode(element, into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }

    // MARK: Reading

    /// Reads the path that a field begins with, and the sign behind it.
    private struct PathReader {
        private let bytes: [UInt8]
        /// Behind what was read.
        private(set) var index = 0
        /// Behind the path.
        private(set) var end = 0
        private(set) var isJSON = false

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

        private func failure(_ problem: String) -> JSONFieldError {
            JSONFieldError("\(Quoting.quoted(String(decoding: bytes[..<index], as: UTF8.self))): \(problem)")
        }

        mutating func read() throws(JSONFieldError) -> [Step] {
            var steps: [Step] = []
            if next == UInt8(ascii: ".") { index += 1 }
            if next != UInt8(ascii: "[") { steps.append(.member(try readName())) }
            while !atSign {
                guard steps.count < JSONFields.mostSteps else {
                    throw failure("a path has at most \(JSONFields.mostSteps) steps")
                }
                switch next {
                case UInt8(ascii: "["): steps.append(try readIndex())
                case UInt8(ascii: "."):
                    index += 1
                    steps.append(.member(try readName()))
                case nil: throw failure("= and a text, or := and JSON, belong behind a path")
                default: throw failure("a dot, a bracket, = or := must follow")
                }
            }
            end = index
            isJSON = next == UInt8(ascii: ":")
            index += isJSON ? 2 : 1
            return steps
        }

        private var atSign: Bool {
            next == UInt8(ascii: "=")
                || next == UInt8(ascii: ":") && index + 1 < bytes.count
                    && bytes[index + 1] == UInt8(ascii: "=")
        }

        private mutating func readName() throws(JSONFieldError) -> [UInt8] {
            if next == UInt8(ascii: "\"") { return try readQuoted() }
            let start = index
            while let byte = next, !atSign, !".[]\"".utf8.contains(byte) { index += 1 }
            guard index > start else { throw failure("a name is missing") }
            guard String(validating: bytes[start..<index], as: UTF8.self) != nil else {
                throw failure("a name is not UTF-8")
            }
            return Array(bytes[start..<index])
        }

        private mutating func readQuoted() throws(JSONFieldError) -> [UInt8] {
            let start = index
            index += 1
            while let byte = next, byte != UInt8(ascii: "\"") {
                index = min(index + (byte == UInt8(ascii: "\\") ? 2 : 1), bytes.count)
            }
            guard next != nil else { throw failure("the quotation mark is not closed") }
            index += 1
            guard let name = try? JSONValue(Array(bytes[start..<index])) else {
                throw failure("the name is no JSON string")
            }
            return name.string
        }

        /// `[3]`, or `[]`.
        private mutating func readIndex() throws(JSONFieldError) -> Step {
            index += 1
            let start = index
            while let byte = next, ASCII.isDigit(byte) { index += 1 }
            let digits = String(decoding: bytes[start..<index], as: UTF8.self)
            guard next == UInt8(ascii: "]") else {
                throw failure("a number, or nothing, and ] belong behind [")
            }
            index += 1
            if digits.isEmpty { return .next }
            guard let number = Int(digits), number <= JSONFields.highestIndex else {
                throw failure("an index is at most \(JSONFields.highestIndex)")
            }
            return .index(number)
        }
    }
}

/// What is wrong with a field, as the rest of a usage error.
package struct JSONFieldError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
