import Testing

@testable import FerryCLI

/// The whole command line, written down a second time: every option of curl with its letter, whether it takes a value and
/// whether it can be taken back, what it does here, and the options that only ferry has.
struct OptionContractTests {
    /// How much a curl user would miss it.
    enum Need: Sendable { case core, expected, accepted, foreign, own }

    /// What giving it does.
    enum Effect: Sendable { case works, ignored, warned, refused, foreign, prints }

    /// What stands around the name.
    enum Kind: Sendable {
        /// Nothing; `--no-` takes it back.
        case boolean
        /// Nothing, and there is no way back.
        case action
        /// A value, which `--expand-` fills in.
        case value
        /// Nothing, or a value behind an equals sign.
        case attached
    }

    struct Group: Sendable {
        var need: Need
        var effect: Effect
        var kind: Kind
        /// Names as they are documented, each with its letter behind a comma.
        var names: String

        init(_ need: Need, _ effect: Effect, _ kind: Kind, _ names: String) {
            self.need = need
            self.effect = effect
            self.kind = kind
            self.names = names
        }
    }

    struct Option: Sendable, CustomTestStringConvertible {
        var group: Group
        /// As it is documented, without dashes: `no-buffer`.
        var documented: String
        var letter: String?

        /// The spelling without `no-`.
        var name: String {
            documented.hasPrefix("no-") && group.kind == .boolean
                ? String(documented.dropFirst(3)) : documented
        }

        var testDescription: String { documented }
    }

