import HTTPCore

/// Method, header fields, logins and cookies.
extension OptionRow {
    static var request: OptionRow {
        OptionRow(
            .request, .value("method", [], OptionStores.method), essential: true,
            help: "use this request method",
            text: """
                The word is sent as it is, and with -L on every hop. It does not change what is sent or expected: \
                use -I for HEAD and -d or -T to send a body. Without it the method is GET, POST with -d or --json, PUT \
                with -T and HEAD with -I.
                """,
            example: "-X DELETE https://example.com/items/7")
    }

    static var header: OptionRow {
        OptionRow(
            .request, .value("line", .mayBeBlank, OptionStores.header), repeats: .appends, essential: true,
            help: "add, replace or remove a header field",
            text: """
                'Name: value' adds a field, or replaces the one that ferry would send. 'Name:' removes that one and \
                'Name;' sends it without a value. With @file, or @- for standard input, each line of the file is such \
                a line; blank lines and lines that start with # are skipped. A line without colon or semicolon is not \
                sent and a warning says so; a line break inside is refused (exit status 2).

                Fields that carry credentials (Authorization, Cookie, Proxy-Authorization and every name with key, \
                \(SecretNames.parts.joined(separator: ", ")) in it) are not sent to another origin when a redirect \
                leads there, unless --location-trusted is given. 'Transfer-Encoding: chunked' switches the framing of \
                the request body.
                """,
            example: "-H 'Accept: text/plain' -H @fields.txt https://example.com/")
    }

    static var userAgent: OptionRow {
        OptionRow(
            .request, .text("text", .mayBeBlank) { $0.operation.userAgent = $1 }, essential: true,
            help: "set the User-Agent field",
            text: """
                An empty text leaves the field out, a blank sends it without a value. The default is ferry and its \
                version.
                """,
            example: "-A 'probe/1.0' https://example.com/")
    }

    static var referer: OptionRow {
        OptionRow(
            .request,
            .value("url", .mayBeBlank) { (builder, use) throws(UsageError) in
                OptionStores.referer(builder, use)
            },
            help: "set the Referer field",
            text: """
                With ;auto at its end, every redirect names the URL before it, without login and fragment; ;auto alone \
                sets nothing on the first request.
                """,
            example: "-L -e 'https://example.com/start;auto' https://example.com/")
    }

    static var head: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.head = $1 }, essential: true,
            help: "ask for the header only",
            text: """
                Sends HEAD and prints the header that answers, as -i does. With --request another method is sent, and the \
                body that answers it is not read. It cannot be combined with a request body (exit status 2), but with -G.
                """,
            example: "-I https://example.com/")
    }

    static var user: OptionRow {
        OptionRow(
            .request, .text("user:password", .secret) { $0.operation.user = OptionValue.credentials($1) },
            essential: true,
            help: "log in with this user and password",
            text: """
                Sends them as Basic authentication, or as --digest or --anyauth say. The text is split at the first colon; \
                without one the password is asked for on the terminal, or is the next line of standard input where there is \
                no terminal and no other option reads that. It wins over a login in the URL and is sent to no other origin on redirect, \
                unless --location-trusted is given. The argument is overwritten in the process list as soon as it is \
                read; a config file hides it better.
                """,
            example: "-u alice:secret https://example.com/private")
    }

    static var cookie: OptionRow {
        OptionRow(
            .request, .value("pairs|file", .mayBeBlank, OptionStores.cookie), repeats: .appends,
            help: "send these cookies, or those of a file",
            text: """
                A value with = in it is sent as it is; several are joined with '; '. Any other value is a file to load \
                cookies from, either in the seven columns of a cookie jar or as the Set-Cookie lines of a header, which \
                are for the host of the first URL unless they name a domain; - is standard input and a file that is not \
                there is skipped. An empty value loads nothing. A file and an empty value make cookies of the answers \
                live for the rest of the run.
                """,
            example: "-b 'theme=dark; lang=en' https://example.com/")
    }

    static var cookieJar: OptionRow {
        OptionRow(
            .request,
            .text("file", .file) { $0.operation.cookieJar = $1 == "-" ? .standardOutput : .file($1) },
            help: "save all cookies to this file at the end",
            text: """
                The file is written when the run ends, even when there are no cookies, and replaced as a whole; - is \
                standard output. A jar that cannot be written is told with -v only. Use -b with the same file to load \
                it the next time.
                """,
            example: "-b jar.txt -c jar.txt https://example.com/login")
    }

    static var range: OptionRow {
        OptionRow(
            .request, .value("ranges", [], OptionStores.range),
            help: "ask for these bytes only",
            text: """
                a-b, a- from an offset to the end, -n for the last n bytes, or a list of them with commas. A number \
                alone is taken for n- and a warning says so. A server may answer with the whole file. It cannot be \
                combined with -C (exit status 2).
                """,
            example: "-r 0-1023 -o head.bin https://example.com/image.iso")
    }

    static var compressed: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.compressed = $1 },
            help: "ask for a compressed answer and decode it",
            text: """
                Sends 'Accept-Encoding: deflate, gzip, br, zstd' and saves the decoded body. A coding that is unknown or \
                corrupt data is exit status 61. Header fields are shown as received.
                """,
            example: "--compressed -o page.html https://example.com/")
    }

    static var http11: OptionRow {
        OptionRow(
            .request, .action { (builder, _) in builder.operation.http10 = false },
            repeats: .lastOfGroup("--http1.0, --http1.1"),
            help: "speak HTTP/1.1 (the default)",
            text: """
                The default; takes back a --http1.0 before it. Answers of HTTP/1.0 are understood either way.
                """,
            example: "--http1.1 https://example.com/")
    }
}
