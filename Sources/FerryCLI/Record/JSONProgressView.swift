import Connector

/// Progress for programs: a JSON object a line, once a second for each transfer that has moved, and one at its end.
///
/// The manual's section AT THE TERMINAL lists the members.
@LoopActor
final class JSONProgressView: ProgressView {
    let interval = Duration.seconds(1)
    private let stream: TextStream
    /// What was told of each transfer the last time.
    private var told: [Int: Told] = [:]

    private struct Told: Equatable {
        var state: String
        var attempt: Int
        var bytes: Int64
    }

    init(_ stream: TextStream) {
        self.stream = stream
    }

    func show(_ board: inout TransferBoard, isHidden: Bool, now: ContinuousClock.Instant) {
        var text: [UInt8] = []
        for entry in board.longestRunning(.max) {
            let state = Told(
                state: Self.word(entry.state), attempt: entry.attempt,
                bytes: entry.received.addingSaturated(entry.sent))
            let speed = board.speed(of: entry.start.number, now: now)
            guard told.updateValue(state, forKey: entry.start.number) != state else { continue }
            text += Self.line(entry, state: state.state, speed: speed, now: now)
        }
        if !text.isEmpty { print(text) }
    }

    func end(_ ended: TransferBoard.Ended) {
        told[ended.entry.start.number] = nil
        print(Self.line(ended))
    }

    private func print(_ bytes: [UInt8]) {
        // Nobody can be told when that fails.
        try? bytes.withUnsafeBytes { try stream.write($0) }
    }

    /// The line of a transfer that runs.
    static func line(
        _ entry: TransferBoard.Entry, state: String, speed: Int64, now: ContinuousClock.Instant
    ) -> [UInt8] {
        var line = EventLine()
        line.begin(entry, progress: "running")
        line.add("state", state)
        line.addBytes(of: entry)
        line.add("bytes_per_second", Int(clamping: speed))
        line.add("elapsed_ms", now - entry.began)
        if let left = entry.left(at: speed) { line.add("left_s", left) }
        if case .pausing(let next) = entry.state { line.add("pause_ms", next - now) }
        return line.ended()
    }

    /// The line of one that is over.
    static func line(_ ended: TransferBoard.Ended) -> [UInt8] {
        var line = EventLine()
        line.begin(ended.entry, progress: "ended")
        line.addBytes(of: ended.entry)
        line.add("elapsed_ms", ended.elapsed)
        line.add("exit_code", ended.code)
        if let path = ended.entry.path { line.add("file", path) }
        if let verdict = ended.entry.verdict { line.add("checked", verdict) }
        if let failure = ended.failure { line.add("error", failure) }
        return line.ended()
    }

    static func word(_ state: TransferBoard.State) -> String {
        switch state {
        case .waiting: "waiting"
        case .sending: "sending"
        case .receiving: "receiving"
        case .pausing: "pausing"
        }
    }
}

extension EventLine {
    /// Begins the line about a transfer's progress.
    fileprivate mutating func begin(_ entry: TransferBoard.Entry, progress: String) {
        begin("progress", progress)
        add("transfer", entry.start.number)
        add("name", entry.start.name)
        add("url", entry.start.url)
        add("attempt", entry.attempt)
    }

    fileprivate mutating func addBytes(of entry: TransferBoard.Entry) {
        if entry.resumedFrom > 0 { add("resumed_from", Int(clamping: entry.resumedFrom)) }
        add("received", Int(clamping: entry.received))
        if let total = entry.toReceive { add("to_receive", Int(clamping: total)) }
        add("sent", Int(clamping: entry.sent))
        if let total = entry.toSend { add("to_send", Int(clamping: total)) }
    }

    /// In milliseconds.
    fileprivate mutating func add(_ name: StaticString, _ duration: Duration) {
        add(name, Int(clamping: Int64(max(.zero, duration) / .milliseconds(1))))
    }

    /// Ends the only line.
    fileprivate consuming func ended() -> [UInt8] {
        end()
        return Array(bytes)
    }
}
