/// The parts of the manual page that the option table does not hold.
enum ManPageSections {
    struct Section: Sendable {
        let title: String
        let blocks: [Block]
    }

    enum Block: Sendable {
        /// Paragraphs, separated by empty lines.
        case text(String)
        /// A line of roff.
        case raw(String)
        /// A term and what it means.
        case item(String, String)
        /// Lines to be shown as they are.
        case code(String)
    }

    static var beforeOptions: [Section] {
        [
            Section(title: "NAME", blocks: [.raw("ferry \\- fetch from and send to HTTP servers")]),
            Section(
                title: "SYNOPSIS",
                blocks: [.raw(".B ferry"), .raw("[\\fIoptions\\fR ...] \\fIURL\\fR ...")]),
            Section(
                title: "DESCRIPTION",
                blocks: [
                    .text(
                        """
                        ferry requests URLs over HTTP/1.1, with or without TLS, over TCP or a Unix socket, and writes the \
                        answers to standard output or to files. Bytes of answers go there and nowhere else; messages and \
                        progress go to standard error. Options that curl(1) has mean what they mean there and exit \
                        statuses are the same, so that scripts carry over; see DIFFERENCES FROM CURL.
                        """)
                ]),
            Section(
                title: "URLS",
                blocks: [
                    .text(
                        """
                        A URL starts with http:// or https://; without a scheme, http:// is meant. It may be a pattern: \
                        {a,b,c} stands for each of the words, [1-10], [001-100] and [a-z] for each number or letter, and \
                        [0-100:10] for every tenth. Patterns should be quoted, as shells have their own meaning for them.

                        A URL may begin with its port: :8080/x is http://localhost:8080/x. localhost and names that end in \
                        .localhost are this machine's two loopback addresses, whatever the hosts file says.

                        http+unix:// and https+unix:// take a socket in place of the host, percent-encoded: \
                        http+unix://%2Frun%2Fdocker.sock/v1.44/info.
                        """)
                ]),
            Section(
                title: "PARALLEL TRANSFERS",
                blocks: [
                    .text(
                        """
                        URLs are fetched one after another. With --parallel, or when --limit or --limit-per-host is given, \
                        they are fetched at once over at most so many connections, which are used again for the next URL \
                        of the same host. Transfers that wait for a connection are served first come, first served.
                        """)
                ]),
            Section(
                title: "OUTPUT",
                blocks: [
                    .text(
                        """
                        Without an option, bodies go to standard output: in the order of the command line and never mixed, \
                        also when they are fetched at once. --output and --remote-name write files, one for each URL. A \
                        file appears under its name when it is complete; a failed or interrupted transfer leaves what was \
                        there before, and keeps what came beside it, see DOWNLOADS. Two URLs \
                        of a run never write one file: the second one fails (exit status 23) unless --clobber or --no-clobber is given.
                        """)
                ]),
            downloads,
            terminal,
            Section(
                title: "PROXIES",
                blocks: [
                    .text(
                        """
                        The proxy is the one of --proxy, or else that of the environment. http URLs are requested from it \
                        in absolute form; https URLs, and all with --proxytunnel, through a tunnel that it is asked for \
                        with CONNECT. A SOCKS proxy connects to every host itself. Hosts in --noproxy, or else in NO_PROXY, \
                        are reached directly, and so are Unix sockets.
                        """)
                ]),
        ]
    }

    static let aboutInertOptions = """
        These are taken so that curl's scripts and config files carry over. What is only for other protocols or gone from \
        TLS has no effect; what would change who can see or forge the traffic, or which protocol is spoken, is refused.
        """

    static let aboutOptions = """
        Long names are matched exactly and take their value after a blank or an equals sign. Letters may be joined: \
        -sSL is -s -S -L; the value of a letter follows it at once or as the next argument. Options that are on or off \
        have a second form with --no-. Two dashes alone end the options. A usage error is exit status 2 and nothing is \
        fetched or written.
        """

    static let aboutExitStatus = """
        Of several URLs, the status is that of the first failure in the order of the command line.

        SIGINT, SIGTERM and SIGHUP stop all transfers. ferry keeps or removes what is not complete (see DOWNLOADS), writes the files of --cookie-jar \
        and the like, says that it was stopped, and then dies of the signal, so that a shell stops its loop, too. The \
        shell shows that as status 128 and the number of the signal: 130, 143 and 129. A signal that was ignored when ferry \
        started, as under nohup(1), stays ignored.
        """

