import HTTPCore

/// Shows a body to people: JSON laid out, and on a terminal without sequences that control it.
final class BodyDisplay {
    /// nil = the body stays as it is laid out.
    private var printer: JSONPrinter?
    /// nil = every byte passes.
    private var filter: TerminalFilter?
    /// The first bytes of a body whose type does not say whether it is JSON; nil = that is known.
    private var opening: JSONOpening?
    private var hasEnded = false

    /// nil where there is nothing to do, so that the bytes go to the sink directly.
    init?(_ json: JSONPrinter.Style?, contentType: String?, isOnTerminal: Bool) {
        let likeness = json == nil ? .none : JSONLikeness(contentType: contentType)
        guard isOnTerminal || likeness != .none else { return nil }
        if isOnTerminal { filter = TerminalFilter() }
        if likeness != .none { printer = json.map { JSONPrinter($0) } }
        if likeness == .possible { opening = JSONOpening() }
    }

    /// Writes what is to be shown of the next bytes.
    func write(_ bytes: UnsafeRawBufferPointer, to sink: any ByteSink) throws(OutputError) {
        guard opening != nil else { return try print(bytes, to: sink) }
        for (index, byte) in bytes.enumerated() {
            guard let isJSON = opening?.take(byte) else { continue }
            let begun = opening?.bytes ?? []
            opening = nil
            if !isJSON { printer = nil }
            try print(begun, to: sink)
            return try print(UnsafeRawBufferPointer(rebasing: bytes[(index + 1)...]), to: sink)
        }
    }

    /// The body has ended, whole or not. Does nothing the second time.
    func finish(to sink: any ByteSink) throws(OutputError) {
        guard !hasEnded else { return }
        hasEnded = true
        if let opening {
            printer = nil
            try print(opening.bytes, to: sink)
        }
        try printer?.finish { (bytes) throws(OutputError) in try show(bytes, on: sink) }
        var rest: [UInt8] = []
        filter?.finish(into: &rest)
        if !rest.isEmpty { try sink.write(rest) }
    }

    private func print(_ bytes: [UInt8], to sink: any ByteSink) throws(OutputError) {
        let failure = bytes.withUnsafeBytes { raw -> OutputError? in
            do throws(OutputError) {
                try print(raw, to: sink)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    private func print(_ bytes: UnsafeRawBufferPointer, to sink: any ByteSink) throws(OutputError) {
        guard !bytes.isEmpty else { return }
        guard let printer else { return try show(bytes, on: sink) }
        try printer.take(bytes) { (bytes) throws(OutputError) in try show(bytes, on: sink) }
    }

    /// A piece at a time: a control byte becomes four.
    private static let pieceBytes = 64 * 1024

    private func show(_ bytes: UnsafeRawBufferPointer, on sink: any ByteSink) throws(OutputError) {
        guard filter != nil else { return try sink.write(bytes) }
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.pieceBytes, bytes.count)
            var shown: [UInt8] = []
            shown.reserveCapacity(end - start)
            filter?.take(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: &shown)
            if !shown.isEmpty { try sink.write(shown) }
            start = end
        }
    }
}

/// Whether a body is JSON, by its type.
enum JSONLikeness {
    case certain
    /// Many servers send JSON as text, or do not say.
    case possible
    case none

    init(contentType: String?) {
        let type = contentType?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased() ?? ""
        switch type {
        case "", "text/plain", "application/octet-stream": self = .possible
        case "text/json": self = .certain
        default:
            let name = type.hasPrefix("application/") ? type.dropFirst(12) : type[...]
            let plain = name.hasPrefix("x-") ? name.dropFirst(2) : name
            let isJSON =
                type.hasSuffix("+json") || type.hasSuffix("/json")
                || ["json", "ndjson", "jsonl", "jsonlines", "json-lines"].contains(String(plain))
            self = isJSON ? .certain : .none
        }
    }
}

/// Looks at the first bytes of a body, as few as it takes to tell whether it is JSON: `{"`, `{}`, `[{` or `["`, white space
/// between and before them. Prose, logs (`[info]`) and numbers are left alone.
struct JSONOpening {
    private static let longest = 256
    /// What has been taken.
    private(set) var bytes: [UInt8] = []
    private var first: UInt8?

    /// nil = not known yet.
    mutating func take(_ byte: UInt8) -> Bool? {
        bytes.append(byte)
        if byte == 0x20 || (0x09...0x0D).contains(byte) { return bytes.count < Self.longest ? nil : false }
        guard let first else {
            first = byte
            return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") ? nil : false
        }
        let isQuote = byte == UInt8(ascii: "\"")
        return first == UInt8(ascii: "{")
            ? isQuote || byte == UInt8(ascii: "}") : isQuote || byte == UInt8(ascii: "{")
    }
}
