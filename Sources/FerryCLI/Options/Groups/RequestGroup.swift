import HTTPCore

/// The request line and the fields of the header.
enum RequestGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("request", "X") {
            Option(
                .request, .value("method", [], method), essential: true,
                abstract: "use this request method",
                discussion: """
                    The word is sent as it is, and with -L on every hop. It does not change what is sent or \
                    expected: use -I for HEAD and -d or -T to send a body. Without it the method is GET, \
                    POST with -d or --json, PUT with -T and HEAD with -I.
                    """,
                example: "-X DELETE https://example.com/items/7",
                suggestions: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        }

        table.option("header", "H") {
            Option(
                .request, .value("line", [.mayBeBlank, .bytes, .fileBehindAt], header), repeats: .appends,
                essential: true,
                abstract: "add, replace or remove a header field",
                discussion: """
                    'Name: value' adds a field, or replaces the one that ferry would send. 'Name:' removes \
                    that one and 'Name;' sends it without a value. With @file, or @- for standard input, \
                    each line of the file is such a line; blank lines and lines that start with # are \
                    skipped. The value is sent as typed, blanks included but for the one behind the colon. A line without \
                    colon or semicolon is not sent and a warning says so, as it does of a name that is none, which is sent \
                    all the same; names that begin with a colon belong to HTTP/2 and are left out. A line break inside is \
                    refused (exit status 2).

                    Fields that carry credentials (Authorization, Cookie, Proxy-Authorization and every name with key, \
                    \(SecretNames.parts.joined(separator: ", ")) in it) are not sent to another origin when a redirect \
                    leads there, unless --location-trusted is given. 'Transfer-Encoding: chunked' switches the \
                    framing of the request body.
                    """,
                example: "-H 'Accept: text/plain' -H @fields.txt https://example.com/")
        }

        table.option("user-agent", "A") {
            Option(
                .request, .text("text", [.mayBeBlank, .bytes]) { $0.operation.userAgent = $1 },
                essential: true,
                abstract: "set the User-Agent field",
                discussion: """
                    An empty text leaves the field out, a blank sends it without a value. The default is \
                    ferry and its version.
                    """,
                example: "-A 'probe/1.0' https://example.com/")
        }

        table.option("referer", "e") {
            Option(
                .request,
                .value("url", [.mayBeBlank, .bytes]) { (builder, use) throws(UsageError) in
                    referer(builder, use)
                },
                abstract: "set the Referer field",
                discussion: """
                    With ;auto at its end, every redirect names the URL before it, without login and \
                    fragment; ;auto alone sets nothing on the first request.
                    """,
                example: "-L -e 'https://example.com/start;auto' https://example.com/")
        }

        table.option("head", "I") {
            Option(
                .request, .flag { $0.operation.head = $1 }, essential: true,
                abstract: "ask for the header only",
                discussion: """
                    Sends HEAD and prints the header that answers, as -i does. With --request another method \
                    is sent, and the body that answers it is not read. It cannot be combined with a request \
                    body (exit status 2), but with -G.
                    """,
                example: "-I https://example.com/")
        }

        table.option("request-target") {
            Option(
                .request, .value("target", .bytes, target),
                abstract: "send this in place of path and query",
                discussion: """
                    The text stands in the request line as it is, on every hop. The URL only says where to \
                    connect. Blanks and control characters are refused (exit status 2).
                    """,
                example: "--request-target '*' -X OPTIONS https://example.com/")
        }

        table.option("http1.1") {
            Option(
                .request, .action { (builder, _) in builder.operation.http10 = false },
                repeats: .lastOfGroup("--http1.0, --http1.1"),
                abstract: "speak HTTP/1.1 (the default)",
                discussion: """
                    The default; takes back a --http1.0 before it. Answers of HTTP/1.0 are understood either \
                    way.
                    """,
                example: "--http1.1 https://example.com/")
        }

        table.option("http1.0", "0") {
            Option(
                .request, .action { (builder, _) in builder.operation.http10 = true },
                repeats: .lastOfGroup("--http1.0, --http1.1"),
                abstract: "speak HTTP/1.0",
                discussion: """
                    Requests say HTTP/1.0, and the connection ends with the answer. HTTP/1.0 has no chunks: \
                    an upload of unknown length is exit status 25. The last given of --http1.0 and --http1.1 \
                    counts.
                    """,
                example: "--http1.0 http://example.com/")
        }

        table.option("compressed") {
            Option(
                .request, .flag { $0.operation.compressed = $1 },
                abstract: "ask for a compressed answer and decode it",
                discussion: """
                    Sends 'Accept-Encoding: deflate, gzip, br, zstd' and saves the decoded body. A coding \
                    that is unknown or corrupt data is exit status 61. Header fields are shown as received.
                    """,
                example: "--compressed -o page.html https://example.com/")
        }

