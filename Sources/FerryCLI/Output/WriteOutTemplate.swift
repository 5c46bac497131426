import HTTPCore

/// The format of `-w`, parsed once and rendered for every transfer.
struct WriteOutTemplate {
    /// Where a piece of the output goes.
    enum Target: Equatable {
        case standardOutput
        case standardError
        /// Emptied first unless `appends`.
        case file(String, appends: Bool)
    }

    /// A piece of output; a file is opened even for an empty text.
    struct Chunk: Equatable {
        var target: Target
        var bytes: [UInt8]

        init(target: Target, text: String = "") {
            self.target = target
            bytes = CarriedText.bytes(of: text).bytes
        }
    }

    fileprivate enum Piece {
        case text(String)
        case variable(WriteOutVariables.Reader)
        /// The first field of that name, or with a separator all of them.
        case header(name: String, separator: String?)
        case headerJSON
        case json
        case time(format: String)
        case target(Target)
        case onError
    }

    private let pieces: [Piece]
    /// Names that no variable has, each once; they render as nothing.
    let unknownVariables: [String]
    /// Whether the texts of certificates are shown, which are costly to make.
    let readsCertificates: Bool
    /// Whether it is told what is wrong with a certificate that nobody asked to check.
    let readsVerifyResult: Bool
    /// Whether the address of this end is told, for which the system is asked.
    let readsLocalAddress: Bool
    /// Whether fields of all responses of a chain of redirects are told.
    let readsEarlierHeaders: Bool

    /// The files of `%output{}`.
    var files: [(path: String, appends: Bool)] {
        pieces.compactMap { piece in
            if case .target(.file(let path, let appends)) = piece { (path, appends) } else { nil }
        }
    }

    init(_ format: String) {
        var parser = WriteOutParser(format)
        parser.parse()
        pieces = parser.pieces
        unknownVariables = parser.unknown
        readsCertificates = parser.readsCertificates
        readsVerifyResult = parser.readsVerifyResult
        readsLocalAddress = parser.readsLocalAddress
        readsEarlierHeaders = pieces.contains { if case .header(_, _?) = $0 { true } else { false } }
    }

    /// The output for one transfer. `version` is what `%{json}` says last; `now` is for `%time{}`. Where `isTerminal`,
    /// control characters in what the server chose are escaped; those of the format are the user's own.
    func render(
        _ report: TransferReport, version: String, now: WallTime,
        isTerminal: (Target) -> Bool = { _ in false }
    ) -> [Chunk] {
        var chunks = [Chunk(target: .standardOutput)]
        for piece in pieces {
            var bytes: [UInt8] = []
            switch piece {
            case .text(let literal): bytes = CarriedText.bytes(of: literal).bytes
            case .variable(let read): bytes = read(report).bytes
            case .header(let name, let separator): bytes = header(name, separator, report)
            case .headerJSON: bytes = Array(headerJSON(report).utf8)
            case .json: bytes = Array(Self.json(report, version).utf8)
            case .time(let format): bytes = Array(now.formattedUTC(format).utf8)
            case .target(let target): chunks.append(Chunk(target: target))
            case .onError:
                if report.exitCode == 0 { return finished(chunks) }
            }
            if case .text = piece {
                chunks[chunks.count - 1].bytes += bytes
            } else {
                let isSafe = !isTerminal(chunks[chunks.count - 1].target)
                chunks[chunks.count - 1].bytes +=
                    isSafe ? bytes : bytes.withUnsafeBytes { TerminalText.escaped($0) }
            }
        }
        return finished(chunks)
    }

    private func finished(_ chunks: [Chunk]) -> [Chunk] {
        chunks.filter { chunk in
            if case .file = chunk.target { true } else { !chunk.bytes.isEmpty }
        }
    }

    private func header(_ name: String, _ separator: String?, _ report: TransferReport) -> [UInt8] {
        let wanted = name.lowercased()
        func values(_ headers: [TransferReport.Header]) -> [[UInt8]] {
            headers.filter { $0.name.lowercased() == wanted }.map(\.valueBytes)
        }
        guard let separator else { return values(report.headers).first ?? [] }
        return Array(
            (values(report.earlierHeaders) + values(report.headers)).joined(separator: Array(separator.utf8)))
    }

