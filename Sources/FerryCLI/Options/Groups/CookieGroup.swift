/// Cookies.
enum CookieGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("cookie", "b") {
            Option(
                .request, .value("pairs|file", [.mayBeBlank, .bytes], cookie), repeats: .appends,
                abstract: "send these cookies, or those of a file",
                discussion: """
                    A value with = in it is sent as it is; several are joined with '; '. Any other value is \
                    a file to load cookies from, either in the seven columns of a cookie jar or as the \
                    Set-Cookie lines of a header, which are for the host of the first URL unless they name a \
                    domain; - is standard input and a file that is not there is skipped. What follows an @ is a \
                    file, whatever its name holds. An empty value loads nothing. A file and an empty value \
                    make cookies of the answers live for the rest of the run.
                    """,
                example: "-b 'theme=dark; lang=en' https://example.com/")
        }

        table.option("cookie-jar", "c") {
            Option(
                .request,
                .text("file", .file) { $0.operation.cookieJar = $1 == "-" ? .standardOutput : .file($1) },
                abstract: "save all cookies to this file at the end",
                discussion: """
                    The file is written when the run ends, even when there are no cookies, and replaced as a \
                    whole; - is standard output. A jar that cannot be written is exit status 23. Use -b \
                    with the same file to load it the next time.
                    """,
                example: "-b jar.txt -c jar.txt https://example.com/login")
        }

        table.option("junk-session-cookies", "j") {
            Option(
                .request, .flag { $0.operation.junkSessionCookies = $1 },
                abstract: "leave out session cookies when reading a file",
                discussion: """
                    Cookies without an expiry, which a browser forgets when it is closed, are not taken from \
                    the files of -b. Those that servers set during the run are kept.
                    """,
                example: "-j -b cookies.txt -c cookies.txt https://example.com/")
        }
    }

    /// `-b`.
    private static func cookie(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let value = use.fileName ?? use.value
        if value.isEmpty {
            builder.operation.cookies.append(.engineOnly)
        } else if use.fileName == nil, value.utf8.contains(UInt8(ascii: "=")) {
            builder.operation.cookies.append(.pairs(value))
        } else {
            try use.checkName(value)
            if value == "-" { try builder.claimStandardInput(use) }
            builder.operation.cookies.append(.file(value))
        }
    }
}
