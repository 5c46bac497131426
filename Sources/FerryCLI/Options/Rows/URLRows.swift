/// URLs and how operations are divided.
extension OptionRow {
    static var url: OptionRow {
        OptionRow(
            .url, .value("url", [], OptionStores.url), repeats: .appends,
            help: "fetch this URL, or each line of @file",
            text: """
                The same as an argument that is no option. With @file, or @- for standard input, each line of the file \
                is a URL: blank lines and lines that start with # are skipped, patterns are not expanded and every \
                answer is saved under its remote name.

                A URL without a scheme is taken for http://. An argument that starts with a dash can only be given \
                this way, or after --.
                """,
            example: "--url https://example.com/")
    }

    static var next: OptionRow {
        OptionRow(
            .url, .action { (builder, use) throws(UsageError) in try builder.nextOperation(use) },
            repeats: .appends,
            help: "start a new operation with fresh options",
            text: """
                Ends the options of the URLs before it. Every option after it starts from its default again, except \
                those that the manual calls global. It needs a URL before it (exit status 2).
                """,
            example: "https://example.com/a --next -d x=1 https://example.com/b")
    }

    static var globoff: OptionRow {
        OptionRow(
            .url, .toggle { $0.operation.globOff = $1 },
            help: "take {}[] in URLs as they are",
            text: """
                Without it, braces list alternatives and brackets ranges: {a,b}, [1-10], [001-100], [a-z], [0-100:10]. \
                A backslash before the character takes its meaning away. With it the URL and the file name of -T are \
                used as typed.
                """,
            example: "-g 'https://example.com/?filter[name]=x'")
    }

    static var get: OptionRow {
        OptionRow(
            .url, .toggle { $0.operation.get = $1 },
            help: "put the data of -d into the URL and send GET",
            text: """
                The pieces given with -d and its kin become the query of the URL, joined with & to what is there, \
                instead of a request body. The method stays GET, or HEAD with -I.
                """,
            example: "-G --data-urlencode 'q=two words' https://example.com/search")
    }

    static var urlQuery: OptionRow {
        OptionRow(
            .url, .value("data", .mayBeBlank, OptionStores.query), repeats: .appends,
            help: "add a piece to the query of the URL",
            text: """
                Takes the forms of --data-urlencode: the content part is percent-encoded and joined to the query with \
                &. What starts with + is added as it is. Each URL of the operation gets it. A file that cannot be read \
                is exit status 26. Pieces are dropped when -G is given too.
                """,
            example: "--url-query 'name=J. Doe' https://example.com/")
    }
}
