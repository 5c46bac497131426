import TestSupport
import Testing

@testable import FerryCLI
@testable import HTTPClient

@Suite("lines of JSON in memory of their own")
struct EventLineTests {
    private static func text(_ write: (inout EventLine) -> Void) -> String {
        var line = EventLine()
        write(&line)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    @Test("a number of any length is written as it is")
    func numbers() {
        var numbers = [-1, Int.max, Int.min] + Array(0...10_000)
        var power = 1
        for _ in 0..<18 {
            power *= 10
            numbers += [power - 1, power, power + 1, power + power / 7, 9 * power, power - power / 3]
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 { numbers.append(Int.random(in: 0..<200_000_000, using: &generator)) }
        for number in numbers { #expect(Self.text { $0.add(.bytes, number) } == ",\"bytes\":\(number)") }
    }

    @Test("each name of the schema fits the text that is copied whole")
    func names() {
        for member in EventMember.allCases {
            #expect(Self.text { $0.add(member, 7) } == ",\"\(member.name)\":7")
        }
        for event in EventName.allCases {
            #expect(
                Self.text { $0.begin(event, microseconds: 12) }
                    == "{\"v\":1,\"event\":\"\(event.name)\",\"t_us\":12")
        }
    }

    @Test("a text is escaped where it has to be, whatever its length and wherever that is")
    func texts() {
        for length in 0..<40 {
            let plain = String((0..<length).map { _ in "aZ /é\u{7f}~".randomElement() ?? "a" })
            #expect(Self.text { $0.add(.reason, plain) } == ",\"reason\":\"\(plain)\"")
            for special in ["\"", "\\", "\n", "\u{1f}", "\0"] {
                let place = plain.indices.randomElement() ?? plain.startIndex
                let text = String(plain[..<place] + special + plain[place...])
                #expect(Self.text { $0.add(.reason, text) } == ",\"reason\":\(jsonString(text))")
            }
        }
    }

    @Test("a URL in parts is escaped where it has to be")
    func urls() throws {
        var start = try #require(EventLine.Piece(#","url":"http://h\""#.utf8))
        #expect(
            Self.text { $0.add(&start, "/p", query: "q=\"1\"") }
                == ",\"url\":\"http://h\\\"/p?q=\\\"1\\\"\"")
        #expect(Self.text { $0.add(&start, "/p") } == ",\"url\":\"http://h\\\"/p\"")
    }

    @Test("what comes again and again is kept while it is short")
    func pieces() throws {
        for count in [0, 1, 63, 64, 65, 127, 128] {
            let text = String(repeating: "abcdefgh", count: 17).prefix(count)
            var piece = try #require(EventLine.Piece(text.utf8))
            #expect(Self.text { $0.add(members: &piece) } == text)
        }
        #expect(EventLine.Piece([UInt8](repeating: 65, count: 129)) == nil)
    }

    @Test("each line has its own event's ids, whatever line is before it and whatever was written out")
    func ids() {
        typealias Place = TransferEvent.Place
        let places: [(transfer: Int, place: Place, text: String)] = [
            (0, Place(), #"0,"attempt":0,"hop":0"#),
            (
                Int.min, Place(attempt: .max, hop: .max, connection: .max),
                #"-9223372036854775808,"attempt":2147483647,"hop":2147483647,"connection":9223372036854775807"#
            ),
            (0, Place(attempt: 1, hop: 1), #"0,"attempt":1,"hop":1"#),
            (0, Place(attempt: 1, hop: 1, connection: 0), #"0,"attempt":1,"hop":1,"connection":0"#),
            (
                123_456_789, Place(attempt: 12, hop: 30, connection: 1_000_000_000),
                #"123456789,"attempt":12,"hop":30,"connection":1000000000"#
            ),
            (1, Place(attempt: 1, hop: 1, connection: 0), #"1,"attempt":1,"hop":1,"connection":0"#),
            (1, Place(attempt: 2, hop: 1, connection: 0), #"1,"attempt":2,"hop":1,"connection":0"#),
        ]
        var generator = SystemRandomNumberGenerator()
        var line = EventLine()
        var ids: [Int: EventLine.IDs] = [:]
        var expected = ""
        for _ in 0..<2000 {
            guard let (transfer, place, text) = places.randomElement(using: &generator) else { return }
            var own = ids[transfer] ?? EventLine.IDs(transfer: transfer)
            own.move(to: place)
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let hasConnection = Bool.random(using: &generator)
                line.add(&own, hasConnection: hasConnection)
                let end = hasConnection ? nil : text.firstRange(of: #","connection""#)?.lowerBound
                expected += ",\"transfer\":" + text[..<(end ?? text.endIndex)]
            }
            ids[transfer] = own
            guard Int.random(in: 0..<4, using: &generator) == 0 else { continue }
            #expect(String(decoding: line.bytes, as: UTF8.self) == expected)
            let removed = Int.random(in: 0...line.count, using: &generator)
            line.remove(first: removed)
            expected.removeFirst(removed)
        }
    }
}
