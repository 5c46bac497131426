import HTTPClient
import TestSupport
import Testing

@testable import FerryCLI

struct EventSchemaTests {
    private static func line(_ event: EventName, _ add: (inout EventLine) -> Void) -> String {
        var line = EventLine()
        line.begin(event, microseconds: 7)
        add(&line)
        line.end()
        return String(decoding: line.bytes, as: UTF8.self)
    }

    private static func ids(_ line: inout EventLine) {
        line.add(.transfer, 0)
        line.add(.attempt, 1)
        line.add(.hop, 0)
    }

    @Test func `names are those that the writer uses, each once`() {
        #expect(Set(EventName.allCases.map(\.name)).count == EventName.allCases.count)
        #expect(EventName.attempt.name == "try" && EventName.summary.name == "summary")
        #expect(Set(EventMember.allCases.map(\.name)).count == EventMember.allCases.count)
        #expect(EventMember.phases.count == Phase.allCases.count)
        for name in [
            "v", "event", "t_us", "transfer", "attempt", "hop", "connection", "url", "host", "port",
            "address",
            "status", "reason", "error", "exit_code", "bytes", "pause_us", "reused",
        ] {
            #expect(EventMember.allCases.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func `a fate of each answer has its word`() {
        for fate in EventMember.fates { #expect(TransferEvent.Fate(rawValue: fate) != nil, "\(fate)") }
    }

    @Test func `the schema takes a line with what it must have, and none without`() throws {
        let schema = try JSONSchema(EventSchema.jsonSchema)
        for event in EventName.allCases {
            let required = event.row.required
            func text(leavingOut left: EventMember?, adding more: EventMember? = nil) -> String {
                Self.line(event) { line in
                    if event.hasIDs { Self.ids(&line) }
                    for member in (required + [more].compactMap(\.self)) where member != left {
                        switch member.kind {
                        case .count, .ordinal: line.add(member, 1)
                        case .text: line.add(member, "x")
                        case .flag: line.add(member, true)
                        case .texts: line.add(member, ["x"])
                        case .word(let words): line.add(member, words[0])
                        }
                    }
                }
            }
            #expect(schema.problems(of: try ParsedJSON(text(leavingOut: nil))) == [], "\(event)")
            for member in required {
                #expect(
                    schema.problems(of: try ParsedJSON(text(leavingOut: member))) != [], "\(event) \(member)")
            }
            let allowed = Set(required + event.row.optional + [.connection])
            if let other = EventMember.allCases.first(where: {
                !allowed.contains($0) && !EventSchema.ids.contains($0) && !EventSchema.common.contains($0)
            }) {
                #expect(
                    schema.problems(of: try ParsedJSON(text(leavingOut: nil, adding: other))) != [],
                    "\(event) \(other)")
            }
        }
    }

    @Test func `texts are escaped as JSON wants it`() throws {
        let odd = "a\"b\\c\n\u{1}\u{7F}é\u{2028}𝄞"
        let line = Self.line(.dns) {
            Self.ids(&$0)
            $0.add(.host, odd)
            $0.add(.addresses, ["1", odd])
            $0.add(.port, Int.max)
            $0.add(.left, Int.min)
        }
        let value = try ParsedJSON(line.dropLast())
        #expect(value["host"]?.string == odd && value["addresses"]?[1]?.string == odd)
        #expect(value["port"]?.int == .max && value["left"]?.int == .min)
        #expect(line.filter { $0 == "\n" }.count == 1 && line.last == "\n")
    }

    @Test func `the manual has a row for each`() {
        let manual = ManPage.source.replacing("\\-", with: "-")
        for event in EventName.allCases { #expect(manual.contains("\\fB\(event.name)\\fR"), "\(event)") }
        for member in EventMember.allCases { #expect(manual.contains("\\fB\(member.name)\\fR"), "\(member)") }
    }
}
