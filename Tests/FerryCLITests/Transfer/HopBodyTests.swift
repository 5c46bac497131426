import HTTPCore
import Testing

@testable import FerryCLI

/// How far a body is, and whether a part of one is complete, without a socket.
@Suite struct HopBodyTests {
    private func part(_ range: String) throws -> ContentRange { try #require(ContentRange(range)) }

    private func problem(
        _ range: String, received: Int, wanted: String? = nil, total: Int64? = nil
    ) throws -> String? {
        var body = HopBody()
        _ = body.take(received)
        do {
            try body.check(try part(range), range: wanted, total: total)
            return nil
        } catch let failure as TransferFailure {
            return "\(failure.status.rawValue) \(failure.outcome): \(failure.text)"
        }
    }

    @Test func `bytes that are held are dropped as they come again`() {
        var body = HopBody()
        body.drop(first: 5)
        #expect(body.take(3) == 3 && body.toDrop == 2)
        #expect(body.take(4) == 2 && body.toDrop == 0)
        #expect(body.take(4) == 0)
        #expect(body.received == 11 && body.firstMissing == 5)
    }

    @Test func `a part has as many bytes as it says`() throws {
        #expect(try problem("bytes 5-9/10", received: 5) == nil)
        #expect(
            try problem("bytes 5-9/10", received: 4)
                == "18 partial: the part of bytes 5 to 9 came with 4 of 5 bytes")
        #expect(
            try problem("bytes 5-9/10", received: 6)
                == "18 otherError: the part of bytes 5 to 9 came with 6 of 5 bytes")
    }

    @Test func `the rest of a file reaches its end`() throws {
        let text = "18 partial: the server sent bytes 5 to 9 only of a file of 20 bytes"
        #expect(try problem("bytes 5-9/20", received: 5) == nil)
        #expect(try problem("bytes 5-9/20", received: 5, wanted: "5-") == text)
        #expect(try problem("bytes 5-9/*", received: 5, wanted: "5-", total: 20) == text)
        #expect(try problem("bytes 5-9/*", received: 5, wanted: "5-") == nil)
        #expect(try problem("bytes 5-9/10", received: 5, wanted: "5-", total: 20) == nil)
    }

    @Test func `a part reaches the end of what was asked for, or the file's`() throws {
        func text(_ total: Int) -> String {
            "18 partial: the server sent bytes 5 to 9 only of a file of \(total) bytes"
        }
        #expect(try problem("bytes 5-9/20", received: 5, wanted: "5-9") == nil)
        #expect(try problem("bytes 5-9/20", received: 5, wanted: "5-10") == text(20))
        #expect(try problem("bytes 5-9/10", received: 5, wanted: "5-10") == nil)
        #expect(try problem("bytes 5-9/*", received: 5, wanted: "5-10") == nil)
        #expect(try problem("bytes 5-9/11", received: 5, wanted: "-6") == text(11))
        #expect(try problem("bytes 5-9/10", received: 5, wanted: "-5") == nil)
        #expect(try problem("bytes 5-9/20", received: 5, wanted: "5-6,8-12") == nil)
    }

    @Test func `a later attempt goes on behind what came or was held`() {
        var body = HopBody()
        #expect(body.progress == nil)
        body.rule = ResumeRule(count: 0, validator: .entityTag("\"a\""), total: 10)
        body.drop(first: 5)
        _ = body.take(3)
        #expect(body.progress?.rule.count == 5)
        _ = body.take(4)
        #expect(body.progress?.rule.count == 7)
        body.start = 2
        #expect(body.progress?.rule.count == 9)
    }
}
