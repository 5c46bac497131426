import HTTPCore
import Testing

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct ResponseParserLifeTests {
    private func next(
        _ parser: inout ResponseParser, _ text: String, _ offset: inout Int
    ) throws -> ResponseParser.Event {
        try Array(text.utf8).withUnsafeBytes { try parser.next($0, &offset) }
    }

    @Test func `two responses on one connection are read one after the other`() throws {
        let stream = ok + "Content-Length: 1\r\n\r\na" + "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nb"
        var parser = ResponseParser(method: "GET")
        var offset = 0
        var statuses: [Int] = []
        while offset < stream.utf8.count {
            switch try next(&parser, stream, &offset) {
            case .head(let head, _): statuses.append(head.status)
            case .end:
                #expect(parser.connectionIsReusable)
                guard case .end = try next(&parser, stream, &offset) else {
                    Issue.record("nothing may come after the end")
                    return
                }
                parser = ResponseParser(method: "GET")
                #expect(!parser.receivedAnything)
                #expect(!parser.connectionIsReusable)
            default: break
            }
        }
        #expect(statuses == [200, 404])
    }

    @Test func `a known length can be taken past the parser`() throws {
        var parser = ResponseParser(method: "GET")
        var offset = 0
        #expect(parser.bodyBytesRemaining == nil)
        _ = try next(&parser, ok + "Content-Length: 9\r\n\r\n", &offset)
        #expect(parser.bodyBytesRemaining == 9)
        parser.skipBody(4)
        #expect(parser.bodyBytesRemaining == 5)
        #expect(throws: HTTPError.truncatedBody(received: 4, expected: 9)) {
            var copy = parser
            _ = try copy.finish()
        }
        parser.skipBody(5)
        #expect(parser.bodyBytesReceived == 9)
        offset = 0
        guard case .end = try next(&parser, "", &offset) else {
            Issue.record("the body is complete")
            return
        }
        #expect(parser.connectionIsReusable)
        #expect(parser.bodyBytesRemaining == 0)
    }

    @Test func `an error is thrown again`() throws {
        var parser = ResponseParser(method: "GET")
        var offset = 0
        #expect(throws: HTTPError.notHTTP) { _ = try next(&parser, "x", &offset) }
        #expect(throws: HTTPError.notHTTP) { _ = try next(&parser, ok, &offset) }
        #expect(throws: HTTPError.notHTTP) { _ = try parser.finish() }
        #expect(!parser.connectionIsReusable)
    }

    @Test func `what follows a 101 that was asked for is a body`() throws {
        var parser = ResponseParser(
            method: "GET", options: ResponseParser.Options(acceptsUpgrade: true))
        var offset = 0
        let input = "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 2\r\n\r\nbytes of it"
        guard case .head(let head, .untilClose) = try next(&parser, input, &offset) else {
            Issue.record("no body until the close")
            return
        }
        #expect(head.status == 101)
        guard case .body(let range) = try next(&parser, input, &offset) else {
            Issue.record("no body")
            return
        }
        #expect(range == input.utf8.count - 11..<input.utf8.count)
        guard case .end = try parser.finish() else {
            Issue.record("no end")
            return
        }
        #expect(!parser.connectionIsReusable)
    }

    @Test func `random damage never traps and reads the same in every cut`() {
        let seeds = [
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n c\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n0\r\nT: u\r\n\r\n",
            "\r\nHTTP/1.0 302 Found\r\nLocation: /x\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc",
        ].map { Array($0.utf8) }
        let bytes = Array("\r\n\t :;,0159afAF/HTPx\u{0}\u{7f}".utf8) + [0x80, 0xFF]
        var random = SplitMix(state: 20_261_122)
        for round in 0..<2000 {
            var stream = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<stream.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: stream.remove(at: index)
                case 1: stream.insert(bytes.randomElement(using: &random) ?? 0, at: index)
                case 2: stream[index] = bytes.randomElement(using: &random) ?? 0
                default: stream.removeSubrange(index...)
                }
                if stream.isEmpty { stream = [0x48] }
            }
            let options = ResponseParser.Options(allowsHTTP09: round % 5 == 0)
            let whole = feed(stream, pieceSize: stream.count, options: options)
            let pieces = feed(stream, pieceSize: 1 + round % 7, options: options)
            #expect(
                whole == pieces, "round \(round): \(String(decoding: stream, as: UTF8.self).debugDescription)"
            )
        }
    }
}

/// A small generator with a fixed seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
