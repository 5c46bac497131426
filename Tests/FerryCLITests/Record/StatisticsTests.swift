import Connector
import TestSupport
import Testing

@testable import FerryCLI

struct StatisticsTests {
    @Test func `hosts beyond a thousand are counted together (O-04)`() {
        var statistics = Statistics()
        for number in 0..<1500 {
            let place = statistics.place(of: "h\(number)")
            statistics.count(at: place) { $0.transfers += 1 }
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
            statistics.begin(at: place, isReused: place == places[0])
            statistics.end(at: place, isKept: place == places[0])
            statistics.count(at: place) { counts in
                counts.transfers += 1
                counts.answered(200)
                if place == places[1] { counts.answered(404) }
                counts.failures[22, default: 0] += 1
                counts.receivedBytes += 3
                counts.warm.record(place == places[0] ? 7 : 5000)
                counts.cold.record(90)
            }
        }
        let all = statistics.all
        #expect(all.transfers == 2 && all.receivedBytes == 6 && all.failures == [22: 2])
        #expect(all.opened == 1 && all.reused == 1 && all.closed == 1 && all.peak == 1 && all.underWay == 0)
        #expect(all.answers.map(\.status) == [200, 404] && all.answers.map(\.number) == [2, 1])
        #expect(all.total.count == 4 && all.total.min == 7 && all.total.max == 5000)
        #expect(all.warm.count == 2 && all.cold.count == 2 && all.total.mean == (7.0 + 5000 + 90 + 90) / 4)
    }

    @Test func `text and JSON tell the same (O-04)`() throws {
        var statistics = Statistics()
        let place = statistics.place(of: "h:80")
        statistics.count(at: place) { counts in
            counts.transfers = 3
            counts.answered(503)
            for _ in 0..<2 { counts.answered(200) }
            counts.failures = [28: 1]
            counts.receivedBytes = 10
            counts.cold.record(90_000)
            counts.warm.record(1000)
            counts.warm.record(2000)
        }
        statistics.begin(at: place, isReused: false)
        statistics.begin(at: place, isReused: true)
        statistics.end(at: place, isKept: true)
        statistics.begin(at: place, isReused: true)
        var totals = ConnectorStatistics.Totals()
        totals.opened = 1
        totals.reused = 2
        totals.closed.byPeer = 1
        let report = StatisticsReport(statistics: statistics, microseconds: 1_500_000, connectors: [totals])
        #expect(
            report.text == """
                3 transfers in 1.500 s, 2.00 a second
                  answers       2 × 200, 1 × 503
                  failures      1 × 28 (\(ExitStatus.timedOut.meaning))
                  bytes         10 received, 0 sent
                                     p50        p90        p99        max   (ms)
                  total             2.004     89.856     89.856     90.000   (3)
                    warm            1.002      2.000      2.000      2.000   (2)
                    cold           90.000     90.000     90.000     90.000   (1)
                  connections   1 opened, 2 reused, 2 at once
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
