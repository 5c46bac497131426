extension EventSchema {
    /// The JSON Schema (draft 2020-12) of one line, ending with a line feed.
    package static var jsonSchema: String {
        let properties = EventMember.allCases.map { "    \(jsonString($0.name)): \(schema(of: $0))" }
        let rules = EventName.allCases.map { "    \(rule(of: $0))" }
        return """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "title": "A line of ferry --events",
              "type": "object",
              "required": \(names(common)),
              "additionalProperties": false,
              "properties": {
            \(properties.joined(separator: ",\n"))
              },
              "allOf": [
            \(rules.joined(separator: ",\n"))
              ]
            }

            """
    }

    private static func schema(of member: EventMember) -> String {
        let type =
            switch member.kind {
            case .count: #""type": "integer", "minimum": 0"#
            case .ordinal: #""type": "integer", "minimum": 1"#
            case .text: #""type": "string""#
            case .flag: #""type": "boolean""#
            case .texts: #""type": "array", "items": {"type": "string"}"#
            case .word(let words): "\"enum\": [\(words.map(jsonString).joined(separator: ", "))]"
            }
        let constant = member == .version ? ", \"const\": \(version)" : ""
        return "{\(type)\(constant), \"description\": \(jsonString(member.meaning))}"
    }

    /// What a line of one kind must have, and what it may have.
    private static func rule(of event: EventName) -> String {
        let row = event.row
        let required = (event.hasIDs ? ids : []) + row.required
        let allowed = common + required + row.optional + (event.hasIDs ? [.connection] : [])
        return "{\"if\": {\"properties\": {\"event\": {\"const\": \(jsonString(event.name))}}}, "
            + "\"then\": {\"required\": \(names(required)), \"propertyNames\": {\"enum\": \(names(allowed))}}}"
    }

    private static func names(_ members: [EventMember]) -> String {
        var seen: Set<EventMember> = []
        let once = members.filter { seen.insert($0).inserted }
        return "[" + once.map { jsonString($0.name) }.joined(separator: ", ") + "]"
    }

    /// The events with their members, for the manual: the name, and what it tells.
    package static var events: [(name: String, text: String)] {
        EventName.allCases.map { event in
            let row = event.row
            var parts = [row.meaning]
            if !row.required.isEmpty { parts.append("Always: \(list(row.required)).") }
            if !row.optional.isEmpty { parts.append("Where it applies: \(list(row.optional)).") }
            return (event.name, parts.joined(separator: " "))
        }
    }

    /// The members with their meaning, for the manual.
    package static var members: [(name: String, text: String)] {
        EventMember.allCases.map { member in
            let words: String =
                switch member.kind {
                case .word(let words) where member != .event: " (\(words.joined(separator: ", ")))"
                default: ""
                }
            return (
                member.name, "\(member.meaning.prefix(1).uppercased())\(member.meaning.dropFirst())\(words)."
            )
        }
    }

    private static func list(_ members: [EventMember]) -> String {
        members.map(\.name).joined(separator: ", ")
    }
}
