/// What counts as failure, and how the answer is read.
enum ResponseGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("fail", "f") {
            Option(
                .http, .flag { fail($0, .withoutBody, isOn: $1) },
                repeats: .lastOfGroup("--fail, --fail-with-body"), essential: true,
                abstract: "exit 22, save no body when status is 400+",
                discussion: """
                    Without it an HTTP error is an answer like any other and does not change the exit \
                    status. Header fields are still shown with -i. A 416 to a resumed download does not \
                    count.
                    """,
                example: "-f -o data.json https://example.com/data.json")
        }

        table.option("fail-with-body") {
            Option(
                .http, .flag { fail($0, .withBody, isOn: $1) },
                repeats: .lastOfGroup("--fail, --fail-with-body"),
                abstract: "as -f, but save the body",
                discussion: "Exit status 22 when the status is 400 or above, after the body has been saved.",
                example: "--fail-with-body https://example.com/api")
        }

        table.option("http0.9") {
            Option(
                .http, .flag { $0.operation.http09 = $1 },
                abstract: "accept an answer without a header",
                discussion: """
                    An answer that does not begin with HTTP/ is taken for a body, as servers of the earliest \
                    days sent it. Without this it is exit status 1.
                    """,
                example: "--http0.9 http://localhost:8080/")
        }

        table.option("strict") {
            Option(
                .http, .flag { $0.operation.isStrict = $1 },
                abstract: "refuse answers that break the rules of HTTP",
                discussion: """
                    For those who test servers. Without it what servers of the real world send is read where it has \
                    one meaning: a length beside chunks, lines that end without CR, 'chunked' given twice, white \
                    space before the first field, chunks from an HTTP/1.0 server, lengths of 2^63 and more, a zlib \
                    stream that is called gzip. -v says what was odd, and the connection is closed after it. With \
                    it such an answer is exit status 8, 56 or 61.
                    """,
                example: "--strict -v http://localhost:8080/")
        }

        table.option("raw") {
            Option(
                .http, .flag { $0.operation.raw = $1 },
                abstract: "save the body as it came, codings and all",
                discussion: """
                    Neither chunks nor compression are undone: the lines of the chunks are saved with the \
                    data, and what --compressed asked for stays compressed.
                    """,
                example: "--raw -o raw.bin http://example.com/")
        }

        table.option("tr-encoding") {
            Option(
                .http, .flag { $0.operation.transferCoding = $1 },
                abstract: "ask for compression on the way",
                discussion: """
                    Sends 'TE: gzip' and undoes what the server does to the body for the way \
                    (Transfer-Encoding). This is not compression of the resource; see --compressed for that. \
                    Corrupt data is exit status 61.
                    """,
                example: "--tr-encoding https://example.com/")
        }

        table.option("ignore-content-length") {
            Option(
                .http, .flag { $0.operation.ignoresContentLength = $1 },
                abstract: "read until the server closes",
                discussion: """
                    For servers that announce a wrong length: Content-Length is not looked at, and a body \
                    that does not come in chunks ends with the connection.
                    """,
                example: "--ignore-content-length http://example.com/old.log")
        }
    }

    /// `--fail` and `--fail-with-body`, of which the last counts.
    private static func fail(_ builder: SettingsBuilder, _ mode: FailMode, isOn: Bool) {
        let before = builder.operation.fail
        builder.operation.fail = isOn ? mode : .off
        switch (before, builder.operation.fail) {
        case (.withBody, .withoutBody): builder.warn("--fail overrides the --fail-with-body before it")
        case (.withoutBody, .withBody): builder.warn("--fail-with-body overrides the --fail before it")
        default: break
        }
    }
}
