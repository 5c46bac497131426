import Connector

/// `--timing=html:FILE`: one page that shows the whole run. Each transfer is written as it ends.
@LoopActor
final class TimingPage {
    private let file: RecordFile
    private var isFirst = true

    init(_ file: RecordFile) {
        self.file = file
    }

    /// Written with the first transfer: see `HARFile.start`.
    private func begin() {
        guard isFirst else { return }
        isFirst = false
        let names = Phase.allCases.map { jsonString($0.title) }.joined(separator: ",")
        file.write(TimingPageText.start + "{\"phases\":[\(names)],\"transfers\":[")
    }

    func add(_ timeline: Timeline) {
        let separator = isFirst ? "\n" : ",\n"
        begin()
        file.write(separator + Self.safe(Self.json(timeline)))
    }

    func finish() {
        begin()
        file.write("\n]}" + TimingPageText.end)
        file.finish()
    }

    /// Within a script element, nothing may look like its end or like a comment.
    nonisolated static func safe(_ json: String) -> String { json.replacing("<", with: "\\u003c") }

    /// An array each for the transfer, its requests and its stretches: names would be most of a page of ten thousand.
    nonisolated static func json(_ timeline: Timeline) -> String {
        let hops = timeline.hops.map { hop in
            let numbers = [
                "\(hop.attempt)", "\(hop.hop)", jsonString(hop.method), jsonString(hop.url),
                "\(hop.status ?? 0)",
                "\(hop.connection ?? -1)", hop.isReused ? "1" : "0", "\(hop.start)",
            ]
            return "[" + numbers.joined(separator: ",") + "]"
        }
        let spans = timeline.spans.map { span in
            "[\(span.phase.rawValue),\(span.attempt),\(span.hop),\(span.start),\(span.end)]"
        }
        let error = timeline.error.map(jsonString) ?? "null"
        return
            "[\(timeline.transfer),\(timeline.start),\(timeline.end),\(timeline.bytes),\(timeline.code),\(error),"
            + "[\(hops.joined(separator: ","))],[\(spans.joined(separator: ","))]]"
    }
}