    static let groups = [
        Group(
            .core, .works, .value,
            """
            cacert cert,E config,K connect-timeout connect-to continue-at,C cookie,b cookie-jar,c data,d \
            data-binary data-raw data-urlencode dump-header,D form,F header,H json key limit-rate max-redirs \
            max-time,m netrc-file noproxy oauth2-bearer output,o output-dir parallel-max parallel-max-host \
            pinnedpubkey proto proxy,x proxy-user,U range,r referer,e request,X resolve retry retry-delay \
            retry-max-time unix-socket upload-file,T url user,u user-agent,A write-out,w
            """),
        Group(
            .core, .works, .boolean,
            """
            compressed create-dirs fail,f fail-early fail-with-body get,G globoff,g head,I insecure,k \
            location,L netrc,n no-buffer,N no-progress-meter parallel,Z progress-bar,# remote-header-name,J \
            remote-name,O retry-all-errors retry-connrefused show-error,S show-headers,i silent,s verbose,v
            """),
        Group(
            .core, .works, .action,
            """
            disable,q help,h http1.1 ipv4,4 ipv6,6 next,: tlsv1.2 version,V
            """),
        Group(
            .expected, .works, .value,
            """
            capath cert-type ciphers crlfile curves key-type pass sigalgs ssl-sessions tls-max tls13-ciphers \
            aws-sigv4 hsts httpsig-algo httpsig-headers httpsig-key httpsig-keyid preproxy proxy-cacert \
            proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key \
            proxy-key-type proxy-pass proxy-pinnedpubkey proxy-tls13-ciphers proxy1.0 socks4 socks4a socks5 \
            socks5-hostname abstract-unix-socket expect100-timeout happy-eyeballs-timeout-ms haproxy-clientip \
            interface ip-tos keepalive-cnt keepalive-time local-port vlan-priority data-ascii etag-compare \
            etag-save form-string proto-default proto-redir request-target time-cond,z url-query max-filesize \
            stderr rate speed-limit,Y speed-time,y trace trace-ascii trace-config variable
            """),
        Group(
            .expected, .works, .boolean,
            """
            cert-status no-alpn no-sessionid anyauth basic digest disallow-username-in-url \
            junk-session-cookies,j location-trusted netrc-optional proxy-anyauth proxy-basic proxy-digest \
            proxy-insecure proxytunnel,p socks5-basic suppress-connect-headers haproxy-protocol mptcp \
            no-keepalive tcp-fastopen tcp-nodelay follow form-escape http0.9 path-as-is post301 post302 \
            post303 tr-encoding ignore-content-length no-clobber raw remote-name-all remote-time,R \
            remove-on-error skip-existing no-styled-output xattr trace-ids trace-time
            """),
        Group(
            .expected, .works, .action,
            """
            tlsv1,1 tlsv1.0 tlsv1.1 tlsv1.3 proxy-tlsv1 http1.0,0 manual,M out-null
            """),
        Group(
            .accepted, .warned, .value,
            """
            alt-svc delegation egd-file krb libcurl proxy-service-name proxy-tlsauthtype proxy-tlspassword \
            proxy-tlsuser random-file service-name socks5-gssapi-service tlsauthtype tlspassword tlsuser
            """),
        Group(
            .accepted, .ignored, .boolean,
            """
            ca-native doh-cert-status doh-insecure parallel-immediate proxy-ca-native proxy-ssl-allow-beast \
            ssl-allow-beast tls-earlydata use-ascii,B
            """),
        Group(
            .accepted, .refused, .value,
            """
            dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url ech engine
            """),
        Group(
            .accepted, .prints, .action,
            """
            dump-ca-embed
            """),
        Group(
            .accepted, .warned, .boolean,
            """
            false-start metalink no-npn ntlm-wb proxy-http2 socks5-gssapi-nec
            """),
        Group(
            .accepted, .warned, .action,
            """
            http2 http3 sslv2,2 sslv3,3
            """),
        Group(
            .accepted, .refused, .action,
            """
            http2-prior-knowledge http3-only
            """),
        Group(
            .accepted, .refused, .boolean,
            """
            negotiate ntlm proxy-http3 proxy-negotiate proxy-ntlm socks5-gssapi
            """),
        Group(
            .foreign, .foreign, .boolean,
            """
            append,a compressed-ssh crlf disable-eprt disable-epsv ftp-create-dirs ftp-pret ftp-skip-pasv-ip \
            ftp-ssl-ccc ftp-ssl-control list-only,l mail-rcpt-allowfails proxy-ssl-auto-client-cert sasl-ir \
            ssl ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort tftp-no-options
            """),
        Group(
            .foreign, .foreign, .value,
            """
            create-file-mode ftp-account ftp-alternative-to-user ftp-method ftp-port,P ftp-ssl-ccc-mode \
            hostpubmd5 hostpubsha256 ipfs-gateway knownhosts login-options mail-auth mail-from mail-rcpt \
            pubkey quote,Q sasl-authzid telnet-option,t tftp-blksize upload-flags
            """),
        Group(
            .foreign, .foreign, .action,
            """
            ftp-pasv
            """),
        Group(
            .own, .works, .boolean,
            """
            tls-shutdown-cutoff force-close no-atomic no-dns-cache print-fingerprint show-secrets strict wait-gone
            """),
        Group(
            .own, .works, .value,
            """
            expect-body expect-cert-days expect-header expect-json expect-limit expect-redirects expect-reuse \
            expect-size expect-status expect-time report unix-map \
            wait-interval wait-ready wait-times wait-url
            """),
        Group(
            .own, .works, .value,
            """
            address-family dns-cache-ttl fingerprint idle-timeout interleave limit limit-per-host local-addr \
            tls-shutdown-timeout events har har-bodies progress repeat for secret secret-value-env
            """),
        Group(
            .own, .works, .value, "retry-on retry-max-delay retry-after retry-after-max"),
        Group(.own, .works, .value, "checksum checksum-url rate-per-host"),
        Group(.own, .works, .value, "pretty json-field"),
        Group(.own, .works, .boolean, "honor-ratelimit"),
        Group(.own, .works, .boolean, "dry-run print-curl"),
        Group(.own, .works, .attached, "verify-digest print-checksum"),
        Group(.own, .works, .attached, "idempotency-key"),
        Group(.own, .works, .attached, "stats timing"),
    ]

    static let options = groups.flatMap { group in
        group.names.split(separator: " ").map { word in
            let parts = word.split(separator: ",").map(String.init)
            return Option(group: group, documented: parts[0], letter: parts.count > 1 ? parts[1] : nil)
        }
    }

    /// Other spellings, with the option that each is one of.
    static let spellings = [
        ("alpn", "alpn"), ("buffer", "buffer"), ("clobber", "clobber"), ("keepalive", "keepalive"),
        ("npn", "npn"),
        ("progress-meter", "progress-meter"), ("sessionid", "sessionid"), ("include", "show-headers"),
        ("eprt", "disable-eprt"), ("epsv", "disable-epsv"), ("ftp-ssl", "ssl"), ("ftp-ssl-reqd", "ssl-reqd"),
        ("krb4", "krb"), ("keepalive-timeout", "idle-timeout"),
        ("enable-cleanup-closed", "tls-shutdown-cutoff"),
    ]