    static var configFile: Section {
        Section(
            title: "CONFIG FILE",
            blocks: [
                .text(
                    """
                    Before the command line, ferry reads the first of these that it can: $FERRY_HOME/.ferryrc, \
                    $XDG_CONFIG_HOME/ferry/config (without that variable, $HOME/.config/ferry/config) and \
                    $HOME/.ferryrc. -q as the first argument leaves it out and -K reads further files.

                    Each line is one option. Its long name may lack the dashes and then a blank, a colon or an equals \
                    sign comes before the value. A value with blanks in it stands in double quotes, in which \\", \\\\, \
                    \\t, \\n, \\r and \\v are the usual characters. Empty lines and those that start with # are skipped. \
                    Errors name the file and the line.

                    All of a file is checked before the first request. From its thousandth URL on, though, plain URLs and \
                    outputs are not kept in memory but read again when their turn comes, so a long file must stay as it \
                    is until then.
                    """),
                .code(
                    """
                    # three attempts, and say who asks
                    retry = 2
                    user-agent = "probe 1.0"
                    location
                    url = "https://example.com/"
                    """),
            ])
    }

    static var afterExitStatus: [Section] {
        [
            Section(
                title: "ENVIRONMENT",
                blocks: [
                    .item(
                        "http_proxy, HTTPS_PROXY, ALL_PROXY",
                        "Proxies by scheme, and for all. The lower case "
                            + "spelling is read first; http_proxy has no other one."),
                    .item("NO_PROXY", "Hosts that are reached directly, as for --noproxy."),
                    .item(
                        "CURL_CA_BUNDLE",
                        "A file of certificates to trust in place of the system's, unless --cacert or --capath is given."
                    ),
                    .item(
                        "SSL_CERT_FILE, SSL_CERT_DIR",
                        "A file of certificates and folders of them, with colons between them, to trust in place of "
                            + "the system's, unless --cacert, --capath or CURL_CA_BUNDLE is given."),
                    .item(
                        "SSLKEYLOGFILE",
                        "The secrets of every TLS session are appended to this file, in NSS's format, for programs that "
                            + "read captured traffic. It is made for its owner alone if it does not exist."),
                    .item("FERRY_HOME, XDG_CONFIG_HOME, HOME", "Where the config file is looked for."),
                    .item("NETRC", "The netrc file of --netrc, in place of .netrc in the home folder."),
                    .item(
                        "COLUMNS",
                        "The width that help is made for; it can make progress narrower than the terminal."),
                    .item(
                        "NO_COLOR, TERM, CLICOLOR_FORCE",
                        "Whether headers and JSON have colours; see AT THE TERMINAL."),
                ]),
            events,
            records,
            differences,
            continuousIntegration, unixSockets,
            Section(title: "EXAMPLES", blocks: examples),
            Section(title: "SEE ALSO", blocks: [.raw("\\fBcurl\\fR(1), \\fBwget\\fR(1)")]),
        ]
    }

