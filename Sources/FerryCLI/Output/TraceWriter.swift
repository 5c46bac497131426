/// Writes `-v` and the traces to their stream, stamping the time of each event when asked to.
///
/// A failure to write ends the trace and no transfer: it is kept for the end of the run.
final class TraceWriter {
    private let stream: TextStream
    private let showsTime: Bool
    private let showsIDs: Bool
    /// Who speaks next: the number of the transfer, and of its connection once it has one.
    var source: (transfer: Int, connection: Int?)?
    private let now: () -> WallTime
    private var formatter: TraceFormatter
    /// Why the trace is not whole; nil = it is.
    private(set) var failure: OutputError?

    /// The style decides whether body bytes have to be passed: `-v` needs their count only.
    var style: TraceStyle { formatter.style }

    init(
        stream: TextStream, style: TraceStyle, showsTime: Bool = false, showsIDs: Bool = false,
        secrets: Secrets = Secrets(),
        showsDataRuns: Bool = true, stylesHeaders: Bool = false, now: @escaping () -> WallTime = WallTime.now
    ) {
        self.stream = stream
        self.showsTime = showsTime
        self.showsIDs = showsIDs
        self.now = now
        formatter = TraceFormatter(
            style: style, secrets: secrets, isForTerminal: stream.isTerminal,
            showsDataRuns: showsDataRuns, stylesHeaders: stylesHeaders)
    }

    /// Lines stand below what it writes, if it writes on a terminal.
    func pin(_ lines: any PinnedLines) {
        if stream.isTerminal { stream.pinned = lines }
    }

    /// Nothing more is traced.
    func finish() { stream.finish() }

    /// One line of information, without its line end. URLs and headers in it have to be redacted by the caller.
    func info(_ text: String) {
        var text = text
        text.withUTF8 { record(.info, UnsafeRawBufferPointer($0)) }
    }

    /// Bytes as they were on the wire: whole header blocks or lines of them, body bytes as they come.
    func record(_ event: TraceEvent, _ bytes: UnsafeRawBufferPointer) {
        let text = formatter.text(for: event, bytes, stamp: stamp)
        write(text)
    }

    private func write(_ text: [UInt8]) {
        guard !text.isEmpty, failure == nil else { return }
        do throws(OutputError) { try stream.write(text) } catch { failure = error }
    }

    private var stamp: String {
        let time = showsTime ? now().localClock + " " : ""
        guard showsIDs else { return time }
        return time
            + "[\(source.map { "\($0.transfer)" } ?? "x")-\(source?.connection.map { "\($0)" } ?? "x")] "
    }
}
