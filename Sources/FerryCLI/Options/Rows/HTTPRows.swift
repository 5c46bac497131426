/// Redirects and what counts as failure.
extension OptionRow {
    static var location: OptionRow {
        OptionRow(
            .http, .toggle { ShapeStores.location($0, isOn: $1) },
            repeats: .lastOfGroup("--follow, --location"), essential: true,
            help: "follow redirects",
            text: """
                Follows 3xx answers that name a Location, at most --max-redirs of them. A POST becomes a GET after 301, \
                302 and 303, and is sent again after 307 and 308; a method given with -X stays. Logins, cookies of -b \
                and header fields with credentials go to no other origin and never from https to http.
                """,
            example: "-L -O https://example.com/latest.tar.gz")
    }

    static var locationTrusted: OptionRow {
        OptionRow(
            .http,
            .toggle {
                $0.operation.locationTrusted = $1
                if $1 { ShapeStores.location($0, isOn: true) }
            },
            help: "as -L, and send credentials to any host",
            text: """
                Follows redirects and gives login, cookies and credential fields to every host that a redirect names. \
                Only for servers whose redirects can be trusted.
                """,
            example: "--location-trusted -u alice:secret https://example.com/")
    }

    static var maxRedirs: OptionRow {
        OptionRow(
            .http, .integer(-1...Int.max, "-1 = no limit") { $0.operation.maxRedirects = $1 },
            help: "follow at most this many redirects",
            text: "The default is 50; 0 refuses the first. One more than allowed is exit status 47.",
            example: "-L --max-redirs 3 https://example.com/")
    }

    static var fail: OptionRow {
        OptionRow(
            .http, .toggle { OptionStores.fail($0, .withoutBody, isOn: $1) },
            repeats: .lastOfGroup("--fail, --fail-with-body"), essential: true,
            help: "exit 22, save no body when status is 400+",
            text: """
                Without it an HTTP error is an answer like any other and does not change the exit status. Header fields \
                are still shown with -i. A 416 to a resumed download does not count.
                """,
            example: "-f -o data.json https://example.com/data.json")
    }

    static var failWithBody: OptionRow {
        OptionRow(
            .http, .toggle { OptionStores.fail($0, .withBody, isOn: $1) },
            repeats: .lastOfGroup("--fail, --fail-with-body"),
            help: "as -f, but save the body",
            text: "Exit status 22 when the status is 400 or above, after the body has been saved.",
            example: "--fail-with-body https://example.com/api")
    }
}