    @Test func `the table is the whole of it`() {
        func count(_ need: Need) -> Int { Self.options.count { $0.group.need == need } }
        #expect(count(.core) == 75 && count(.expected) == 112)
        #expect(count(.accepted) == 50 && count(.foreign) == 41)
        let shown = OptionTable.all.filter { $0.category != .hidden }
        #expect(Set(shown.map(\.name)) == Set(Self.options.map(\.name)))
        #expect(shown.count == Self.options.count)
    }

    @Test(arguments: options)
    func `a value is wanted or refused, and only booleans can be taken back`(_ option: Option) {
        let name = option.name
        let attached = refusal(["--\(name)=x"])?.description
        let alone = refusal(["--\(name)"])?.description
        let reversed = refusal(["--no-\(name)=x"])?.description
        let expanded = refusal(["--expand-\(name)"])?.description
        let useless = "is given, but the option takes no value"
        switch option.group.kind {
        case .value:
            #expect(alone?.hasPrefix("option --\(name): needs a value: <") == true)
            #expect(attached?.hasSuffix(useless) != true)
            #expect(expanded?.hasPrefix("option --expand-\(name): needs a value: <") == true)
        case .attached:
            #expect(attached?.hasSuffix(useless) != true && alone?.contains("needs a value") != true)
            #expect(expanded == "option --expand-\(name): takes no value that could be expanded")
        case .boolean, .action:
            if name != "help" { #expect(attached == "option --\(name): 'x' \(useless)") }
            #expect(alone?.contains("needs a value") != true)
            #expect(expanded == "option --expand-\(name): takes no value that could be expanded")
        }
        if option.group.kind == .boolean {
            #expect(reversed == "option --no-\(name): 'x' \(useless)")
        } else {
            // wget has one of that name.
            let problem =
                name == "proxy"
                ? "is unknown; --noproxy '*' does that here"
                : "cannot be reversed; only on/off options have a --no- form"
            #expect(reversed == "option --no-\(name): \(problem)")
        }
    }

    @Test(arguments: options) func `its letter stands for it`(_ option: Option) throws {
        let found = try #require(OptionTable.named(option.name))
        #expect(found.letter.map(String.init) == option.letter)
        #expect(found.documentedName == "--\(option.documented)")
    }

    @Test(arguments: options) func `it does what the table says`(_ option: Option) throws {
        let found = try #require(OptionTable.named(option.name))
        #expect((found.category == .curl) == (option.group.effect != .works))
        let effect: Effect =
            switch found.inert?.effect {
            case nil: .works
            case .ignored: .ignored
            case .warned: .warned
            case .refused: .refused
            case .foreign: .foreign
            case .prints: .prints
            }
        #expect(effect == option.group.effect)
    }

    @Test func `help, manual and completions know all of them`() throws {
        let help = Set(Self.words(try HelpText.text(topic: "all")))
        let manual = Set(Self.words(Self.plain(ManPage.source)))
        let bash = Set(Self.words(ShellCompletion.bash))
        let zsh = Set(Self.words(ShellCompletion.zsh))
        let fish = Set(ShellCompletion.fish.split(separator: " "))
        for option in Self.options {
            let name = Substring("--\(option.documented)")
            #expect(help.contains(name) && manual.contains(name), "\(name)")
            // What does nothing is not offered.
            let isOffered = option.group.effect == .works
            #expect(bash.contains(name) == isOffered && zsh.contains(name) == isOffered, "\(name)")
            #expect(fish.contains(name.dropFirst(2)) == isOffered, "\(name)")
        }
    }

    @Test(arguments: spellings) func `other spellings`(_ spelling: String, _ name: String) throws {
        let found = try #require(OptionTable.named(spelling))
        #expect(found.name == name)
        guard found.kind.isNegatable else { return }
        let reversed = refusal(["--no-\(spelling)=x"])?.description
        #expect(reversed?.hasSuffix("is given, but the option takes no value") == true)
    }

    @Test(arguments: [
        "test-duphandle", "test-event", "wdebug", "proxytunne", "loc", "HTTP1.1", "-", "no-no-buffer",
    ])
    func `nothing else is an option`(_ name: String) {
        #expect(refusal(["--\(name)", "u"])?.problem.hasPrefix("is unknown") == true)
    }

    /// The manual without its marks for fonts and dashes.
    private static func plain(_ source: String) -> String {
        source.replacing("\\fB", with: " ").replacing("\\fR", with: " ").replacing("\\-", with: "-")
    }

    /// Runs of letters, digits, dots and dashes.
    private static func words(_ text: some StringProtocol) -> [Substring] {
        String(text).split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }.flatMap { word in
            [word, word.hasSuffix(".") ? word.dropLast() : word]
        }
    }
}
