import Connector
import Testing

@testable import FerryCLI

struct TransferTimesTests {
    private static let address = SocketAddress.ipv4(0x7F00_0001, port: 80)
    private static let joined = ConnectorEvent.dnsLookupJoined(host: "h", port: 80)
    private static let missed = ConnectorEvent.dnsCacheMiss(host: "h", port: 80)
    private static let resolving = ConnectorEvent.resolving(host: "h", port: 80)
    private static let resolved = ConnectorEvent.resolved(host: "h", port: 80, addresses: [address])
    private static let started = ConnectorEvent.attemptStarted(address)
    private static let connected = ConnectorEvent.connected(local: nil, peer: address)

    /// Each step happens at its index, in seconds; a redirect stands for nil.
    private func report(_ steps: [ConnectorEvent?]) -> TransferReport {
        let start = ContinuousClock.now
        var times = TransferTimes(start: start)
        for (second, step) in steps.enumerated() {
            let instant = start + .seconds(second)
            if let step { times.note(step, at: instant) } else { times.beginNextHop(at: instant) }
        }
        let report = TransferReport()
        times.fill(report, now: start + .seconds(steps.count))
        return report
    }

    @Test(
        arguments: [
            ([], 0, 0),
            // A lookup that does not end, of one's own and of another transfer.
            ([.creating, missed, resolving], 0, 0), ([.creating, joined], 0, 0),
            // A lookup ends when its answer is used, and nothing is connected before it is.
            ([.creating, missed, resolving, resolved], 3, 0),
            ([.creating, missed, resolving, resolved, started], 3, 0),
            ([.creating, missed, resolving, resolved, started, connected], 3, 5),
            ([.creating, joined, .dequeued, started], 3, 0), ([.creating, joined, started, connected], 2, 3),
            ([.creating, .dnsCacheHit(host: "h", port: 80), started, connected], 1, 3),
            // An address needs none.
            ([.creating, started], 1, 0), ([.creating, started, started, connected], 1, 3),
            // Times are of the last request, and what it did not need was over when it began.
            ([.creating, started, connected, nil], 3, 3),
            ([.creating, started, connected, nil, missed, resolved, started, connected], 5, 7),
            ([.creating, started, connected, nil, joined, started, connected], 5, 6),
        ] as [([ConnectorEvent?], Int, Int)])
    func `names and connections take their time only where there are any`(
        steps: [ConnectorEvent?], nameLookup: Int, connect: Int
    ) {
        let report = report(steps)
        #expect(report.nameLookupTime == .seconds(nameLookup))
        #expect(report.connectTime == .seconds(connect))
        #expect(report.totalTime == .seconds(steps.count))
    }
}
