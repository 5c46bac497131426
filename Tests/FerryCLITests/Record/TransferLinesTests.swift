import Connector
import HTTPCore
import Testing

@testable import FerryCLI
@testable import HTTPClient

/// What is known of a transfer for its lines.
@Suite @LoopActor struct TransferLinesTests {
    private static let place = TransferEvent.Place(attempt: 2, hop: 3, connection: 4)

    /// Everything that can be known of a transfer, as far as no connection is needed.
    private static func events() throws -> [QueuedEvent] {
        let url = try HTTPURL.parse("http://user:secret@h/" + String(repeating: "long", count: 100))
        let head = try ResponseHead(parsing: "HTTP/1.1 206 Partial\r\nContent-Length: 9\r\n\r\n")
        return [
            .other(.skipped(url, reason: "there")),
            .hopBegan(
                TransferEvent.Request(method: "PUT", url: url, referer: nil, usesProxy: true, bodyBytes: 5)),
            .other(.connector(.queued(position: 2))), .other(.requestSpliced(5)), .requestEnded,
            .other(.requestSpliced(1)), .head(head, .length(9), .delivered), .other(.resumed(from: 7)),
            .other(.bodySpliced(9)), .other(.checked(sum: "md5:0", verdict: "--checksum")),
            .ended(failure: nil, code: 0),
        ]
    }

    /// Its stored properties, by name.
    private static func properties(of lines: TransferLines) -> [String: String] {
        // What lies in a piece that is empty is nobody's, and these are made anew before they are read.
        let free: Set = ["ids", "member", "phases", "now", "lastProgress"]
        return Mirror(reflecting: lines).children.reduce(into: [:]) { all, child in
            guard let name = child.label, !free.contains(name) else { return }
            all[name] = "\(child.value)"
        }
    }

    @Test func `a seat that another transfer had knows nothing of it (O-01)`() throws {
        let folder = ScratchFolder()
        let log = EventLog(
            try LineLog(
                .file(folder["events"]), streams: OutputStreams(), shouldStop: { false }, fail: { _ in }),
            secrets: Secrets(), clock: RunClock(start: .now))
        var lines = TransferLines(transfer: 1)
        for event in try Self.events() { lines.hear(event, .now, Self.place, log) }
        let (fresh, used) = (
            Self.properties(of: TransferLines(transfer: 2)), Self.properties(of: lines)
        )
        // No connection could serve again.
        let same = used.keys.filter { used[$0] == fresh[$0] }
        #expect(Set(same) == ["isReused"], "of these nothing is shown here")
        lines.restart(2)
        #expect(Self.properties(of: lines) == fresh)
        let last = TransferEvent.Place(attempt: 1, hop: 0, connection: -1)
        lines.hear(.ended(failure: "why", code: 6), .now, last, log)
        log.finish(RunSummary(status: 6))
        let end = try #require(folder.text("events")?.split(separator: "\n").dropLast().last)
        #expect(
            end.contains(
                "\"transfer\":2,\"attempt\":1,\"hop\":0,\"exit_code\":6,\"error\":\"why\",\"bytes\":0"))
    }
}
