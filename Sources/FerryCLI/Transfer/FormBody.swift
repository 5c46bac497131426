import Connector
import Glibc
import HTTPClient
import HTTPCore

/// Writes a multipart form (RFC 7578) as the body of a request: the heads of its parts in memory, the files on demand.
@LoopActor
struct FormBody {
    private let form: FormPlan
    private var generator = SystemRandomNumberGenerator()
    private var pieces: [CompositeBodySource.Piece] = []
    /// Heads and small contents that are not a piece yet.
    private var bytes: [UInt8] = []
    /// The groups that are open, the whole form first.
    private var groups: [Group] = []
    private let openFile: @LoopActor (String) throws -> any BodySource

    private struct Group {
        let boundary: String
        /// Its parts are fields of a form.
        let isForm: Bool
        var isEmpty = true
    }

    /// Opens what the form names and puts its body together.
    /// - Throws: `TransferFailure` when a file cannot be read.
    static func open(_ form: FormPlan) throws -> UploadFile {
        let (pieces, type) = try pieces(of: form, openFile: UploadFile.openOnDemand)
        let source = CompositeBodySource(pieces)
        return UploadFile(
            source: source, length: source.length, offset: 0, contentRange: nil, contentType: type)
    }

    /// The body in pieces, and its Content-Type; `openFile` opens what the form names.
    static func pieces(
        of form: FormPlan, openFile: @escaping @LoopActor (String) throws -> any BodySource
    ) throws -> (pieces: [CompositeBodySource.Piece], type: String) {
        var body = FormBody(form: form, openFile: openFile)
        let type = form.contentType ?? "multipart/form-data"
        let boundary = body.openGroup(type)
        for entry in form.entries {
            switch entry {
            case .part(let part): try body.add(part)
            case .begin(let part): body.begin(part)
            case .end: body.closeGroup()
            }
        }
        // What the command line left open ends with it.
        while !body.groups.isEmpty { body.closeGroup() }
        body.flush()
        return (body.pieces, "\(type); boundary=\(boundary)")
    }

    private init(form: FormPlan, openFile: @escaping @LoopActor (String) throws -> any BodySource) {
        self.form = form
        self.openFile = openFile
    }

    // MARK: Groups

    private mutating func openGroup(_ type: String) -> String {
        let boundary = Multipart.makeBoundary(using: &generator)
        groups.append(
            Group(boundary: boundary, isForm: type.lowercased().hasPrefix("multipart/form-data")))
        return boundary
    }

    private mutating func begin(_ part: FormPart) {
        let isField = openPart()
        let type = part.effectiveType ?? "multipart/mixed"
        let boundary = openGroup(type)
        addHead(of: part, "\(type); boundary=\(boundary)", isField: isField)
    }

    private mutating func closeGroup() {
        guard let group = groups.popLast() else { return }
        bytes += "\(group.isEmpty ? "" : "\r\n")--\(group.boundary)--\r\n".utf8
    }

    // MARK: Parts

    /// Writes the boundary before a part; true when the part is a field of a form.
    private mutating func openPart() -> Bool {
        let last = groups.count - 1
        // The first boundary of a group stands behind an empty line already.
        bytes += "\(groups[last].isEmpty ? "" : "\r\n")--\(groups[last].boundary)\r\n".utf8
        groups[last].isEmpty = false
        return groups[last].isForm
    }

    private mutating func add(_ part: FormPart) throws {
        let isField = openPart()
        addHead(of: part, part.effectiveType, isField: isField)
        let encoding = part.encoding ?? .binary
        switch part.content {
        case .bytes(let content):
            if encoding == .binary || encoding == .eightBit {
                bytes += content
            } else {
                add(MemoryBodySource(content), encoding)
            }
        case .file(let path): add(try openFile(path), encoding)
        case .standardInput: add(try UploadFile.openStandardInput(), encoding)
        }
    }

    private mutating func add(_ source: any BodySource, _ encoding: PartEncoding) {
        flush()
        pieces.append(.source(source, encoding))
    }

    private mutating func flush() {
        guard !bytes.isEmpty else { return }
        pieces.append(.bytes(bytes))
        bytes = []
    }

    /// The header lines of a part in the usual order, the user's own last.
    private mutating func addHead(of part: FormPart, _ type: String?, isField: Bool) {
        if part.header("Content-Disposition") == nil, isField || part.name != nil || part.fileName != nil {
            bytes += "Content-Disposition: \(isField ? "form-data" : "attachment")".utf8
            for (parameter, value) in [("name", part.name), ("filename", part.fileName)] {
                guard let value else { continue }
                let escaped = Multipart.escaped(value, usesBackslashes: form.usesBackslashes)
                add("; \(parameter)=\"\(escaped)\"")
            }
            bytes += "\r\n".utf8
        }
        if let type { add("Content-Type: \(type)\r\n") }
        if let encoding = part.encoding, part.header("Content-Transfer-Encoding") == nil {
            bytes += "Content-Transfer-Encoding: \(encoding.rawValue)\r\n".utf8
        }
        for line in part.headers
        where !HeaderField(name: String(line.prefix { $0 != ":" }), value: "").isNamed("Content-Type") {
            add("\(line)\r\n")
        }
        bytes += "\r\n".utf8
    }

    /// Text in which bytes may be carried.
    private mutating func add(_ text: String) { bytes += CarriedText.bytes(of: text).bytes }
}
