import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

/// What is counted of transfers: each has a tally, with which it comes to the record.
@Suite @LoopActor struct TransferTallyTests {
    private func record() -> StatisticsRecord { StatisticsRecord(RunClock(start: .now), Secrets()) }

    /// Of an exchange whose first byte, if it has a status, comes now.
    private func figures(
        _ status: Int?, _ received: Int64 = 0, _ sent: Int64 = 0, isKept: Bool = true
    ) -> ExchangeFigures {
        ExchangeFigures(
            status: status, firstByte: status == nil ? nil : .now, receivedBytes: received, sentBytes: sent,
            isConnectionKept: isKept)
    }

    private func url(_ host: String) throws -> HTTPURL { try HTTPURL.parse("http://\(host)/") }

    /// Lets the clock go on, so that two readings of it differ.
    private func letTimePass() {
        let start = Moment.now.nanoseconds
        while Moment.now.nanoseconds < start + 1000 {}
    }

    @Test func `a transfer over two hosts is counted at each of them (O-04)`() throws {
        let record = record()
        var tally = TransferTally()
        record.beginAttempt(&tally)
        let (first, second) = (try url("a"), try url("b"))
        record.waited(
            ConnectionTimes(queue: .microseconds(3), connect: .microseconds(40)), for: first, &tally)
        record.begin(&tally, to: first, isReused: false)
        record.end(&tally, figures(302, 5, 7))
        record.begin(&tally, to: second, isReused: true)
        record.end(&tally, figures(nil, isKept: false))
        record.waited(ConnectionTimes(queue: nil, connect: .microseconds(50)), for: second, &tally)
        record.begin(&tally, to: second, isReused: false)
        record.end(&tally, figures(200, 9))
        record.end(tally, code: 18)
        let hosts = record.report([]).statistics.hosts
        #expect(hosts.map(\.name) == ["a:80", "b:80"])
        let (a, b) = (hosts[0].counts, hosts[1].counts)
        #expect(a.answers.map(\.status) == [302] && a.receivedBytes == 5 && a.sentBytes == 7)
        #expect(a.transfers == 0 && a.opened == 1 && a.reused == 0 && a.closed == 0)
        #expect(a.queue.max == 3 && a.connect.max == 40 && a.firstByte.count == 0)
        #expect(b.answers.map(\.status) == [200] && b.receivedBytes == 9 && b.sentBytes == 0)
        #expect(b.transfers == 1 && b.opened == 1 && b.reused == 1 && b.closed == 1)
        #expect(b.queue.count == 0 && b.connect.max == 50 && b.failures == [18: 1])
        #expect(b.cold.count == 1 && b.warm.count == 0 && b.firstByte.count == 1)
        #expect(a.underWay.peak == 1 && b.underWay.peak == 1)
    }

    @Test func `a transfer that reaches no host is counted where its request was to go (O-04)`() throws {
        let record = record()
        var tally = TransferTally()
        record.begin(&tally, to: try url("a"), isReused: false)
        record.end(&tally, figures(302))
        record.move(&tally, to: try url("b"))
        record.end(tally, code: 6)
        let hosts = record.report([]).statistics.hosts
        #expect(hosts.map(\.name) == ["a:80", "b:80"])
        #expect(hosts.map(\.counts.failures) == [[:], [6: 1]])
    }

    @Test func `requests at once are counted, and each ends once (O-04)`() throws {
        let record = record()
        var tallies = [TransferTally(), TransferTally(), TransferTally()]
        let url = try url("a")
        record.begin(&tallies[0], to: url, isReused: false)
        record.begin(&tallies[1], to: url, isReused: false)
        record.end(&tallies[0], figures(200, 1))
        record.end(&tallies[0], figures(200, 1))
        record.begin(&tallies[2], to: url, isReused: true)
        let counts = record.report([]).statistics.all
        #expect(counts.underWay.peak == 2 && counts.receivedBytes == 1 && counts.answers.map(\.number) == [1])
    }

    @Test func `a transfer is as long as it is planned, begun or known to be (O-04)`() throws {
        let url = try url("h")
        func total(_ begin: (StatisticsRecord, inout TransferTally) -> Void) -> Int {
            let record = record()
            var tally = TransferTally()
            begin(record, &tally)
            record.beginAttempt(&tally)
            record.begin(&tally, to: url, isReused: true)
            letTimePass()
            record.end(&tally, figures(200))
            letTimePass()
            record.end(tally, code: 0)
            let counts = record.report([]).statistics.all
            #expect(counts.warm.count == 1 && counts.firstByte.max < counts.warm.max)
            return counts.warm.max
        }
        #expect(total { $1.start = Moment.now.nanoseconds - 5_000_000 } >= 5000)
        #expect(total { $0.begin(&$1, late: .seconds(9)) } >= 9_000_000)
        let before = Moment.now.nanoseconds
        let plain = total { _, _ in }
        #expect(plain <= (Moment.now.nanoseconds - before) / 1000)
    }

    @Test func `what asked for nothing is told of as such (O-04)`() throws {
        let record = record()
        for url in [try url("h"), nil] {
            var tally = TransferTally()
            record.skip(&tally, url)
            record.end(tally, code: 0)
        }
        let hosts = record.report([]).statistics.hosts
        #expect(hosts.map(\.name) == ["h:80", "(none)"])
        #expect(hosts.allSatisfy { $0.counts.skipped == 1 && $0.counts.transfers == 1 })
        #expect(hosts.allSatisfy { $0.counts.warm.count == 0 && $0.counts.cold.count == 0 })
    }
}