    private static var differences: Section {
        Section(
            title: "DIFFERENCES FROM CURL",
            blocks: [
                .text(
                    "ferry speaks HTTP/1.1 only. An option of curl that it does not have is an error and never ignored. "
                        + "Where both have an option, these differ on purpose:"),
                .item(
                    "Exit status",
                    "Of several URLs, that of the first failure in the order of the command line, also when they are "
                        + "fetched at once."),
                .item(
                    "Whole files",
                    "What --output names is replaced when the transfer has succeeded and untouched when it has not; "
                        + "--no-atomic writes in place. The mode of an existing file stays, and a symbolic link stays one. Of a "
                        + "file with several names (hard links) the one that was given gets the new content."
                ),
                .item(
                    "Secrets",
                    "Logins, cookies and tokens are hidden in messages and traces, and passwords in the JSON of "
                        + "--write-out, unless --show-secrets is given."
                ),
                .item(
                    "Credentials and redirects",
                    "Header fields of --header that carry credentials are not sent to another origin, nor from https to "
                        + "http; --location-trusted sends them."),
                .item(
                    "Errors name the URL", "With several URLs, every error line says which one it is about."),
                .item(
                    "Files that cannot be read or written",
                    "A file of cookies or of --hsts that is there and cannot be read, or holds nothing of the kind, is "
                        + "told and never written over (exit status 26 or 23). A trace, a cookie jar or a file of "
                        + "%output{} that cannot be written is told, and the exit status is 23."),
                .item("Standard input", "A second option that would read it is a usage error."),
                .item(
                    "Progress",
                    "Bars on a terminal, and elsewhere plain lines about what lasts long, so that they fill no logs; curl's "
                        + "meter is shown when --progress-meter asks for it by name."),
                .item(
                    "Two URLs with one name",
                    "The second one fails instead of writing over the file of the first, unless --clobber is given."
                ),
                .item(
                    "Two options with one file",
                    "As in --cookie-jar f --output f, where only what is written last would be there in the end: a usage "
                        + "error. --stderr and --trace may share a file."),
                .item(
                    "Names of files",
                    "--remote-header-name reads the encoded form of the name too (RFC 8187)."),
                .item(
                    "Retries",
                    "They never write bytes to standard output twice: a body that was passed on in part is an error. "
                        + "Pauses have jitter. Connections that break off count as failures that pass. A request that is not safe to repeat is not repeated once its bytes were "
                        + "sent, unless --retry-all-errors is given or the server turned it away (429, or 503 with "
                        + "Retry-After). A body that was read from a pipe cannot be sent twice: the answer that came stands, "
                        + "and a warning says so."
                ),
                .item(
                    "Parts and tags",
                    "An answer with another part than --range or --continue-at asks for is exit status 33, as is one that "
                        + "does not say which part it is unless its length tells, and one that ends too early 18. No head "
                        + "that --show-headers or --dump-header - shows stands within a body that goes on. --etag-save keeps the tag of an answer that arrived whole and is no "
                        + "redirect or failure."),
                .item(
                    "Time limits",
                    "--max-time also bounds the wait for pipes that are read or written, and for slow readers of the "
                        + "output."),
                .item(
                    "Requests that are repeated",
                    "One that died on a connection that had served before is sent again on another, but not a POST, and "
                        + "not once a byte of its answer came."),
                .item(
                    "Fields about a body",
                    "Those of --header stay behind where they would make the server wait: Content-Length beside chunks, "
                        + "Transfer-Encoding without a body, and both when a redirect drops the body. One blank "
                        + "stands between a colon and its value, whether it was typed or not."),
                .item(
                    "Cookies",
                    "A Cookie field of --header is the only one that is sent. Set-Cookie lines in a file of --cookie that "
                        + "name no domain are for the host of the first URL, not for every host."),
                .item(
                    "Redirects",
                    "304 is none. The answer to --request HEAD has no body, as with --head."),
                .item(
                    "Bodies that nobody wants",
                    "Those of a redirect, of a challenge, of an answer that is asked for again and, with --fail, of a "
                        + "failure are waited for half a second at most, to keep the connection. What is wrong with "
                        + "them is no error, and --max-filesize does not count them."),
                .item(
                    "Uploads",
                    "A file that cannot be read is a failure of its URL, and those after it are fetched. A folder cannot "
                        + "be sent. An offset of --continue-at beyond the file is exit status 36, and so is one for standard input, "
                        + "a pipe or a device."
                ),
                .item(
                    "Lists and lines",
                    "The byte order mark of UTF-8 that a file of lines begins with (URLs, header fields, logins, cookies, "
                        + "checksums, options) is passed over, and a name in a config file is not cut at a NUL but refused."
                ),
                .item(
                    "Odd answers",
                    "What breaks the rules of HTTP and has one meaning all the same is read, as curl reads it, and told with "
                        + "--verbose: a length beside chunks, line ends without the carriage return, chunks from an HTTP/1.0 "
                        + "server, zlib that is called gzip, several gzip members in a row. The connection is closed after "
                        + "it, and --strict refuses it. An answer whose head is cut short, with lengths that differ, with a "
                        + "field without a colon or with 101 that nobody asked for is an error."
                ),
                .item(
                    "Terminals",
                    "Control characters in messages are escaped, and those in header fields when they go to a terminal."
                ),
                .item(
                    "Forms and dates",
                    "A folder given to --form is an error, where curl sends nothing in its place, and line breaks in "
                        + "names are escaped with --form-escape, too. --time-cond also reads dates of ISO 8601."
                ),
                .item(
                    "Logins of proxies",
                    "--proxy-user is sent as it is typed; curl takes %XX in it for the byte that it names."),
                .item(
                    "TLS",
                    "The names of a certificate are its subject alternative names; the common name and names with a * "
                        + "beside other letters of a label count for nothing. --fingerprint, which curl does not have, stands in for a server whose "
                        + "certificate has none. https over --unix-socket is encrypted. A body that only the end of the connection delimits has to "
                        + "end with the server's word in TLS, or it counts as cut short (exit status 18). --ciphers, "
                        + "--curves and --sigalgs take the names that OpenSSL has, though GnuTLS is behind them, and what "
                        + "they cannot say exactly is refused before anything is sent."),
            ])
    }

    private static var examples: [Block] {
        let all = [
            ("Save a file under its own name:", "ferry -LO https://example.com/release.tar.gz"),
            ("Look at the header of an answer:", "ferry -I https://example.com/"),
            ("Send JSON:", #"ferry --json '{"name":"alice"}' https://example.com/users"#),
            (
                "Fetch many, four at a time from each host:",
                "ferry --limit-per-host 4 -O 'https://example.com/[1-500].png'"
            ),
            ("Ask Docker:", "ferry --unix-socket /run/docker.sock http://localhost/v1.44/info"),
            (
                "See what certificate a device has, and pin it:",
                "ferry --print-fingerprint https://device.local/\nferry --fingerprint HEX https://device.local/"
            ),
            (
                "Be patient in a CI job:",
                "ferry -sSf --retry 5 --retry-connrefused -m 60 -O https://example.com/tool.gz"
            ),
            ("Resume a download:", "ferry -C - -o image.iso https://example.com/image.iso"),
            ("Upload:", "ferry -T report.pdf -u alice https://example.com/inbox/"),
            (
                "Time a request:",
                #"ferry -s -o /dev/null -w '%{http_code} %{time_total}\n' https://example.com/"#
            ),
        ]
        return all.flatMap { [.text($0.0), .code($0.1)] }
    }
}