        table.option("range", "r") {
            Option(
                .request, .value("ranges", .bytes, range),
                abstract: "ask for these bytes only",
                discussion: """
                    a-b, a- from an offset to the end, -n for the last n bytes, or a list of them with \
                    commas. A number alone is taken for n- and a warning says so. A server may answer with \
                    the whole file; a part that is another one, or does not say which one it is, is exit \
                    status 33. With -T that part of the file is sent, and Content-Range says which. It cannot \
                    be combined with -C (exit status 2).
                    """,
                example: "-r 0-1023 -o head.bin https://example.com/image.iso")
        }
    }

    /// `--request-target`.
    private static func target(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        // A blank or a line end would end the target, and what follows would be read as something else.
        guard use.value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw use.refusal("holds a blank or control character, which no request line may")
        }
        builder.operation.requestTarget = use.value
    }

    /// `-X`.
    private static func method(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard OptionValue.isToken(use.value) else {
            throw use.refusal("is not a request method (such as PUT)")
        }
        builder.operation.method = use.value
    }

    /// `-H`: one line, or a file of them in which blank lines and those that start with `#` are skipped.
    private static func header(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.headers += try headers(builder, use)
    }

    /// The fields of one `-H` or `--proxy-header`.
    static func headers(
        _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> [HeaderArgument] {
        guard let path = use.fileName else {
            return try headerLine(use.value[...], builder, use).map { [$0] } ?? []
        }
        let text = try builder.loadCarriedText(path, use)
        var headers: [HeaderArgument] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let line = Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            if line.utf8.first == UInt8(ascii: "#") || line.utf8.allSatisfy(ASCII.isBlank) { continue }
            if let header = try headerLine(line, builder, use) { headers.append(header) }
        }
        return headers
    }

    private static func headerLine(
        _ line: Substring, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> HeaderArgument? {
        let bytes = line.utf8
        // Errors show the name alone: the value may be a secret.
        let shown = String(Substring(bytes.prefix { $0 != UInt8(ascii: ":") }))
        // A line end inside would let a value forge further fields.
        guard !bytes.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 })
        else {
            throw UsageError(
                flag: use.flag, value: shown, problem: "holds a line break or NUL, which no header field may")
        }
        // A line that begins with a blank would go on with the field before it.
        let start = bytes.drop(while: ASCII.isBlank)
        let header: HeaderArgument
        let name: Substring
        if let colon = start.firstIndex(of: UInt8(ascii: ":")) {
            name = Substring(start[..<colon])
            let rest = bytes[bytes.index(after: colon)...]
            // One blank stands between them; all others belong to the value.
            let value = Substring(rest.first == UInt8(ascii: " ") ? rest.dropFirst() : rest)
            header =
                value.utf8.allSatisfy(ASCII.isBlank)
                ? .removal(name: String(name)) : .field(name: String(name), value: String(value))
        } else if start.last == UInt8(ascii: ";") {
            name = Substring(start.dropLast())
            header = .blank(name: String(name))
        } else {
            // The rest may be the secret of a header whose colon was forgotten.
            let word = line.prefix { $0 != " " && $0 != "\t" }
            let shown = word.endIndex == line.endIndex ? String(line) : word + " ..."
            builder.warn(
                "option \(use.flag): \(Quoting.quoted(shown)) is not sent; a header is 'Name: value', "
                    + "'Name:' to remove one or 'Name;' for one without a value")
            return nil
        }
        return try checkName(name, line, builder, use) ? header : nil
    }

    /// Says what is odd about the name of a field; false for one that is left out. Secrets may be in the rest of the line.
    private static func checkName(
        _ name: Substring, _ line: Substring, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> Bool {
        guard !OptionValue.isToken(name) else { return true }
        guard !name.utf8.allSatisfy(ASCII.isBlank) else {
            let second = line.utf8.dropFirst().prefix { $0 != UInt8(ascii: ":") && !ASCII.isBlank($0) }
            let isHTTP2 = line.utf8.first == UInt8(ascii: ":") && OptionValue.isToken(Substring(second))
            builder.warn(
                isHTTP2
                    ? "option \(use.flag): ':\(Substring(second))' is left out: it belongs to HTTP/2 and HTTP/3"
                    : "option \(use.flag): a header field without a name is left out")
            return false
        }
        let isPasted = name.unicodeScalars.contains { (0x2018...0x201F).contains($0.value) }
        builder.warn(
            "option \(use.flag): \(Quoting.quoted(String(name))) is not the name of a header field; it is sent as it is"
                + (isPasted ? ". Its curly quotes were probably pasted" : ""))
        return true
    }

    /// `-e`.
    private static func referer(_ builder: SettingsBuilder, _ use: OptionUse) {
        guard use.value.hasSuffix(";auto") else {
            builder.operation.referer = RefererArgument(url: use.value, followsRedirects: false)
            return
        }
        let url = String(use.value.dropLast(5))
        builder.operation.referer = RefererArgument(url: url.isEmpty ? nil : url, followsRedirects: true)
    }

    /// `-r`.
    private static func range(_ builder: SettingsBuilder, _ use: OptionUse) {
        let bytes = use.value.utf8
        guard bytes.allSatisfy(ASCII.isDigit) else {
            if !bytes.allSatisfy({ ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",") })
            {
                builder.warn(
                    "option \(use.flag): \(Quoting.quoted(use.value)) holds characters that no range has; it is sent as it is"
                )
            }
            builder.operation.range = use.value
            return
        }
        builder.warn(
            "option \(use.flag): \(Quoting.quoted(use.value)) has no dash; taken for \(Quoting.quoted(use.value + "-"))"
        )
        builder.operation.range = use.value + "-"
    }
}
