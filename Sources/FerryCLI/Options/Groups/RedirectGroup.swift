/// Redirects.
enum RedirectGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("location", "L") {
            Option(
                .http, .flag { location($0, isOn: $1) },
                repeats: .lastOfGroup("--follow, --location"), essential: true,
                abstract: "follow redirects",
                discussion: """
                    Follows 3xx answers that name a Location, at most --max-redirs of them. A POST becomes a \
                    GET after 301, 302 and 303, and is sent again after 307 and 308; a method given with -X \
                    stays. Logins, cookies of -b and header fields with credentials go to no other origin \
                    and never from https to http.
                    """,
                example: "-L -O https://example.com/latest.tar.gz")
        }

        table.option("follow") {
            Option(
                .http, .flag { follow($0, isOn: $1) },
                repeats: .lastOfGroup("--follow, --location"),
                abstract: "as -L, but -X obeys the redirects",
                discussion: """
                    Follows redirects as -L does; but where a redirect turns the request into a GET, a \
                    method given with -X is given up too: after 301 and 302 when there is data, after 303 \
                    always. 307 and 308 keep it. The last given of --follow and -L counts.
                    """,
                example: "--follow -X PUT -d x=1 https://example.com/")
        }

        table.option("post301") {
            Option(
                .http, .flag { $0.operation.post301 = $1 },
                abstract: "stay with POST after 301",
                discussion:
                    "With -L or --follow, a POST that is answered with 301 is sent again as a POST, data included.",
                example: "-L --post301 -d x=1 https://example.com/")
        }

        table.option("post302") {
            Option(
                .http, .flag { $0.operation.post302 = $1 },
                abstract: "stay with POST after 302",
                discussion:
                    "With -L or --follow, a POST that is answered with 302 is sent again as a POST, data included.",
                example: "-L --post302 -d x=1 https://example.com/")
        }

        table.option("post303") {
            Option(
                .http, .flag { $0.operation.post303 = $1 },
                abstract: "stay with POST after 303",
                discussion: """
                    With -L or --follow, a POST that is answered with 303 is sent again as a POST, data \
                    included, although 303 asks for a GET.
                    """,
                example: "-L --post303 -d x=1 https://example.com/")
        }

        table.option("location-trusted") {
            Option(
                .http,
                .flag {
                    $0.operation.locationTrusted = $1
                    if $1 { location($0, isOn: true) }
                },
                abstract: "as -L, and send credentials to any host",
                discussion: """
                    Follows redirects and gives login, cookies and credential fields to every host that a \
                    redirect names, but not a login that stands in the URL. Only for servers whose \
                    redirects can be trusted.
                    """,
                example: "--location-trusted -u alice:secret https://example.com/")
        }

        table.option("max-redirs") {
            Option(
                .http, .integer(-1...Int.max, "-1 = no limit") { $0.operation.maxRedirects = $1 },
                abstract: "follow at most this many redirects",
                discussion:
                    "The default is 50; 0 refuses the first. One more than allowed is exit status 47.",
                example: "-L --max-redirs 3 https://example.com/")
        }
    }

    /// `-L`, which takes the place of `--follow`.
    private static func location(_ builder: SettingsBuilder, isOn: Bool) {
        builder.operation.location = isOn
        guard isOn, builder.operation.follow else { return }
        builder.operation.follow = false
        builder.warn("--location overrides the --follow before it")
    }

    /// `--follow`, which takes the place of `-L`.
    private static func follow(_ builder: SettingsBuilder, isOn: Bool) {
        builder.operation.follow = isOn
        guard isOn, builder.operation.location else { return }
        builder.operation.location = false
        builder.warn("--follow overrides the --location before it")
    }
}
