internal import Connector
import HTTPCore

/// Proxies, and what is said to them.
enum ProxyGroup {
    /// The options that name a proxy.
    private static let kinds: OptionRepeat = .lastOfGroup(
        "--proxy, --proxy1.0, --socks4, --socks4a, --socks5, --socks5-hostname")

    static func options(_ table: inout OptionSearch) {
        table.option("proxy", "x") {
            Option(
                .proxy, .text("[scheme://]host[:port]", [.mayBeBlank, .bytes], proxy(.http)),
                repeats: kinds, essential: true,
                abstract: "go through this proxy",
                discussion: """
                    The scheme is http, https, socks4, socks4a, socks5 or socks5h; without one it is an HTTP \
                    proxy. user:password@ stands before the host if the proxy wants a login. The port is \
                    1080 when none is given, and 443 for https. HTTP proxies are asked for http URLs in \
                    absolute form, and for tunnels to https URLs. With socks4a and socks5h the proxy \
                    resolves the names of the URLs, with socks4 and socks5 ferry does. \
                    socks5h://localhost/path names a proxy on a Unix socket.

                    It wins over the environment's proxies; an empty value uses none at all. A proxy whose \
                    name has no address is exit status 5, one that cannot be reached or gives no tunnel 7, \
                    and a SOCKS proxy that refuses 97.
                    """,
                example: "-x http://proxy.example:3128 https://example.com/")
        }

        table.option("noproxy") {
            Option(
                .proxy, .text("list", [.mayBeBlank, .bytes]) { $0.operation.noProxy = $1 },
                abstract: "hosts that are reached without a proxy",
                discussion: """
                    Names and IP networks, separated by commas: example.com covers its subdomains, \
                    10.0.0.0/8 addresses of that network, * everything. It replaces NO_PROXY; an empty value \
                    means that no host is left out.
                    """,
                example: "--noproxy localhost,10.0.0.0/8 -x proxy:3128 http://10.1.2.3/")
        }

        table.option("proxy-user", "U") {
            Option(
                .proxy,
                .text("user:password", [.secret, .bytes]) {
                    $0.operation.proxyUser = OptionValue.credentials($1)
                },
                abstract: "log in to the proxy with these",
                discussion: """
                    Split at the first colon; without one the password is asked for as with --user. They are \
                    taken as they are, for a proxy whose URL has no login. The argument is overwritten in \
                    the process list.
                    """,
                example: "-x proxy:3128 -U alice:secret https://example.com/")
        }

        table.option("proxy-basic") {
            Option(
                .proxy, .flag { proxyScheme($0, .basic, isOn: $1) },
                abstract: "log in to the proxy with Basic (the default)",
                discussion: "User and password go with the first request to the proxy. See --basic.",
                example: "--proxy-basic -U alice:secret -x proxy:3128 http://example.com/")
        }

        table.option("proxy-digest") {
            Option(
                .proxy, .flag { proxyScheme($0, .digest, isOn: $1) },
                abstract: "log in to the proxy with Digest authentication",
                discussion: "The proxy's challenge is answered, also that to a CONNECT. See --digest.",
                example: "--proxy-digest -U alice:secret -x proxy:3128 https://example.com/")
        }

        table.option("proxy-anyauth") {
            Option(
                .proxy,
                .flag {
                    guard $1 else { return }
                    $0.operation.login.proxySchemes = [.basic, .digest]
                    $0.operation.login.isAny = true
                },
                abstract: "log in to the proxy with the safest scheme offered",
                discussion: "The first request to the proxy goes without login. See --anyauth.",
                example: "--proxy-anyauth -U alice:secret -x proxy:3128 https://example.com/")
        }

        table.option("proxytunnel", "p") {
            Option(
                .proxy, .flag { $0.operation.proxyTunnel = $1 },
                abstract: "tunnel through the proxy for http URLs too",
                discussion:
                    "Asks the proxy with CONNECT for a connection to the server. A refusal is exit status 7.",
                example: "-p -x proxy:3128 http://example.com/")
        }

        table.option("proxy-header") {
            Option(
                .proxy, .value("line", [.mayBeBlank, .bytes, .fileBehindAt], header), repeats: .appends,
                abstract: "add, replace or remove a header field to the proxy",
                discussion: """
                    Written as for --header. The field goes with what HTTP and HTTPS proxies are sent: \
                    CONNECT requests, in which fields of --header never are, and requests in absolute form. \
                    Servers behind a tunnel never see it.
                    """,
                example: "--proxy-header 'X-Team: build' -x proxy:3128 https://example.com/")
        }

        table.option("suppress-connect-headers") {
            Option(
                .proxy, .flag { $0.operation.proxyOptions.hidesConnectAnswers = $1 },
                abstract: "leave the proxy's answer to CONNECT out of -i and -D",
                discussion: "The trace of --verbose shows it all the same.",
                example: "-i --suppress-connect-headers -x proxy:3128 https://example.com/")
        }

        table.option("proxy1.0") {
            Option(
                .proxy, .text("host[:port]", .bytes, proxy(.http10)), repeats: kinds,
                abstract: "an HTTP proxy that is asked for tunnels in HTTP/1.0",
                discussion: "As --proxy; the difference is the version in the CONNECT request.",
                example: "--proxy1.0 old-proxy:3128 https://example.com/")
        }

        table.option("socks4") {
            Option(
                .proxy, .text("host[:port]", .bytes, proxy(.socks4)), repeats: kinds,
                abstract: "a SOCKS 4 proxy",
                discussion: """
                    As --proxy with socks4:// before the host. Names are resolved here, and only their IPv4 \
                    addresses can be reached. A refusal of the proxy is exit status 97.
                    """,
                example: "--socks4 127.0.0.1:1080 http://example.com/")
        }

        table.option("socks4a") {
            Option(
                .proxy, .text("host[:port]", .bytes, proxy(.socks4a)), repeats: kinds,
                abstract: "a SOCKS 4a proxy, which resolves names itself",
                discussion:
                    "As --proxy with socks4a:// before the host. A refusal of the proxy is exit status 97.",
                example: "--socks4a 127.0.0.1:1080 http://example.com/")
        }

        table.option("socks5") {
            Option(
                .proxy, .text("host[:port]", .bytes, proxy(.socks5)), repeats: kinds,
                abstract: "a SOCKS 5 proxy; names are resolved here",
                discussion: """
                    As --proxy with socks5:// before the host. When the proxy cannot reach an address of the \
                    name, the next one is tried. A user and password, before the host or from --proxy-user, \
                    are sent to a proxy that asks for them. A refusal of the proxy is exit status 97.
                    """,
                example: "--socks5 127.0.0.1:1080 https://example.com/")
        }

        table.option("socks5-hostname") {
            Option(
                .proxy, .text("host[:port]", .bytes, proxy(.socks5h)), repeats: kinds,
                abstract: "a SOCKS 5 proxy, which resolves names itself",
                discussion: """
                    As --socks5, or --proxy with socks5h:// before the host: the names of the URLs are sent \
                    to the proxy, and nobody else is asked for them.
                    """,
                example: "--socks5-hostname 127.0.0.1:9050 http://example.com/")
        }

        table.option("socks5-basic") {
            Option(
                .proxy, .flag { $0.operation.proxyOptions.sendsSOCKSLogin = $1 },
                abstract: "log in to a SOCKS 5 proxy by name and password",
                discussion: """
                    That is the default wherever there are a user and a password; --no-socks5-basic keeps \
                    them from SOCKS proxies.
                    """,
                example: "--socks5-basic --socks5 alice:secret@127.0.0.1 http://example.com/")
        }

        table.option("preproxy") {
            Option(
                .proxy,
                .text("[scheme://]host[:port]", [.mayBeBlank, .bytes]) {
                    $0.operation.proxyOptions.preproxy = $1
                },
                abstract: "a SOCKS proxy on the way to the HTTP proxy",
                discussion: """
                    The proxy of --proxy is reached through this one; without --proxy it is the only one. It \
                    speaks SOCKS 4 unless the scheme names another version. Before a proxy that speaks SOCKS \
                    itself it is refused with exit status 5.
                    """,
                example:
                    "--preproxy socks5h://127.0.0.1:1080 -x http://proxy.example:3128 https://example.com/")
        }
    }

    /// `-x`, `--proxy1.0`, `--socks4` and their kin, of which the last one counts.
    private static func proxy(_ kind: ProxySettings.Kind) -> OptionKind.Store<String> {
        { builder, text in
            builder.operation.proxy = text
            builder.operation.proxyOptions.kind = kind
        }
    }

    /// `--proxy-header`.
    private static func header(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.proxyOptions.headers += try RequestGroup.headers(builder, use)
    }

    /// `--proxy-basic`, `--proxy-digest`: several add up.
    private static func proxyScheme(_ builder: SettingsBuilder, _ scheme: LoginSchemes, isOn: Bool) {
        if isOn {
            builder.operation.login.proxySchemes.insert(scheme)
        } else {
            builder.operation.login.proxySchemes.remove(scheme)
        }
    }
}
