/// Request bodies.
extension OptionRow {
    static var data: OptionRow {
        OptionRow(
            .data, .value("data|@file", .mayBeBlank, OptionStores.data), repeats: .appends, essential: true,
            help: "send form data in a POST",
            text: """
                Sends the text with the type application/x-www-form-urlencoded; several pieces are joined with &. With \
                @file, or @- for standard input, the content of the file is sent without its line breaks and NULs \
                (exit status 26 when it cannot be read). An empty text sends an empty body. It cannot be combined with \
                -T or -I (exit status 2); with -G the data goes into the URL.
                """,
            example: "-d name=alice -d age=42 https://example.com/form")
    }

    static var dataASCII: OptionRow {
        OptionRow(
            .data, .value("data|@file", .mayBeBlank, OptionStores.data), repeats: .appends,
            help: "the same as -d",
            text: "Another spelling of --data.",
            example: "--data-ascii @form.txt https://example.com/form")
    }

    static var dataRaw: OptionRow {
        OptionRow(
            .data,
            .value("data", .mayBeBlank) { (builder, use) throws(UsageError) in
                OptionStores.rawData(builder, use)
            },
            repeats: .appends,
            help: "as -d, but @ has no meaning",
            text: "Sends the text as it is, an @ at its start included; otherwise the same as --data.",
            example: "--data-raw '@handle' https://example.com/form")
    }

    static var dataBinary: OptionRow {
        OptionRow(
            .data, .value("data|@file", .mayBeBlank, OptionStores.binaryData), repeats: .appends,
            help: "as -d, but a file is sent as it is",
            text: """
                The bytes of @file, or of standard input with @-, are sent with line breaks and NULs. Otherwise the \
                same as --data. A file of more than 1 GiB is refused (exit status 26): use -T for those.
                """,
            example: "--data-binary @photo.jpg -H 'Content-Type: image/jpeg' https://example.com/photos")
    }

    static var dataURLEncode: OptionRow {
        OptionRow(
            .data, .value("data", .mayBeBlank, OptionStores.encodedData), repeats: .appends,
            help: "as -d, with the content percent-encoded",
            text: """
                Takes 'content', '=content', 'name=content', '@file' or 'name@file'. Only the content is encoded, a \
                blank as +; the name is sent as given. The first = decides, and without one the first @. Otherwise the \
                same as --data.
                """,
            example: "--data-urlencode 'comment=50% off & more' https://example.com/form")
    }

    static var json: OptionRow {
        OptionRow(
            .data, .value("data|@file", .mayBeBlank, OptionStores.json), repeats: .appends, essential: true,
            help: "send JSON in a POST",
            text: """
                Sends the text, or the bytes of @file (@- for standard input), with Content-Type and Accept \
                application/json unless -H gives these. Several pieces are put together without anything between them. \
                The content is not checked.
                """,
            example: #"--json '{"name":"alice"}' https://example.com/users"#)
    }

    static var uploadFile: OptionRow {
        OptionRow(
            .data, .value("file", [.mayBeBlank, .file], OptionStores.upload), repeats: .perURL,
            essential: true,
            help: "upload this file with PUT",
            text: """
                The Nth file goes to the Nth URL. When the path of the URL ends with a slash, the name of the file is \
                added to it. - is standard input, sent in chunks, and . is standard input that is not waited for; an \
                empty value means no upload for that URL. Patterns are expanded as in URLs. Large bodies and those of \
                unknown size wait up to a second for the server's word with 'Expect: 100-continue'. A file that cannot \
                be read is exit status 26.
                """,
            example: "-T report.pdf https://example.com/inbox/")
    }
}
