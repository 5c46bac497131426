import Connector

/// What `--stats` tells, as text and as JSON. Pure.
struct StatisticsReport {
    let statistics: Statistics
    /// How long the run took.
    let microseconds: Int
    /// What each connector counted.
    let connectors: [ConnectorStatistics.Totals]
    /// The sum of all hosts, made once.
    private let all: Statistics.Counts

    init(statistics: Statistics, microseconds: Int, connectors: [ConnectorStatistics.Totals]) {
        self.statistics = statistics
        self.microseconds = microseconds
        self.connectors = connectors
        all = statistics.all
    }

    private typealias Counts = Statistics.Counts
    private static let quantiles: [(name: String, fraction: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99),
    ]

    // MARK: Text

    /// Lines for people.
    var text: String {
        var lines = [
            "\(Self.transfers(all)) in \(Self.seconds(microseconds)) s, \(rate) a second"
        ]
        lines += Self.lines(of: all)
        lines += connectionLines
        if statistics.hosts.count > 1 {
            for host in statistics.hosts {
                lines.append("")
                lines.append("\(host.name): \(Self.transfers(host.counts))")
                lines += Self.lines(of: host.counts)
                lines.append(
                    "  connections   \(host.counts.opened) opened, \(host.counts.reused) reused, \(host.counts.underWay.peak) at once, \(host.counts.closed) closed after use"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func transfers(_ counts: Counts) -> String {
        counts.transfers == 1 ? "1 transfer" : "\(counts.transfers) transfers"
    }

    private var rate: String {
        guard microseconds > 0 else { return "0" }
        let rate = Double(all.transfers) / (Double(microseconds) / 1_000_000)
        return rate >= 100 ? "\(Int(rate.rounded()))" : Self.decimal(Int((rate * 100).rounded()), 2)
    }

    private static func lines(of counts: Counts) -> [String] {
        var lines: [String] = []
        let answers = counts.answers.sorted { $0.status < $1.status }.map { "\($0.number) × \($0.status)" }
        lines.append("  answers       \(answers.isEmpty ? "none" : answers.joined(separator: ", "))")
        for (code, number) in counts.failures.sorted(by: { $0.key < $1.key }) {
            lines.append("  failures      \(number) × \(code) (\(meaning(of: code)))")
        }
        if counts.skipped > 0 { lines.append("  skipped       \(counts.skipped), as the file was there") }
        lines.append("  bytes         \(counts.receivedBytes) received, \(counts.sentBytes) sent")
        lines.append("                     p50        p90        p99        max   (ms)")
        for (name, histogram) in [
            ("queue", counts.queue), ("connect", counts.connect), ("first byte", counts.firstByte),
            ("total", counts.total), ("  warm", counts.warm), ("  cold", counts.cold),
        ] where histogram.count > 0 {
            // Where all are of one kind, that line says what the one above it says.
            if name.hasPrefix(" "), histogram.count == counts.total.count { continue }
            let numbers = quantiles.map { histogram.quantile($0.fraction) } + [histogram.max]
            let columns = numbers.map { padded(decimal($0, 3), 11) }.joined()
            let label = name + String(repeating: " ", count: max(0, 12 - name.count))
            lines.append("  \(label)\(columns)   (\(histogram.count))")
        }
        return lines
    }

    private var connectionLines: [String] {
        let sum = connectors.reduce(into: ConnectorStatistics.Totals()) { sum, other in
            sum.opened += other.opened
            sum.reused += other.reused
            sum.failed += other.failed
            sum.waited += other.waited
            sum.waitingTime += other.waitingTime
        }
        let closed = Self.reasons.compactMap { reason in
            let number = connectors.reduce(0) { $0 + $1.closed[keyPath: reason.count] }
            return number > 0 ? "\(number) \(reason.text)" : nil
        }
        var lines = [
            "  connections   \(sum.opened) opened, \(sum.reused) reused, \(all.underWay.peak) at once"
                + (sum.failed > 0 ? ", \(sum.failed) failed" : "")
        ]
        if !closed.isEmpty { lines.append("  closed        \(closed.joined(separator: ", "))") }
        if sum.waited > 0 {
            let waited = Int(clamping: sum.waitingTime.attoseconds / 1_000_000_000_000)
            lines.append("  waited        \(sum.waited) times, \(Self.seconds(waited)) s together")
        }
        return lines
    }

    private static var reasons:
        [(name: String, text: String, count: KeyPath<ConnectorStatistics.Closed, Int>)]
    {
        [
            ("after_use", "after use", \.afterUse), ("idle_timeout", "idle for too long", \.idleTimeout),
            ("by_peer", "by the server", \.byPeer), ("for_slot", "for another host", \.forSlot),
            ("for_descriptor", "for a descriptor", \.forDescriptor),
            ("at_end", "at the end", \.withConnector),
        ]
    }

    private static func meaning(of code: CInt) -> String {
        // By a signal, too.
        if code == ExitStatus.aborted.rawValue { return "stopped before the end" }
        return ExitStatus(rawValue: code)?.meaning ?? "failed"
    }

    private static func seconds(_ microseconds: Int) -> String { decimal(microseconds / 1000, 3) }

    /// A number with its last `places` digits behind a point.
    private static func decimal(_ number: Int, _ places: Int) -> String {
        let divisor = places == 2 ? 100 : 1000
        return "\(number / divisor).\(padded(number % divisor, places, with: "0"))"
    }

    // MARK: JSON

    /// One JSON object, with a line end.
    var json: String {
        var members = [
            ("v", "1"), ("time_us", "\(microseconds)"), ("run", Self.json(all)),
            ("hosts", Self.object(statistics.hosts.map { ($0.name, Self.json($0.counts)) })),
        ]
        members.append(("connectors", "[" + connectors.map(Self.json).joined(separator: ",") + "]"))
        return Self.object(members) + "\n"
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(jsonString($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    private static func json(_ counts: Counts) -> String {
        object([
            ("transfers", "\(counts.transfers)"), ("skipped", "\(counts.skipped)"),
            (
                "answers",
                object(
                    counts.answers.sorted { $0.status < $1.status }.map { ("\($0.status)", "\($0.number)") })
            ),
            (
                "failures",
                object(counts.failures.sorted { $0.key < $1.key }.map { ("\($0.key)", "\($0.value)") })
            ),
            ("received_bytes", "\(counts.receivedBytes)"), ("sent_bytes", "\(counts.sentBytes)"),
            ("opened", "\(counts.opened)"), ("reused", "\(counts.reused)"),
            ("peak", "\(counts.underWay.peak)"),
            ("closed_after_use", "\(counts.closed)"), ("queue_us", json(counts.queue)),
            ("connect_us", json(counts.connect)), ("first_byte_us", json(counts.firstByte)),
            ("total_us", json(counts.total)), ("warm_us", json(counts.warm)), ("cold_us", json(counts.cold)),
        ])
    }

    private static func json(_ histogram: Histogram) -> String {
        guard histogram.count > 0 else { return #"{"count":0}"# }
        return object(
            [
                ("count", "\(histogram.count)"), ("mean", "\(Int(histogram.mean.rounded()))"),
                ("min", "\(histogram.min)"),
            ]
                + quantiles.map { ($0.name, "\(histogram.quantile($0.fraction))") }
                + [("max", "\(histogram.max)")])
    }

    /// As the library counts it.
    private static func json(_ totals: ConnectorStatistics.Totals) -> String {
        let closed = reasons.map { ($0.name, "\(totals.closed[keyPath: $0.count])") }
        return object([
            ("opened", "\(totals.opened)"), ("reused", "\(totals.reused)"), ("failed", "\(totals.failed)"),
            ("waited", "\(totals.waited)"),
            ("waiting_us", "\(totals.waitingTime.attoseconds / 1_000_000_000_000)"),
            ("closed", object(closed)),
        ])
    }
}
