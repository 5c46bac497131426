/// Writes `-v` and the traces to their stream, stamping the time of each event when asked to.
///
/// Failures to write are dropped: a trace must not end a transfer.
final class TraceWriter {
    private let stream: TextStream
    private let showsTime: Bool
    private let showsIDs: Bool
    /// Who speaks next: the number of the transfer, and of its connection once it has one.
    var source: (transfer: Int, connection: Int?)?
    private let now: () -> WallTime
    private var formatter: TraceFormatter

    /// The style decides whether body bytes have to be passed: `-v` needs their count only.
    var style: TraceStyle { formatter.style }

    init(
        stream: TextStream, style: TraceStyle, showsTime: Bool = false, showsIDs: Bool = false,
        showsSecrets: Bool = false,
        showsDataRuns: Bool = true, now: @escaping () -> WallTime = WallTime.now
    ) {
        self.stream = stream
        self.showsTime = showsTime
        self.showsIDs = showsIDs
        self.now = now
        formatter = TraceFormatter(
            style: style, showsSecrets: showsSecrets, isForTerminal: stream.isTerminal,
            showsDataRuns: showsDataRuns)
    }

    /// One line of information, without its line end. URLs and headers in it have to be redacted by the caller.
    func info(_ text: String) {
        var text = text
        text.withUTF8 { record(.info, UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as they were on the wire: whole header blocks or lines of them, body bytes as they come.
    func record(_ event: TraceEvent, _ bytes: UnsafeRawBufferPointer) {
        let text = formatter.text(for: event, bytes, stamp: stamp)
        guard !text.isEmpty else { return }
        try? stream.write(text)
    }

    /// Body bytes that never came into this process's memory (splice): only `-v` shows something of them.
    func recordUnseen(_ event: TraceEvent, count: Int) {
        guard style == .verbose else { return }
        let text = formatter.text(ofRun: event, count: count, stamp: stamp)
        if !text.isEmpty { try? stream.write(text) }
    }

    private var stamp: String {
        let time = showsTime ? now().localClock + " " : ""
        guard showsIDs else { return time }
        return time
            + "[\(source.map { "\($0.transfer)" } ?? "x")-\(source?.connection.map { "\($0)" } ?? "x")] "
    }
}
