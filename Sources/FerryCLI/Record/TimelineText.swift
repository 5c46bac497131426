/// A timeline as lines of text: a bar for each stretch, below one another as they followed in time. Pure.
struct TimelineText {
    /// The width to keep to.
    let columns: Int

    private static let label = 12
    private static let number = 14
    /// The least room for a method and a URL.
    private static let shortest = 12

    private var bar: Int { max(10, min(columns, 160) - Self.label - Self.number) }

    /// The lines, each with its end.
    func text(of timeline: Timeline) -> String {
        var lines = [title(of: timeline)]
        let isPlain = timeline.hops.count <= 1 && timeline.spans.allSatisfy { $0.attempt <= 1 }
        var place: (attempt: Int, hop: Int)?
        for span in merged(timeline.spans, isPlain: isPlain) {
            if !isPlain, let hop = hop(of: span, in: timeline),
                place?.attempt != span.attempt || place?.hop != span.hop
            {
                lines.append(heading(of: hop))
                place = (span.attempt, span.hop)
            }
            lines.append(line(of: span, in: timeline))
        }
        if let error = timeline.error { lines.append("  " + error) }
        return lines.map { TerminalText.escapedLine($0) + "\n" }.joined()
    }

    /// What follows at once and is of one kind is one stretch; the tool's own that are shorter than a thousandth of the whole
    /// are of no interest.
    private func merged(_ spans: [PhaseSpan], isPlain: Bool) -> [PhaseSpan] {
        let whole = spans.reduce(0) { $0 + $1.length }
        var merged: [PhaseSpan] = []
        for span in spans {
            if let last = merged.last, last.phase == span.phase,
                isPlain || last.attempt == span.attempt && last.hop == span.hop
            {
                merged[merged.count - 1].end = span.end
            } else {
                merged.append(span)
            }
        }
        return merged.filter { $0.phase != .other || $0.length * 1000 >= whole }
    }

    private func title(of timeline: Timeline) -> String {
        guard let last = timeline.hops.last else {
            return "no request  \(Self.milliseconds(timeline.length))"
        }
        let first = timeline.hops[0]
        let status = last.status.map { "\($0)" } ?? "no answer"
        let end = "  \(status)  \(timeline.bytes) bytes  \(Self.milliseconds(timeline.length))"
        return shortened("\(first.method) \(first.url)", to: max(Self.shortest, columns - end.count)) + end
    }

    private func heading(of hop: Timeline.Hop) -> String {
        let connection = hop.connection.map { "  #\($0)\(hop.isReused ? " again" : "")" } ?? ""
        let end = "  \(hop.status.map { "\($0)" } ?? "no answer")\(connection)"
        let start = " \(hop.attempt).\(hop.hop) "
        return start
            + shortened("\(hop.method) \(hop.url)", to: max(Self.shortest, columns - start.count - end.count))
            + end
    }

    private func hop(of span: PhaseSpan, in timeline: Timeline) -> Timeline.Hop? {
        timeline.hops.first { $0.attempt == span.attempt && $0.hop == span.hop }
    }

    private func line(of span: PhaseSpan, in timeline: Timeline) -> String {
        let whole = max(1, timeline.length)
        func column(_ microseconds: Int) -> Int {
            Int((Double(microseconds - timeline.start) / Double(whole) * Double(bar)).rounded(.down))
        }
        let first = min(max(0, column(span.start)), bar - 1)
        let last = min(max(column(span.end), first + 1), bar)
        let label = "  " + span.phase.title
        return label + String(repeating: " ", count: max(1, Self.label - label.count))
            + String(repeating: " ", count: first) + String(repeating: "#", count: last - first)
            + String(repeating: " ", count: bar - last) + padded(Self.milliseconds(span.length), Self.number)
    }

    private func shortened(_ text: String, to room: Int) -> String {
        text.count <= room ? text : String(text.prefix(room - 3)) + "..."
    }

    private static func milliseconds(_ microseconds: Int) -> String {
        "\(microseconds / 1000).\(padded(microseconds % 1000, 3, with: "0")) ms"
    }
}
