/// Where ferry does something else than the curl that is installed, and why. `make compat` fails for differences that are
/// not here, and for entries that no longer differ.
enum CompatDifferences {
    /// By the name of the case.
    static let reasons = Dictionary(
        uniqueKeysWithValues: (newerCurl + onPurpose + otherwise).flatMap { group in
            group.cases.map { ($0, group.reason) }
        })

    private typealias Group = (reason: String, cases: [String])

    /// ferry does what curl does today; Debian 12 has one of 2023.
    private static let newerCurl: [Group] = [
        (
            "newer curls read URLs from a file",
            ["reuse: URLs from standard input", "sequences: --url @file", "sequences: --url @ of a folder"]
        ),
        (
            "newer curls put a blank between the cookies of two -b",
            ["request fields: -b"]
        ),
        (
            "newer curls write percent-encoding in upper case",
            ["uploads: -T to a folder takes the file's name", "redirects: spaces and bytes beyond ASCII"]
        ),
        (
            "newer curls leave a URL with a query as it is",
            ["uploads: -T to a folder with a query"]
        ),
        (
            "newer curls do not use a connection again that they asked to be closed",
            ["reuse: a user's Connection: close is meant"]
        ),
        (
            "newer curls keep what a failed attempt brought and ask for the rest",
            ["resuming: a retry goes on with -C -", "resuming: a second retry goes on, too"]
        ),
        (
            "newer curls refuse what cannot be meant together",
            ["files: -C and --no-clobber", "files: -C and --remove-on-error"]
        ),
        (
            "this curl refuses -J beside -i and -I, which later ones take",
            [
                "files: -J names the file of a head whose body is not wanted",
                "files: -J names the file of a head whose body is old",
            ]
        ),
        (
            "curl makes the file that -J names with the head, and leaves it empty where no body is to come",
            [
                "files: -J makes no file for an old body", "files: -J makes no file for 304",
                "files: -J makes no file where nothing is left to come",
            ]
        ),
        (
            "newer curls find a name for the file of such a URL",
            ["files: -O without a name", "files: -O cuts the query, and trailing slashes"]
        ),
        (
            "newer curls have this in --write-out",
            [
                "write-out: each transfer, in order", "write-out: to files",
                "write-out: nothing known",
                "write-out: all fields of a name", "write-out: parts of URLs",
                "write-out: parts of URLs of other schemes",
                "write-out: sizes of what was decoded", "write-out: retries",
            ]
        ),
        (
            "newer curls count too long a head (100) and two destinations (8) among the errors of their own",
            ["bad framing: a huge head", "bad framing: two locations"]
        ),
        (
            "newer curls refuse codings that they do not know",
            ["bad framing: an unknown transfer coding"]
        ),
        (
            "newer curls refuse two lengths that differ",
            ["bad framing: two lengths"]
        ),
        (
            "newer curls know ifhost!, and what is malformed is 43",
            ["sockets: a malformed --interface"]
        ),
        (
            "newer curls refuse what they cannot read, where older ones went on",
            [
                "curl's habits: a bad --connect-to", "curl's habits: data of a file that is not there",
                "curl's habits: a config file that is wrong", "curl's habits: --next without a URL",
                "curl's habits: an anchor that is not there",
            ]
        ),
    ]

