/// The shape of the request, and how the answer is read.
extension OptionRow {
    static var http10: OptionRow {
        OptionRow(
            .request, .action { (builder, _) in builder.operation.http10 = true },
            repeats: .lastOfGroup("--http1.0, --http1.1"),
            help: "speak HTTP/1.0",
            text: """
                Requests say HTTP/1.0, and the connection ends with the answer. HTTP/1.0 has no chunks: an upload of \
                unknown length is exit status 25. The last given of --http1.0 and --http1.1 counts.
                """,
            example: "--http1.0 http://example.com/")
    }

    static var http09: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.http09 = $1 },
            help: "accept an answer without a header",
            text: """
                An answer that does not begin with HTTP/ is taken for a body, as servers of the earliest days sent it. \
                Without this it is exit status 1.
                """,
            example: "--http0.9 http://localhost:8080/")
    }

    static var requestTarget: OptionRow {
        OptionRow(
            .request, .value("target", [], ShapeStores.target),
            help: "send this in place of path and query",
            text: """
                The text stands in the request line as it is, on every hop. The URL only says where to connect. Blanks \
                and control characters are refused (exit status 2).
                """,
            example: "--request-target '*' -X OPTIONS https://example.com/")
    }

    static var pathAsIs: OptionRow {
        OptionRow(
            .url, .toggle { $0.operation.pathAsIs = $1 },
            help: "leave /./ and /../ in the URL as they are",
            text: """
                Without it such parts of a path are worked out before anything is sent. The URLs of redirects are \
                always worked out.
                """,
            example: "--path-as-is https://example.com/../secret")
    }

    static var expectTimeout: OptionRow {
        OptionRow(
            .connection, .seconds { $0.operation.expectTimeout = $1 },
            help: "wait this long for leave to send a body",
            text: """
                Large bodies and those of unknown size ask with 'Expect: 100-continue' before they are sent. When no \
                word comes within this time they are sent anyway. The default is one second.
                """,
            example: "--expect100-timeout 5 -T image.iso https://example.com/images/")
    }

    static var proto: OptionRow {
        OptionRow(
            .url, .value("list", [], ShapeStores.protocols),
            help: "fetch over these protocols only",
            text: """
                A list with commas, read from left to right: a name, or one with + before it, is allowed, one with - \
                is not, and = allows only that one; 'all' stands for all. A name that nobody knows is warned of. A URL \
                or redirect with another protocol is exit status 1; a list that allows nothing is exit status 2.
                """,
            example: "--proto =https https://example.com/")
    }

    static var protoRedir: OptionRow {
        OptionRow(
            .url, .value("list", [], ShapeStores.redirectProtocols),
            help: "follow redirects to these protocols only",
            text: """
                As --proto, for redirects alone; --proto has to allow them too. A redirect to a protocol that is not \
                allowed is exit status 1.
                """,
            example: "-L --proto-redir =https https://example.com/")
    }

    static var protoDefault: OptionRow {
        OptionRow(
            .url, .value("protocol", [], ShapeStores.defaultProtocol),
            help: "protocol of URLs that name none",
            text: "http or https; http is the default. Anything else is exit status 1.",
            example: "--proto-default https example.com")
    }

    static var follow: OptionRow {
        OptionRow(
            .http, .toggle { ShapeStores.follow($0, isOn: $1) },
            repeats: .lastOfGroup("--follow, --location"),
            help: "as -L, but -X obeys the redirects",
            text: """
                Follows redirects as -L does; but where a redirect turns the request into a GET, a method given with \
                -X is given up too: after 301 and 302 when there is data, after 303 always. 307 and 308 keep it. The \
                last given of --follow and -L counts.
                """,
            example: "--follow -X PUT -d x=1 https://example.com/")
    }

    static var post301: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.post301 = $1 },
            help: "stay with POST after 301",
            text:
                "With -L or --follow, a POST that is answered with 301 is sent again as a POST, data included.",
            example: "-L --post301 -d x=1 https://example.com/")
    }

    static var post302: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.post302 = $1 },
            help: "stay with POST after 302",
            text:
                "With -L or --follow, a POST that is answered with 302 is sent again as a POST, data included.",
            example: "-L --post302 -d x=1 https://example.com/")
    }

    static var post303: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.post303 = $1 },
            help: "stay with POST after 303",
            text: """
                With -L or --follow, a POST that is answered with 303 is sent again as a POST, data included, although \
                303 asks for a GET.
                """,
            example: "-L --post303 -d x=1 https://example.com/")
    }

    static var raw: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.raw = $1 },
            help: "save the body as it came, codings and all",
            text: """
                Neither chunks nor compression are undone: the lines of the chunks are saved with the data, and what \
                --compressed asked for stays compressed.
                """,
            example: "--raw -o raw.bin http://example.com/")
    }

    static var trEncoding: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.transferCoding = $1 },
            help: "ask for compression on the way",
            text: """
                Sends 'TE: gzip' and undoes what the server does to the body for the way (Transfer-Encoding). This is \
                not compression of the resource; see --compressed for that. Corrupt data is exit status 61.
                """,
            example: "--tr-encoding https://example.com/")
    }

    static var ignoreContentLength: OptionRow {
        OptionRow(
            .http, .toggle { $0.operation.ignoresContentLength = $1 },
            help: "read until the server closes",
            text: """
                For servers that announce a wrong length: Content-Length is not looked at, and a body that does not \
                come in chunks ends with the connection.
                """,
            example: "--ignore-content-length http://example.com/old.log")
    }
}
