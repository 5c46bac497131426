internal import HTTPCore

/// Multipart forms.
enum FormGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("form", "F") {
            Option(
                .data, .value("name=content", [.bytes, .fileBehindName], form), repeats: .appends,
                essential: true,
                abstract: "send a multipart form in a POST",
                discussion: """
                    Sends the fields as multipart/form-data, as a browser sends a form with files in it. \
                    'name=text' is a field, 'name=@file' uploads the file with its name and 'name=<file' \
                    makes the file's content the field; - is standard input. 'name=@one,two' sends several \
                    files in one field. Files are read while they are sent, whatever their size; when the \
                    length of one is not known beforehand the form goes out in chunks. A file that cannot be \
                    read is exit status 26.

                    After the content may stand ;type= with the media type, which is otherwise guessed from \
                    the file's name, ;filename= with the name to tell the server, ;encoder= with binary, \
                    8bit, 7bit, base64 or quoted-printable, and ;headers= with a header line of the part, or \
                    @ and a file of them, once or more. What holds a comma or semicolon is put in double \
                    quotes, in which \\" and \\\\ are a quote and a backslash; --form-string takes \
                    everything as it is.

                    '=(' begins a group of parts, which -F options fill until one with '=)' ends it; its \
                    type is multipart/mixed unless ;type= says otherwise. -F cannot be combined with -d, -T \
                    or -I (exit status 2).
                    """,
                example: "-F name=alice -F 'photo=@photo.jpg;type=image/jpeg' https://example.com/profile")
        }

        table.option("form-string") {
            Option(
                .data, .value("name=text", .bytes, formString), repeats: .appends,
                abstract: "add a field to a form, text as it is",
                discussion:
                    "As -F, but neither @ and < at the start of the text nor semicolons in it have a meaning.",
                example: "--form-string 'comment=<3; really' https://example.com/comments")
        }

        table.option("form-escape") {
            Option(
                .data, .flag { $0.operation.formEscape = $1 },
                abstract: "escape names in forms with backslashes",
                discussion: """
                    Names of fields and files with a double quote in them are sent with \\" in its place \
                    instead of %22, and backslashes doubled, for servers that expect it.
                    """,
                example: "--form-escape -F 'a\"b=c' https://example.com/form")
        }
    }

    /// `-F`.
    private static func form(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard var parser = FormParser(use.value) else {
            // HTTPie's --form takes nothing.
            let isOther = use.value.utf8.allSatisfy { (0x41...0x5A).contains($0) }
            throw use.refusal(
                "is not of the form name=content"
                    + (isOther ? "; it takes a field itself, and -X names the method" : ""))
        }
        defer {
            for warning in parser.warnings { builder.warn("option \(use.flag): \(warning)") }
        }
        if parser.isGroupEnd {
            guard builder.operation.openForms > 0 else {
                throw UsageError(flag: use.flag, problem: "=) ends no group of parts: none is open")
            }
            builder.operation.form.append(.end)
        } else if parser.take(UInt8(ascii: "(")) {
            let part = try part(&parser, builder, use, allowing: [.type]).part
            builder.operation.form.append(.begin(part))
        } else if parser.take(UInt8(ascii: "@")) {
            try files(&parser, builder, use)
        } else if parser.take(UInt8(ascii: "<")) {
            var (part, path) = try part(&parser, builder, use, allowing: [.type, .encoder])
            part.content = try content(of: path, builder, use)
            builder.operation.form.append(.part(part))
        } else {
            var (part, text) = try part(&parser, builder, use, allowing: [.type, .fileName, .encoder])
            part.content = .bytes(CarriedText.bytes(of: text).bytes)
            builder.operation.form.append(.part(part))
        }
    }

    /// `--form-string`: nothing in the content has a meaning.
    private static func formString(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let parser = FormParser(use.value) else { throw use.refusal("is not of the form name=content") }
        builder.operation.form.append(.part(FormPart(name: parser.name, content: .bytes(parser.rest))))
    }

    private struct Allowed: OptionSet {
        let rawValue: Int
        static let type = Allowed(rawValue: 1)
        static let fileName = Allowed(rawValue: 2)
        static let encoder = Allowed(rawValue: 4)
    }

    /// Reads content and modifiers; the content comes back as text beside the part.
    private static func part(
        _ parser: inout FormParser, _ builder: SettingsBuilder, _ use: OptionUse, allowing allowed: Allowed,
        endingAt separator: UInt8? = nil
    ) throws(UsageError) -> (part: FormPart, text: String) {
        guard let (content, modifiers) = parser.content(endingAt: separator) else {
            throw use.refusal("has a type that is no media type (such as text/plain)")
        }
        func checked(_ value: String?, _ isAllowed: Bool, _ what: String) -> String? {
            guard let value, !isAllowed else { return value }
            builder.warn("option \(use.flag): \(what) \(Quoting.quoted(value)) has no meaning here")
            return nil
        }
        var part = FormPart(name: parser.name)
        part.type = checked(modifiers.type, allowed.contains(.type), "type")
        part.fileName = checked(modifiers.fileName, allowed.contains(.fileName), "filename")
        if let type = part.type, !HeaderField.isFieldValue(type) {
            throw use.refusal("has a type with a line break in it")
        }
        if let name = checked(modifiers.encoder, allowed.contains(.encoder), "encoder") {
            guard let encoding = PartEncoding(rawValue: name.lowercased()) else {
                throw UsageError(
                    flag: use.flag, value: name,
                    problem: "is not an encoder (binary, 8bit, 7bit, base64 or quoted-printable)",
                    status: .badFunctionArgument)
            }
            part.encoding = encoding
        }
        for header in modifiers.headers {
            switch header {
            case .line(let line): try add(line, to: &part, builder, use)
            case .file(let path): try addHeaders(ofFile: path, to: &part, builder, use)
            }
        }
        return (part, CarriedText.text(of: content))
    }

    /// `@f` or `@f,g,…`: several files are parts of a part that has the name.
    private static func files(
        _ parser: inout FormParser, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) {
        let comma = UInt8(ascii: ",")
        var parts: [FormPart] = []
        repeat {
            var (part, path) = try part(
                &parser, builder, use, allowing: [.type, .fileName, .encoder], endingAt: comma)
            part.content = try content(of: path, builder, use)
            part.fileName = part.fileName ?? baseName(path)
            parts.append(part)
        } while parser.take(comma)
        guard parts.count > 1 else { return builder.operation.form.append(.part(parts[0])) }
        builder.operation.form.append(.begin(FormPart(name: parser.name)))
        for var part in parts {
            part.name = nil
            builder.operation.form.append(.part(part))
        }
        builder.operation.form.append(.end)
    }

    /// Standard input is loaded, as it can be read but once, unless it is a file.
    private static func content(
        of path: String, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> FormContent {
        try use.checkName(path)
        guard path == "-" else { return .file(path: path) }
        guard builder.files.isStandardInputFile else { return .bytes(try builder.load(path, use)) }
        try builder.claimStandardInput(use)
        return .standardInput
    }

    private static func baseName(_ path: String) -> String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
    }

    /// A line that is none is left out with a warning, as `-H` does; one that would begin another is refused.
    private static func add(
        _ line: String, to part: inout FormPart, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) {
        guard HeaderField.isFieldValue(line) else {
            throw UsageError(
                flag: use.flag, value: line, problem: "holds a line break or NUL, which no header field may")
        }
        let name = line.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard name.count < line.utf8.count, OptionValue.isToken(Substring(name)) else {
            return builder.warn(
                "option \(use.flag): \(Quoting.quoted(line)) is not sent; a header of a part is 'Name: value'"
            )
        }
        part.headers.append(line)
    }

    /// One header a line; `#` begins a comment line, and a line that begins with a blank goes on with the one before.
    private static func addHeaders(
        ofFile path: String, to part: inout FormPart, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) {
        try use.checkName(path)
        let bytes: [UInt8]
        do {
            bytes = try builder.files.contents(of: path, limit: 1 << 20)
        } catch {
            return builder.warn("option \(use.flag): cannot read \(Quoting.quoted(path)): \(error)")
        }
        var header: [UInt8] = []
        for var line in bytes.split(separator: UInt8(ascii: "\n")) {
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first != UInt8(ascii: " "), first != UInt8(ascii: "\t") {
                try flush(&header, to: &part, builder, use)
            }
            header += line
        }
        try flush(&header, to: &part, builder, use)
    }

    private static func flush(
        _ header: inout [UInt8], to part: inout FormPart, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) {
        while let last = header.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") {
            header.removeLast()
        }
        guard !header.isEmpty else { return }
        try add(CarriedText.text(of: header), to: &part, builder, use)
        header = []
    }
}
