import HTTPCore

/// Request bodies.
enum DataGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("data", "d") {
            Option(
                .data, .value("data|@file", [.mayBeBlank, .bytes, .fileBehindAt], data), repeats: .appends,
                essential: true,
                abstract: "send form data in a POST",
                discussion: """
                    Sends the text with the type application/x-www-form-urlencoded; several pieces are \
                    joined with &. With @file, or @- for standard input, the content of the file is sent \
                    without its line breaks and NULs (exit status 26 when it cannot be read). An empty text \
                    sends an empty body. It cannot be combined with -T or -I (exit status 2); with -G the \
                    data goes into the URL.
                    """,
                example: "-d name=alice -d age=42 https://example.com/form")
        }

        table.option("data-ascii") {
            Option(
                .data, .value("data|@file", [.mayBeBlank, .bytes, .fileBehindAt], data), repeats: .appends,
                abstract: "the same as -d",
                discussion: "Another spelling of --data.",
                example: "--data-ascii @form.txt https://example.com/form")
        }

        table.option("data-raw") {
            Option(
                .data,
                .value("data", [.mayBeBlank, .bytes]) { (builder, use) throws(UsageError) in
                    rawData(builder, use)
                },
                repeats: .appends,
                abstract: "as -d, but @ has no meaning",
                discussion:
                    "Sends the text as it is, an @ at its start included; otherwise the same as --data.",
                example: "--data-raw '@handle' https://example.com/form")
        }

        table.option("data-binary") {
            Option(
                .data, .value("data|@file", [.mayBeBlank, .bytes, .fileBehindAt], binaryData),
                repeats: .appends,
                abstract: "as -d, but a file is sent as it is",
                discussion: """
                    The bytes of @file, or of standard input with @-, are sent with line breaks and NULs. \
                    Otherwise the same as --data. A file of more than 1 GiB is refused (exit status 26): use \
                    -T for those.
                    """,
                example: "--data-binary @photo.jpg -H 'Content-Type: image/jpeg' https://example.com/photos")
        }

        table.option("data-urlencode") {
            Option(
                .data, .value("data", [.mayBeBlank, .bytes, .fileBehindName], encodedData), repeats: .appends,
                abstract: "as -d, with the content percent-encoded",
                discussion: """
                    Takes 'content', '=content', 'name=content', '@file' or 'name@file'. Only the content is \
                    encoded, a blank as +; the name is sent as given, and not at all with an empty file. The first = decides, and without one \
                    the first @. Otherwise the same as --data.
                    """,
                example: "--data-urlencode 'comment=50% off & more' https://example.com/form")
        }

        table.option("json") {
            Option(
                .data, .value("data|@file", [.mayBeBlank, .bytes, .fileBehindAt], json), repeats: .appends,
                essential: true,
                abstract: "send JSON in a POST",
                discussion: """
                    Sends the text, or the bytes of @file (@- for standard input), with Content-Type and \
                    Accept application/json unless -H gives these. Several pieces are put together without \
                    anything between them. The content is not checked.
                    """,
                example: #"--json '{"name":"alice"}' https://example.com/users"#)
        }

        table.option("json-field") {
            Option(
                .data, .value("path=text|path:=json", [.bytes], jsonField), repeats: .appends,
                abstract: "send JSON that is made of fields",
                discussion: """
                    Builds the body of a request such as --json makes, field by field and in their order: name=alice is \
                    a text, age:=42, on:=true and list:=[1,2] are JSON, which stays as it is written. A path leads into \
                    objects and arrays: user.name, items[0].id, items[] for the next element; elements that are left out are \
                    null. A name with other characters than letters, digits, - and _ stands in quotation marks. \
                    A path that is taken already, or that is a value and an object or array at once, is a usage error. It \
                    cannot be combined with --json, -d and -G (exit status 2).
                    """,
                example: "--json-field user.name=alice --json-field age:=42 https://example.com/users")
        }

        table.option("upload-file", "T") {
            Option(
                .data, .value("file", [.mayBeBlank, .file, .bytes], upload), repeats: .perURL,
                essential: true,
                abstract: "upload this file with PUT",
                discussion: """
                    The Nth file goes to the Nth URL. When the path of the URL ends with a slash, the name \
                    of the file is added to it. - is standard input, sent in chunks, and . is standard input \
                    that is not waited for; an empty value means no upload for that URL. Patterns are \
                    expanded as in URLs. Large bodies and those of unknown size wait up to a second for the \
                    server's word with 'Expect: 100-continue'. A file that cannot be read is exit status 26.
                    """,
                example: "-T report.pdf https://example.com/inbox/")
        }
    }

    /// `-d`, `--data-ascii`: `@file` loses its line ends and NULs.
    private static func data(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var bytes: [UInt8]
        if let path = use.fileName {
            bytes = try builder.load(path, use)
            bytes.removeAll { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 }
        } else {
            bytes = use.bytes
        }
        builder.operation.data.append(DataPiece(kind: .form, bytes: bytes))
    }

    /// `--data-raw`.
    private static func rawData(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: use.bytes))
    }

    /// `--data-binary`.
    private static func binaryData(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: try verbatim(builder, use)))
    }

    /// `--json`.
    private static func json(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .json, bytes: try verbatim(builder, use)))
    }

    /// `--json-field`.
    private static func jsonField(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        do throws(JSONFieldError) {
            try builder.operation.jsonFields.add(use.bytes)
        } catch {
            throw UsageError(flag: use.flag, problem: "\(error)")
        }
        if !builder.operation.data.contains(where: { $0.kind == .jsonFields }) {
            builder.operation.data.append(DataPiece(kind: .jsonFields, bytes: []))
        }
    }

    /// `--data-urlencode`.
    private static func encodedData(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: try encoded(builder, use)))
    }

    /// The five forms `x`, `=x`, `n=x`, `@f`, `n@f`: only what follows the first `=`, or else the first `@`, is encoded.
    static func encoded(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) -> [UInt8] {
        let bytes = use.bytes
        guard
            let mark = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.firstIndex(of: UInt8(ascii: "@"))
        else { return OptionValue.urlEncoded(bytes) }
        let content = bytes[bytes.index(after: mark)...]
        let value =
            bytes[mark] == UInt8(ascii: "@")
            ? OptionValue.urlEncoded(try builder.load(CarriedText.text(of: content), use))
            : OptionValue.urlEncoded(content)
        let name = bytes[..<mark]
        // An empty file says nothing, not even its name.
        if value.isEmpty, bytes[mark] == UInt8(ascii: "@") { return [] }
        return name.isEmpty ? value : Array(name) + [UInt8(ascii: "=")] + value
    }

    private static func verbatim(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) -> [UInt8] {
        guard let path = use.fileName else { return use.bytes }
        return try builder.load(path, use)
    }

    /// `-T`.
    private static func upload(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let upload: UploadArgument
        switch use.value {
        case "": upload = .none
        case "-":
            try builder.claimStandardInput(use)
            upload = .standardInput
        case ".":
            try builder.claimStandardInput(use)
            upload = .standardInputWithoutWaiting
        default: upload = .file(use.value)
        }
        builder.operation.uploads.append(upload)
    }
}
