import HTTPCore

/// URLs and how operations are divided.
enum URLGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("url") {
            Option(
                .url, .value("url", [.bytes, .fileBehindAt], url), repeats: .appends,
                abstract: "fetch this URL, or each line of @file",
                discussion: """
                    The same as an argument that is no option. With @file, or @- for standard input, each \
                    line of the file is a URL: blank lines and lines that start with # are skipped, patterns \
                    are not expanded and every answer is saved under its remote name.

                    A URL without a scheme is taken for http://. An argument that starts with a dash can \
                    only be given this way, or after --.
                    """,
                example: "--url https://example.com/")
        }

        table.option("next", ":") {
            Option(
                .url, .action { (builder, use) throws(UsageError) in try builder.nextOperation(use) },
                repeats: .appends,
                abstract: "start a new operation with fresh options",
                discussion: """
                    Ends the options of the URLs before it. Every option after it starts from its default \
                    again, except those that the manual calls global. It needs a URL before it (exit status \
                    2).
                    """,
                example: "https://example.com/a --next -d x=1 https://example.com/b")
        }

        table.option("globoff", "g") {
            Option(
                .url, .flag { $0.operation.globOff = $1 },
                abstract: "take {}[] in URLs as they are",
                discussion: """
                    Without it, braces list alternatives and brackets ranges: {a,b}, [1-10], [001-100], \
                    [a-z], [0-100:10]. A backslash before the character takes its meaning away. With it the \
                    URL and the file name of -T are used as typed.
                    """,
                example: "-g 'https://example.com/?filter[name]=x'")
        }

        table.option("get", "G") {
            Option(
                .url, .flag { $0.operation.get = $1 },
                abstract: "put the data of -d into the URL and send GET",
                discussion: """
                    The pieces given with -d and its kin become the query of the URL, joined with & to what \
                    is there, instead of a request body. The method stays GET, or HEAD with -I.
                    """,
                example: "-G --data-urlencode 'q=two words' https://example.com/search")
        }

        table.option("url-query") {
            Option(
                .url, .value("data", [.mayBeBlank, .bytes, .fileBehindName], query), repeats: .appends,
                abstract: "add a piece to the query of the URL",
                discussion: """
                    Takes the forms of --data-urlencode: the content part is percent-encoded and joined to \
                    the query with &. What starts with + is added as it is. Each URL of the operation gets \
                    it. A file that cannot be read is exit status 26. Pieces are dropped when -G is given \
                    too.
                    """,
                example: "--url-query 'name=J. Doe' https://example.com/")
        }

        table.option("path-as-is") {
            Option(
                .url, .flag { $0.operation.pathAsIs = $1 },
                abstract: "leave /./ and /../ in the URL as they are",
                discussion: """
                    Without it such parts of a path are worked out before anything is sent. The URLs of \
                    redirects are always worked out.
                    """,
                example: "--path-as-is https://example.com/../secret")
        }

        table.option("proto") {
            Option(
                .url, .value("list", [], protocols),
                abstract: "fetch over these protocols only",
                discussion: """
                    A list with commas, read from left to right: a name, or one with + before it, is \
                    allowed, one with - is not, and = allows only that one; 'all' stands for all. A name \
                    that nobody knows is warned of. A URL or redirect with another protocol is exit status \
                    1; a list that allows nothing is exit status 2.
                    """,
                example: "--proto =https https://example.com/",
                suggestions: ["=http", "=https", "=http,https"])
        }

        table.option("proto-redir") {
            Option(
                .url, .value("list", [], redirectProtocols),
                abstract: "follow redirects to these protocols only",
                discussion: """
                    As --proto, for redirects alone; --proto has to allow them too. A redirect to a protocol \
                    that is not allowed is exit status 1.
                    """,
                example: "-L --proto-redir =https https://example.com/",
                suggestions: ["=http", "=https", "=http,https"])
        }

        table.option("proto-default") {
            Option(
                .url, .value("protocol", [], defaultProtocol),
                abstract: "protocol of URLs that name none",
                discussion: "http or https; http is the default. Anything else is exit status 1.",
                example: "--proto-default https example.com",
                suggestions: ["http", "https"])
        }
    }

    /// `--proto`.
    private static func protocols(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.protocols = try protocolSet(builder, use)
    }

    /// `--proto-redir`.
    private static func redirectProtocols(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.redirectProtocols = try protocolSet(builder, use)
    }

    private static func protocolSet(
        _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> ProtocolSet {
        let set = ProtocolSet(use.value) {
            builder.warn("option \(use.flag): unrecognized protocol \(Quoting.quoted($0))")
        }
        guard let set else {
            throw use.refusal("leaves no protocol (a list such as =https or -all,https is expected)")
        }
        return set
    }

    /// `--proto-default`.
    private static func defaultProtocol(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let name = use.value.lowercased()
        guard ProtocolSet.all.contains(name) else {
            throw use.refusal(
                "is no protocol that ferry speaks (http or https)", status: .unsupportedProtocol)
        }
        builder.operation.defaultProtocol = name
    }

    /// `--url-query`: as `--data-urlencode`, or as it is after a plus sign.
    private static func query(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.query.append(
            use.value.utf8.first == UInt8(ascii: "+")
                ? Array(use.bytes.dropFirst()) : try DataGroup.encoded(builder, use))
    }

    /// `--url`, and an argument that is no option.
    static func url(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let path = use.fileName else {
            builder.operation.urls.append(.url(CarriedText.percentEncoded(use.value)))
            return
        }
        guard !path.isEmpty else { throw use.refusal("names no file (a URL, @file or @-)") }
        if path == "-" { try builder.claimStandardInput(use) }
        builder.operation.urls.append(.list(path: path))
    }
}
