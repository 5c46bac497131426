import HTTPCore
import Testing

@testable import Connector
@testable import HTTPClient

/// What is counted of transfers, whether somebody else hears of them or not.
@Suite @LoopActor struct TransferTallyTests {
    /// Writes down what it is told. Each host is counted at the length of its name.
    @LoopActor private final class Counter: TransferCounter {
        var lines: [String] = []
        /// Of the transfers that are over, from their start, in nanoseconds.
        var durations: [(firstByte: Int?, total: Int)] = []

        func place(of url: HTTPURL) -> Int { url.host.utf8.count }

        func spent(_ nanoseconds: Int, on step: TransferTally.Step, at place: Int?) {
            lines.append("\(step) \(place ?? 0)\(nanoseconds > 0 ? "" : " without time")")
        }

        func begin(at place: Int, isReused: Bool) {
            lines.append("begin \(place)\(isReused ? " again" : "")")
        }

        func end(at place: Int, isKept: Bool) { lines.append("end \(place)\(isKept ? " kept" : "")") }

        func count(_ answers: TransferTally.Answers, at place: Int) {
            lines.append("answers \(place): \(text(answers))")
        }

        func count(
            _ tally: borrowing TransferTally, _ answers: TransferTally.Answers, at place: Int?, code: CInt,
            end: Moment
        ) {
            let (isCold, isSkipped) = (tally.isCold, tally.isSkipped)
            lines.append(
                "over \(place ?? 0): \(text(answers)), code \(code)\(isCold ? ", cold" : "")"
                    + (isSkipped ? ", skipped" : ""))
            guard let start = tally.start else { return }
            durations.append((tally.firstByte.map { $0 - start }, end.nanoseconds - start))
        }

        private func text(_ answers: TransferTally.Answers) -> String {
            "\(answers.status ?? 0) \(answers.received)/\(answers.sent)"
        }
    }

    /// Hears everything, so that what is counted is not all that is told.
    @LoopActor private final class Listener: TransferListener {
        func hear(_ event: TransferEvent) {}
    }

    private func events(_ counter: Counter, isHeard: Bool, beginning: Moment? = nil) -> TransferEvents {
        var list = ListenerList(isHeard ? [Listener()] : [])
        list.append(counter)
        return TransferEvents(
            transfer: 0, listeners: list, numbers: ConnectionNumbers(), beginning: beginning)
    }

    private func head(_ status: Int) throws -> TransferEvent.Kind {
        .head(try ResponseHead(parsing: "HTTP/1.1 \(status) -\r\n\r\n"), .none, .delivered)
    }

    private func hop(_ host: String) throws -> TransferEvent.Kind {
        .hopBegan(
            TransferEvent.Request(
                method: "GET", url: try HTTPURL.parse("http://\(host)/"), referer: nil, usesProxy: false,
                bodyBytes: nil))
    }

    /// Lets the clock go on, so that two readings of it differ.
    private func letTimePass() {
        let start = Moment.now.nanoseconds
        while Moment.now.nanoseconds == start {}
    }

    @Test(arguments: [false, true])
    func `a transfer over two hosts is counted at each of them (O-04)`(isHeard: Bool) async throws {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let counter = Counter()
        let events = events(counter, isHeard: isHeard)
        let kinds: [TransferEvent.Kind] = [
            .attemptBegan, try hop("h"), .connector(.queued(position: 1)), .connector(.dequeued),
            .connector(.creating), .connector(.created(local: nil, peer: nil, tls: nil)),
            .exchangeBegan(connection), .requestSpliced(7), .requestEnded, .responseBegan, try head(401),
            .bodySpliced(5), try head(302), .bodySpliced(6), .connectionLeft(connection, isKept: true),
            try hop("hh"), .exchangeBegan(connection), .responseBegan, try head(200), .bodySpliced(9),
            .ended(failure: "no", code: 18),
        ]
        for kind in kinds {
            letTimePass()
            events.tell(kind)
        }
        #expect(
            counter.lines == [
                "queue 1", "connect 1", "begin 1", "answers 1: 401 5/7", "end 1 kept", "answers 1: 302 6/0",
                "begin 2", "end 2", "over 2: 200 9/0, code 18, cold",
            ])
        connection.close()
        await rig.connector.close()
    }

    @Test(arguments: [false, true])
    func `a transfer is as long as it is planned, begun or known to be (O-04)`(isHeard: Bool) throws {
        let early = Moment(nanoseconds: Moment.now.nanoseconds - 5_000_000)
        func duration(_ beginning: Moment?, _ kinds: TransferEvent.Kind...) throws -> Int {
            let counter = Counter()
            let events = events(counter, isHeard: isHeard, beginning: beginning)
            for kind in kinds + [.responseBegan, .ended(failure: nil, code: 0)] {
                letTimePass()
                events.tell(kind)
            }
            let (first, total) = try #require(counter.durations.first)
            #expect(try #require(first) < total)
            return total
        }
        #expect(try duration(early, .attemptBegan) > 5_000_000)
        #expect(
            try duration(nil, .scheduled(late: .seconds(9), waited: .zero), .attemptBegan) > 9_000_000_000)
        let before = Moment.now.nanoseconds
        let total = try duration(nil, .attemptBegan, .attemptBegan)
        #expect(total < Moment.now.nanoseconds - before)
    }

    @Test(arguments: [false, true])
    func `what asked for nothing is told of as such (O-04)`(isHeard: Bool) throws {
        let counter = Counter()
        for url in [try HTTPURL.parse("http://hhh/"), nil] {
            let events = events(counter, isHeard: isHeard)
            events.tell(.skipped(url, reason: ""))
            events.tell(.ended(failure: nil, code: 0))
        }
        #expect(counter.lines == ["over 3: 0 0/0, code 0, skipped", "over 0: 0 0/0, code 0, skipped"])
    }
}