    /// ferry means to differ; the manual page says so.
    private static let onPurpose: [Group] = [
        (
            "on purpose: the status of several URLs is that of the first failure; a URL that is none stops no other",
            ["sequences: the first failure counts"]
        ),
        (
            "on purpose: an upload that cannot be read fails its own URL, not those after it",
            ["uploads: -T of no file"]
        ),
        (
            "on purpose: a folder cannot be sent, where curl sends nothing in its place",
            ["uploads: -T of a folder"]
        ),
        (
            "on purpose: -o writes whole files, and nothing of a failure",
            [
                "files: --no-clobber leaves nothing of a failure",
                "files: --remove-on-error has nothing to remove by default", "bad framing: a body cut short",
                "bad framing: too long without a word",
            ]
        ),
        (
            "on purpose: what is tried again was not written yet; newer curls also try 522 and 524 again",
            [408, 429, 500, 502, 503, 504, 522, 524].map { "retry: status \($0)" } + [
                "retry: none left", "retry: every head goes to -D and with -i to standard output",
                "retry: a POST that 503 with Retry-After turned away (R-02)",
                "retry: --retry-all-errors repeats it", "retry: -w counts the last attempt",
                "retry: redirects count anew", "retry: an upload is sent whole again",
            ]
        ),
        (
            "on purpose: a body from a pipe is sent once; curl repeats the request without its bytes",
            [
                "retry: a body from a pipe that was read is not sent again, least of all without its bytes",
                "retry: nor a part of a form",
            ]
        ),
        (
            "on purpose: --retry covers what breaks downloads, and what a server turned away",
            [
                "retry: a body cut short (R-01)", "retry: a reset (R-01)", "retry: no answer (R-01)",
                "retry: a POST that 429 turned away (R-02)",
                "retry: a pause that is too long fails at once (R-08)",
            ]
        ),
        (
            "on purpose: a change of protocol that nobody asked for is no answer",
            ["bad framing: an upgrade that was not asked for"]
        ),
        (
            "on purpose: a login is shown with --show-secrets only",
            ["write-out: logins in URLs are left out"]
        ),
        (
            "on purpose: a file that was asked for and cannot be written is told",
            ["write-out: to a file that cannot be opened"]
        ),
        (
            "on purpose: a POST that was sent is not repeated by --retry alone",
            ["retry: a POST that was sent is not repeated", "retry: nor after a redirect made it a GET"]
        ),
        (
            "on purpose: a request is not repeated on another connection when that may do something twice",
            [
                "reuse: not once a byte of the answer came",
                "sequences: a POST is not repeated on another connection",
            ]
        ),
        (
            "on purpose: fields about a body that is not sent, or not so, would leave the server waiting for it",
            [
                "bodies: chunked data is not given a length too",
                "bodies: a request without a body is not chunked",
                "redirects: the length of a dropped body is dropped, its type stays",
                "redirects: chunks are dropped with their body",
            ]
        ),
        (
            "on purpose: who answers 417 is not asked once more, whoever wanted it",
            ["uploads: 417 takes the user's own Expect away"]
        ),
        (
            "on purpose: 304 leads nowhere (RFC 9110 §15.4.5)",
            ["redirects: 304 is none"]
        ),
        (
            "on purpose: the body of a redirect is not what was asked for: it is neither measured nor waited for",
            [
                "redirects: --max-filesize does not count bodies of redirects",
                "redirects: an endless body of a redirect is not read",
            ]
        ),
        (
            "on purpose: an answer to HEAD has no body, whichever option asked (RFC 9112 §6.3); curl waits for one",
            ["request fields: -X HEAD warns"]
        ),
        (
            "on purpose: answers that two readers could understand differently, or cut short, are errors",
            ["bad framing: a head cut short"]
        ),
        (
            "on purpose: what counts lines, say, does not go on at a byte",
            ["resuming: 206 of another unit"]
        ),
        (
            "on purpose: a part that ends before what was asked for and the file's end is cut short",
            ["resuming: less than was asked for", "resuming: a Range of one's own, answered by less"]
        ),
        (
            "on purpose: what is there is decoded, and a part of a coded body is no part of it",
            [
                "resuming: the rest of what was decoded is asked for without a coding",
                "resuming: a part of a coded body is none of it",
                "resuming: a coded body may be as long as what is there by chance",
            ]
        ),
        (
            "on purpose: another part than a Range field asks for is an error",
            ["resuming: a Range of one's own, answered by another part"]
        ),
        (
            "on purpose: a connection on which a body was left unread is not used again; curl asks on it once more",
            ["request fields: HEAD by another method takes no body"]
        ),
        (
            "on purpose: an offset beyond the file is a bad one (36), not an answer cut short (18)",
            ["resuming: an upload beyond its file"]
        ),
        (
            "on purpose: what has no length is not uploaded from an offset; curl sends it from its beginning",
            ["resuming: an upload of what has no length"]
        ),
        (
            "on purpose: the mark that editors put before UTF-8 belongs to no line",
            ["request fields: fields from a file with a mark before them"]
        ),
    ]

    /// It lies in what they are.
    private static let otherwise: [Group] = [
        ("ferry has a config file of its own", ["sequences: the default config file"]),
        ("ferry's messages have words of their own", ["write-out: onerror", "framing: -w of a failure"]),
        (
            "ferry speaks HTTP/1.0 and HTTP/1.1 and nothing else",
            ["redirects: to another scheme", "bad framing: HTTP/2"]
        ),
    ]
}
