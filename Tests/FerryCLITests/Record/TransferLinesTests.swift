import Connector
import HTTPCore
import Testing

@testable import FerryCLI
@testable import HTTPClient

/// What is known of a transfer for its lines.
@Suite @LoopActor struct TransferLinesTests {
    private static let place = TransferEvent.Place(attempt: 2, hop: 3, connection: 4)

    /// Everything that can be known of a transfer, as far as no connection is needed.
    private static func tell(_ tell: (consuming QueuedEvent) -> Void) throws {
        let url = try HTTPURL.parse("http://user:secret@h/" + String(repeating: "long", count: 100))
        let head = try ResponseHead(parsing: "HTTP/1.1 206 Partial\r\nContent-Length: 9\r\n\r\n")
        tell(.other(.skipped(url, reason: "there")))
        tell(
            .hopBegan(
                TransferEvent.Request(method: "PUT", url: url, referer: nil, usesProxy: true, bodyBytes: 5)))
        tell(.other(.connector(.queued(position: 2))))
        tell(.other(.requestSpliced(5)))
        tell(.requestEnded)
        tell(.other(.requestSpliced(1)))
        tell(.head(QueuedEvent.Head(head, .length(9), .delivered)))
        tell(.other(.resumed(from: 7)))
        tell(.other(.bodySpliced(9)))
        tell(.other(.checked(sum: "md5:0", verdict: "--checksum")))
        tell(.ended(failure: nil, code: 0))
    }

    private static func log(in folder: ScratchFolder, _ secrets: Secrets = Secrets()) throws -> EventLog {
        EventLog(
            try LineLog(
                .file(folder["events"]), streams: OutputStreams(), shouldStop: { false }, fail: { _ in }),
            secrets: secrets, clock: RunClock(start: .now))
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
        let log = try Self.log(in: folder)
        var lines = TransferLines(transfer: 1)
        try Self.tell { lines.hear($0, .now, Self.place, log) }
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

    @Test func `each line of a head says what that head says, whatever heads were before (O-01)`() throws {
        let folder = ScratchFolder()
        let log = try Self.log(in: folder)
        let reasons = [
            "", "OK", "Ok", "Not \"Found\"", "é", "http://user:pw@h/?token=abc",
            String(repeating: "long ", count: 60),
        ]
        let fates: [TransferEvent.Fate] = [.delivered, .followed, .refused]
        var expected: [String] = []
        var generator = SystemRandomNumberGenerator()
        var lines = TransferLines(transfer: 1)
        for _ in 0..<1000 {
            // Two of these are kept in one place.
            guard let status = [200, 204, 216, 404].randomElement(using: &generator),
                let reason = reasons.randomElement(using: &generator),
                let fate = fates.randomElement(using: &generator)
            else { return }
            let head = try ResponseHead(parsing: "HTTP/1.1 \(status) \(reason)\r\n\r\n")
            lines.hear(.head(QueuedEvent.Head(head, .length(3), fate)), .now, Self.place, log)
            let shown = jsonString(Secrets().sentence(head.reason))
            expected.append(
                "\"status\":\(status),\"fate\":\"\(fate.rawValue)\","
                    + (reason.isEmpty ? "" : "\"reason\":\(shown),") + "\"total\":3}")
        }
        log.finish(RunSummary(status: 0))
        let told = try #require(folder.text("events")).split(separator: "\n").dropLast()
        #expect(told.count == expected.count)
        for (line, end) in zip(told, expected) {
            #expect(line.hasSuffix(",\"connection\":4,\(end)"), "\(line)")
        }
        #expect(!told.contains { $0.contains("abc") || $0.contains("pw") })
    }

    @Test func `each request has its own method (O-01)`() throws {
        let folder = ScratchFolder()
        let log = try Self.log(in: folder)
        let url = try HTTPURL.parse("http://h/")
        var lines = TransferLines(transfer: 1)
        let methods = ["GET", "HEAD", "GET", "A\u{7F}\"", "GET"]
        for (method, bytes) in zip(methods, [nil, nil, 5, nil, nil] as [Int64?]) {
            lines.hear(
                .hopBegan(
                    TransferEvent.Request(
                        method: method, url: url, referer: nil, usesProxy: false, bodyBytes: bytes)),
                .now, Self.place, log)
        }
        log.finish(RunSummary(status: 0))
        let told = try #require(folder.text("events")).split(separator: "\n").dropLast()
        let ends = zip(methods, ["", "", ",\"bytes\":5", "", ""]).map { method, bytes in
            "\"hop\":3,\"method\":\(jsonString(method)),\"url\":\"http://h/\",\"host\":\"h\",\"port\":80\(bytes)}"
        }
        #expect(told.count == ends.count && zip(told, ends).allSatisfy { $0.hasSuffix($1) }, "\(told)")
    }
}