    private func headerJSON(_ report: TransferReport) -> String {
        var names: [String] = []
        var values: [String: [String]] = [:]
        for header in report.headers {
            let name = header.name.lowercased()
            if values[name] == nil { names.append(name) }
            values[name, default: []].append(jsonString(header.value))
        }
        let entries = names.map { "\(jsonString($0)):[\((values[$0] ?? []).joined(separator: ","))]" }
        return "{" + entries.joined(separator: ",\n") + "\n}"
    }

    /// All variables as a JSON object.
    static func json(_ report: TransferReport, _ version: String) -> String {
        var entries = WriteOutVariables.all.map { "\"\($0.name)\":\($0.read(report).json(report.secrets))" }
        entries.append("\"curl_version\":\(jsonString(version))")
        return "{" + entries.joined(separator: ",") + "}"
    }
}

private struct WriteOutParser {
    private static let longestName = 24

    private var rest: Substring.UnicodeScalarView
    private var literal = ""
    private(set) var pieces: [WriteOutTemplate.Piece] = []
    private(set) var unknown: [String] = []
    private(set) var readsCertificates = false
    private(set) var readsVerifyResult = false
    private(set) var readsLocalAddress = false

    init(_ format: String) {
        rest = Substring(format).unicodeScalars
    }

    mutating func parse() {
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\\": parseEscape()
            case "%": parseDirective()
            default: literal.unicodeScalars.append(scalar)
            }
        }
        endLiteral()
    }

    private mutating func parseEscape() {
        switch rest.first {
        case "n": literal += "\n"
        case "r": literal += "\r"
        case "t": literal += "\t"
        default:
            appendAsIs("\\")
            return
        }
        rest.removeFirst()
    }

    /// `mark`, which begins nothing, and what follows it: that begins nothing either, as in `%\n` and `\%{url}`.
    private mutating func appendAsIs(_ mark: Unicode.Scalar) {
        literal.unicodeScalars.append(mark)
        if let next = rest.popFirst() { literal.unicodeScalars.append(next) }
    }

    private mutating func parseDirective() {
        if rest.first == "%" {
            rest.removeFirst()
            literal += "%"
        } else if let name = take(after: "{") {
            add(variable: name)
        } else if let text = take(after: "header{") {
            add(header: text)
        } else if let file = take(after: "output{") {
            let appends = file.hasPrefix(">>")
            add(.target(.file(appends ? String(file.dropFirst(2)) : file, appends: appends)))
        } else if let format = take(after: "time{") {
            add(.time(format: format))
        } else {
            appendAsIs("%")
        }
    }

    /// The text between `opening` and the next brace that has no backslash before it; nil, and nothing taken, without both.
    private mutating func take(after opening: String) -> String? {
        guard rest.starts(with: opening.unicodeScalars) else { return nil }
        var text = String.UnicodeScalarView()
        var left = rest.dropFirst(opening.unicodeScalars.count)
        while let scalar = left.popFirst() {
            if scalar == "}" {
                rest = left
                return String(text)
            }
            if scalar == "\\", left.first == "}" {
                text.append("}")
                left.removeFirst()
            } else {
                text.append(scalar)
            }
        }
        return nil
    }

    private mutating func add(variable name: String) {
        if name == "certs" || name == "json" { readsCertificates = true }
        if name.hasPrefix("local_") || name == "json" { readsLocalAddress = true }
        if name == "ssl_verify_result" || name == "json" { readsVerifyResult = true }
        switch name {
        case "json": add(.json)
        case "header_json": add(.headerJSON)
        case "onerror": add(.onError)
        case "stderr": add(.target(.standardError))
        case "stdout": add(.target(.standardOutput))
        default:
            if name.utf8.count <= Self.longestName, let read = WriteOutVariables.named(name) {
                add(.variable(read))
            } else if !unknown.contains(name) {
                unknown.append(name)
            }
        }
    }

    private mutating func add(header text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "all" else {
            add(.header(name: String(parts[0]), separator: nil))
            return
        }
        add(.header(name: String(parts[0]), separator: unescaped(parts[2])))
    }

    private func unescaped(_ text: Substring) -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            let plain: [Character: Character] = ["n": "\n", "r": "\r", "t": "\t"]
            if character == "\\", let next = rest.first, let meant = plain[next] {
                result.append(meant)
                rest.removeFirst()
            } else {
                result.append(character)
            }
        }
        return result
    }

    private mutating func add(_ piece: WriteOutTemplate.Piece) {
        endLiteral()
        pieces.append(piece)
    }

    private mutating func endLiteral() {
        if !literal.isEmpty { pieces.append(.text(literal)) }
        literal = ""
    }
}
