/// Something that `-v` and the traces show.
enum TraceEvent: Equatable {
    case info
    case headerSent
    case headerReceived
    case dataSent
    case dataReceived
}

/// How events are shown: `-v`, `--trace-ascii` or `--trace`.
enum TraceStyle: Equatable {
    case verbose
    case ascii
    case hex
}

/// Turns events into the text of `-v` and the traces. Pure: time stamps are passed in as text.
struct TraceFormatter {
    let style: TraceStyle
    /// What is hidden in headers and information.
    let secrets: Secrets
    /// Whether all that a terminal may obey is escaped, and not only ASCII's control characters.
    let isForTerminal: Bool
    /// False when the body itself goes to a terminal: `-v` then leaves out its `[N bytes data]` lines.
    let showsDataRuns: Bool
    /// `-v` colours headers.
    let stylesHeaders: Bool
    private var lastEvent: TraceEvent?

    init(
        style: TraceStyle, secrets: Secrets = Secrets(), isForTerminal: Bool = false,
        showsDataRuns: Bool = true, stylesHeaders: Bool = false
    ) {
        self.stylesHeaders = stylesHeaders
        self.style = style
        self.secrets = secrets
        self.isForTerminal = isForTerminal
        self.showsDataRuns = showsDataRuns
    }

    /// The lines for one event; `stamp` (empty, or with a blank at its end) stands before each of them.
    mutating func text(for event: TraceEvent, _ bytes: UnsafeRawBufferPointer, stamp: String = "") -> [UInt8]
    {
        defer { lastEvent = event }
        if style == .verbose { return verboseText(event, bytes, stamp) }
        if event == .info {
            return line(stamp + "== Info: ", secrets.values(in: withoutLineEnd(bytes)), "")
        }
        // One entry for each received line, one for all that is sent at once.
        let shown = event == .headerSent || event == .headerReceived ? visible(headers: bytes) : Array(bytes)
        guard event == .headerReceived else { return dump(event, shown, bytes.count, stamp) }
        return shown.withUnsafeBytes { raw in
            zip(lines(of: bytes), lines(of: raw)).reduce(into: []) { result, line in
                result += dump(event, Array(line.1), line.0.count, stamp)
            }
        }
    }

    // MARK: -v

    private func verboseText(_ event: TraceEvent, _ bytes: UnsafeRawBufferPointer, _ stamp: String) -> [UInt8]
    {
        let mark: String
        switch event {
        case .info: mark = "* "
        case .headerSent: mark = "> "
        case .headerReceived: mark = "< "
        case .dataSent, .dataReceived:
            return runText(event, bytes.count, stamp)
        }
        let shown = event == .info ? secrets.values(in: Array(bytes)) : visible(headers: bytes)
        return shown.withUnsafeBytes { raw in
            lines(of: raw).reduce(into: []) { result, part in
                let text = UnsafeRawBufferPointer(rebasing: part)
                result += stamp.utf8
                result += mark.utf8
                result +=
                    stylesHeaders && event != .info ? HeaderStyle.styled(text, url: nil) : visible(text)
                if text.last != 0x0A { result.append(0x0A) }
            }
        }
    }

    /// Only the first piece of a run gets a line: a body may have a million pieces.
    private func runText(_ event: TraceEvent, _ count: Int, _ stamp: String) -> [UInt8] {
        guard showsDataRuns, event != lastEvent else {
            return []
        }
        let brace = event == .dataSent ? "}" : "{"
        return Array("\(stamp)\(brace) [\(count) bytes data]\n".utf8)
    }

    // MARK: Traces

    /// `count` is that of the bytes on the wire, before secrets were taken out.
    private func dump(_ event: TraceEvent, _ shown: [UInt8], _ count: Int, _ stamp: String) -> [UInt8] {
        let title =
            switch event {
            case .info: "== Info"
            case .headerSent: "=> Send header"
            case .headerReceived: "<= Recv header"
            case .dataSent: "=> Send data"
            case .dataReceived: "<= Recv data"
            }
        let hexCount = String(count, radix: 16)
        var result = Array("\(stamp)\(title), \(count) bytes (0x\(hexCount))\n".utf8)
        if style == .hex { appendHex(shown, to: &result) } else { appendASCII(shown, to: &result) }
        return result
    }

    private func appendHex(_ bytes: [UInt8], to result: inout [UInt8]) {
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let row = bytes[start..<min(start + 16, bytes.count)]
            appendOffset(start, to: &result)
            for byte in row {
                result.append(hexDigit(byte >> 4))
                result.append(hexDigit(byte & 15))
                result.append(0x20)
            }
            result += repeatElement(0x20, count: (16 - row.count) * 3)
            for byte in row { result.append(printable(byte)) }
            result.append(0x0A)
        }
    }

    /// 64 to a line; CR LF ends a line and is not shown.
    private func appendASCII(_ bytes: [UInt8], to result: inout [UInt8]) {
        var start = 0
        while start < bytes.count {
            var end = start
            let limit = min(start + 64, bytes.count)
            func isLineEnd(_ index: Int) -> Bool {
                index + 1 < bytes.count && bytes[index] == 0x0D && bytes[index + 1] == 0x0A
            }
            while end < limit, !isLineEnd(end) { end += 1 }
            appendOffset(start, to: &result)
            for byte in bytes[start..<end] { result.append(printable(byte)) }
            result.append(0x0A)
            start = isLineEnd(end) ? end + 2 : end
        }
    }

    private func appendOffset(_ offset: Int, to result: inout [UInt8]) {
        // Four digits, or as many as it has.
        var shift = 12
        while offset >> shift > 15 { shift += 4 }
        for place in stride(from: shift, through: 0, by: -4) {
            result.append(hexDigit(UInt8(truncatingIfNeeded: offset >> place) & 15))
        }
        result += ": ".utf8
    }

    // MARK: Helpers

    /// Without what drives a terminal; a file keeps the bytes above 0x7F.
    private func visible(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        isForTerminal ? TerminalText.escaped(bytes) : TerminalText.escapedASCIIControls(bytes)
    }

    private func visible(headers bytes: UnsafeRawBufferPointer) -> [UInt8] {
        secrets.head(Array(bytes))
    }

    private func line(_ prefix: String, _ text: [UInt8], _ suffix: String) -> [UInt8] {
        let shown = text.withUnsafeBytes { visible($0) }
        return Array(prefix.utf8) + shown + Array(suffix.utf8) + [0x0A]
    }

    private func withoutLineEnd(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        Array(bytes.last == 0x0A ? bytes.dropLast() : bytes[...])
    }

    private func lines(of bytes: UnsafeRawBufferPointer) -> [Slice<UnsafeRawBufferPointer>] {
        var lines: [Slice<UnsafeRawBufferPointer>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }

    private func printable(_ byte: UInt8) -> UInt8 {
        (0x20..<0x7F).contains(byte) ? byte : UInt8(ascii: ".")
    }
}
