import Connector
import HTTPClient
import TestSupport
import Testing

@testable import FerryCLI

struct StatisticsTests {
    /// A request and its answer, whose body has three bytes.
    private func answer(
        _ status: Int, at place: Int, isReused: Bool = true, isKept: Bool = true,
        _ statistics: inout Statistics
    ) {
        statistics.begin(at: place, isReused: isReused)
        let figures = ExchangeFigures(
            status: status, firstByte: nil, receivedBytes: 3, sentBytes: 0, isConnectionKept: isKept)
        statistics.end(at: place, figures)
    }

    /// A transfer that took so many microseconds, as did its first byte.
    private func end(
        after microseconds: Int, isCold: Bool = false, at place: Int, code: CInt = 0,
        _ statistics: inout Statistics
    ) {
        let end = microseconds * 1000
        let tally = TransferTally(start: 0, firstByte: end, isCold: isCold)
        statistics.end(tally, at: place, code: code, end)
    }

    @Test func `hosts beyond a thousand are counted together (O-04)`() {
        var statistics = Statistics()
        for number in 0..<1500 {
            let place = statistics.place(of: "h\(number)")
            statistics.end(TransferTally(), at: place, code: 0, 0)
        }
        #expect(statistics.all.transfers == 1500 && statistics.hosts.count == 1001)
        #expect(
            statistics.hosts[1000].name == "(other hosts)" && statistics.hosts[1000].counts.transfers == 500)
        #expect(statistics.place(of: "h3") == 3)
    }

    @Test func `all is the sum of the hosts, but for what was at once (O-04)`() {
        var statistics = Statistics()
        let places = [statistics.place(of: "a"), statistics.place(of: "b")]
        for place in places {
            let isFirst = place == places[0]
            answer(200, at: place, isReused: isFirst, isKept: isFirst, &statistics)
            if !isFirst { answer(404, at: place, &statistics) }
            end(after: isFirst ? 7 : 5000, at: place, code: 22, &statistics)
            end(after: 90, isCold: true, at: place, &statistics)
        }
        let all = statistics.all
        #expect(all.transfers == 4 && all.receivedBytes == 9 && all.failures == [22: 2])
        #expect(all.opened == 1 && all.reused == 2 && all.closed == 1 && all.underWay.peak == 1)
        #expect(all.answers.map(\.status) == [200, 404] && all.answers.map(\.number) == [2, 1])
        #expect(all.total.count == 4 && all.total.min == 7 && all.total.max == 5000)
        #expect(all.warm.count == 2 && all.cold.count == 2 && all.total.mean == (7.0 + 5000 + 90 + 90) / 4)
    }

    @Test func `text and JSON tell the same (O-04)`() throws {
        var statistics = Statistics()
        let place = statistics.place(of: "h:80")
        statistics.begin(at: place, isReused: false)
        for status in [503, 200, 200] { answer(status, at: place, &statistics) }
        end(after: 90_000, isCold: true, at: place, code: 28, &statistics)
        end(after: 1000, at: place, &statistics)
        end(after: 2000, at: place, &statistics)
        var totals = ConnectorStatistics.Totals()
        totals.opened = 1
        totals.reused = 3
        totals.closed.byPeer = 1
        let report = StatisticsReport(statistics: statistics, microseconds: 1_500_000, connectors: [totals])
        #expect(
            report.text == """
                3 transfers in 1.500 s, 2.00 a second
                  answers       2 × 200, 1 × 503
                  failures      1 × 28 (\(ExitStatus.timedOut.meaning))
                  bytes         9 received, 0 sent
                                     p50        p90        p99        max   (ms)
                  first byte        2.004     89.856     89.856     90.000   (3)
                  total             2.004     89.856     89.856     90.000   (3)
                    warm            1.002      2.000      2.000      2.000   (2)
                    cold           90.000     90.000     90.000     90.000   (1)
                  connections   1 opened, 3 reused, 2 at once
                  closed        1 by the server

                """, "\(report.text)")
        let json = try ParsedJSON(report.json)
        #expect(json["v"]?.int == 1 && json["time_us"]?.int == 1_500_000)
        #expect(json["run"]?["answers"]?["503"]?.int == 1 && json["run"]?["peak"]?.int == 2)
        #expect(json["hosts"]?["h:80"]?["total_us"]?["max"]?.int == 90_000)
        #expect(json["run"]?["connect_us"]?["count"]?.int == 0)
        #expect(json["connectors"]?[0]?["closed"]?["by_peer"]?.int == 1)
    }
}
