/// Checks values against a JSON Schema. A keyword that it does not know is an error, so that nothing passes unchecked.
public struct JSONSchema: Sendable {
    private let root: ParsedJSON
    /// Other schemas that this one refers to, by their name.
    private let others: [String: ParsedJSON]

    /// Keywords that explain and do not judge.
    private static let comments: Set<String> = [
        "$schema", "$id", "title", "description", "id", "definitions", "optional",
    ]

    /// Reads a schema and those that it refers to.
    public init(_ text: String, others: [String: String] = [:]) throws {
        root = try ParsedJSON(text)
        self.others = try others.mapValues { try ParsedJSON($0) }
    }

    /// What is wrong with `value`; empty = nothing.
    public func problems(of value: ParsedJSON) -> [String] { check(value, root, "$") }

    private func check(_ value: ParsedJSON, _ schema: ParsedJSON, _ path: String) -> [String] {
        if schema == .bool(true) { return [] }
        guard let rules = schema.object else { return ["\(path): no schema"] }
        return rules.flatMap { keyword, rule in check(value, keyword, rule, schema, path) }
    }

    private func check(
        _ value: ParsedJSON, _ keyword: String, _ rule: ParsedJSON, _ schema: ParsedJSON, _ path: String
    ) -> [String] {
        if Self.comments.contains(keyword) { return [] }
        func unless(_ holds: Bool) -> [String] {
            holds ? [] : ["\(path): \(keyword) \(rule) does not hold of \(value)"]
        }
        switch keyword {
        case "type":
            let names = rule.string.map { [$0] } ?? rule.array?.compactMap(\.string) ?? []
            return unless(names.contains { Self.isOf(value, $0) })
        case "enum": return unless(rule.array?.contains(value) ?? false)
        case "const": return unless(rule == value)
        case "minimum", "min":
            guard let number = value.double, let least = rule.double else { return [] }
            return unless(number >= least)
        case "required":
            guard let members = value.object else { return [] }
            return unless(rule.array?.allSatisfy { members[$0.string ?? ""] != nil } ?? false)
        case "additionalProperties":
            guard let members = value.object, rule == .bool(false) else { return [] }
            return unless(members.keys.allSatisfy { schema["properties"]?[$0] != nil })
        case "propertyNames":
            return value.object?.keys.flatMap { check(.string($0), rule, "\(path).\($0)") } ?? []
        case "properties":
            return value.object?.flatMap { name, member in
                rule[name].map { check(member, $0, "\(path).\(name)") } ?? []
            } ?? []
        case "items":
            return value.array?.enumerated().flatMap { check($1, rule, "\(path)[\($0)]") } ?? []
        case "allOf": return rule.array?.flatMap { check(value, $0, path) } ?? []
        case "oneOf", "anyOf":
            let fits = rule.array?.count { check(value, $0, path).isEmpty } ?? 0
            return unless(keyword == "oneOf" ? fits == 1 : fits > 0)
        case "if":
            guard check(value, rule, path).isEmpty, let then = schema["then"] else { return [] }
            return check(value, then, path)
        case "then": return []
        case "$ref": return check(reference: rule.string ?? "", value, path)
        case "pattern":
            guard let text = value.string, let pattern = rule.string, let regex = try? Regex(pattern) else {
                return []
            }
            return unless(text.contains(regex))
        case "format":
            guard let text = value.string else { return [] }
            return unless(Self.hasFormat(text, rule.string ?? ""))
        default: return ["\(path): the keyword \(keyword) is not known"]
        }
    }

    private func check(reference: String, _ value: ParsedJSON, _ path: String) -> [String] {
        if reference.hasPrefix("#/") {
            let target = reference.dropFirst(2).split(separator: "/").reduce(root as ParsedJSON?) {
                $0?[String($1)]
            }
            return target.map { check(value, $0, path) } ?? ["\(path): \(reference) leads nowhere"]
        }
        let name = reference.hasSuffix("#") ? String(reference.dropLast()) : reference
        return others[name].map { check(value, $0, path) } ?? ["\(path): \(reference) leads nowhere"]
    }

    private static func hasFormat(_ text: String, _ format: String) -> Bool {
        switch format {
        case "ipv4":
            let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
            return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
        case "ipv6": return text.contains(":") && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        case "date-time": return text.contains("T") && text.hasSuffix("Z")
        case "uri":
            return text.contains(":") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
                && !text.contains("[redacted")
        default: return false
        }
    }

    private static func isOf(_ value: ParsedJSON, _ type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let text)): Double(text).map { $0 == $0.rounded() } ?? false
        default: false
        }
    }
}
