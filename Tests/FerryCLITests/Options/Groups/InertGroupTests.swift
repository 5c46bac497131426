import Testing

@testable import FerryCLI

/// Options of curl that do nothing here: all of them, with what each does.
struct InertGroupTests {
    /// One use, and what comes of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var words: [String]
        var warnings: [String] = []
        var notes: [String] = []
        var refusal: String?

        var testDescription: String { words.joined(separator: " ") }
    }

    static let ignored = """
        --ca-native --doh-cert-status --doh-insecure --ech=false --parallel-immediate --proxy-ca-native \
        --proxy-ssl-allow-beast --ssl-allow-beast --tls-earlydata --use-ascii -B --no-use-ascii --doh-url= \
        --no-negotiate --no-ntlm --no-proxy-ntlm --no-proxy-negotiate --no-socks5-gssapi --no-proxy-http3 \
        --no-ca-native
        """.split(separator: " ").map(String.init)

    static let warned: [(use: String, text: String)] = [
        ("--alt-svc=f", "--alt-svc has no effect: its hints lead to HTTP/2 and HTTP/3"),
        ("--alt-svc=", "--alt-svc has no effect: its hints lead to HTTP/2 and HTTP/3"),
        ("--delegation=none", "--delegation has no effect: there is no Kerberos login"),
        ("--ech=grease", "--ech has no effect: GnuTLS has no Encrypted Client Hello"),
        ("--egd-file=f", "--egd-file has no effect: GnuTLS finds its own entropy"),
        ("--false-start", "--false-start has no effect: GnuTLS has no false start"),
        ("--http2", "--http2 has no effect: HTTP/1.1 is spoken, as when a server declines"),
        ("--http3", "--http3 has no effect: HTTP/1.1 is spoken, as when a server declines"),
        ("--krb=clear", "--krb has no effect: there is no Kerberos login"),
        ("--krb4=clear", "--krb has no effect: there is no Kerberos login"),
        ("--libcurl=f", "--libcurl has no effect: no C source is written"),
        ("--metalink", "--metalink has no effect: Metalink is gone from curl, too"),
        ("--no-metalink", "--metalink has no effect: Metalink is gone from curl, too"),
        ("--npn", "--no-npn has no effect: ALPN took the place of NPN"),
        ("--no-npn", "--no-npn has no effect: ALPN took the place of NPN"),
        ("--ntlm-wb", "--ntlm-wb has no effect: NTLM is insecure and not built in"),
        ("--proxy-http2", "--proxy-http2 has no effect: the proxy is spoken to in HTTP/1.1"),
        ("--proxy-service-name=n", "--proxy-service-name has no effect: there is no Kerberos login"),
        ("--proxy-tlsauthtype=SRP", "--proxy-tlsauthtype has no effect: TLS-SRP is gone from TLS"),
        ("--proxy-tlspassword=p", "--proxy-tlspassword has no effect: TLS-SRP is gone from TLS"),
        ("--proxy-tlsuser=u", "--proxy-tlsuser has no effect: TLS-SRP is gone from TLS"),
        ("--random-file=f", "--random-file has no effect: GnuTLS finds its own entropy"),
        ("--service-name=n", "--service-name has no effect: there is no Kerberos login"),
        ("--socks5-gssapi-nec", "--socks5-gssapi-nec has no effect: there is no Kerberos login"),
        ("--socks5-gssapi-service=n", "--socks5-gssapi-service has no effect: there is no Kerberos login"),
        ("--sslv2", "--sslv2 has no effect: SSL 2 is insecure and gone"),
        ("-2", "--sslv2 has no effect: SSL 2 is insecure and gone"),
        ("--sslv3", "--sslv3 has no effect: SSL 3 is insecure and gone"),
        ("-3", "--sslv3 has no effect: SSL 3 is insecure and gone"),
        ("--tlsauthtype=SRP", "--tlsauthtype has no effect: TLS-SRP is gone from TLS"),
        ("--tlspassword=p", "--tlspassword has no effect: TLS-SRP is gone from TLS"),
        ("--tlsuser=u", "--tlsuser has no effect: TLS-SRP is gone from TLS"),
    ]

    static let refused: [(use: String, text: String)] = [
        ("--dns-interface=eth0", "option --dns-interface: is refused: the system looks up names"),
        ("--dns-ipv4-addr=1.2.3.4", "option --dns-ipv4-addr: is refused: the system looks up names"),
        ("--dns-ipv6-addr=::1", "option --dns-ipv6-addr: is refused: the system looks up names"),
        ("--dns-servers=1.1.1.1", "option --dns-servers: is refused: the system looks up names"),
        ("--doh-url=https://dns.example/", "option --doh-url: is refused: there is no DNS over HTTPS"),
        ("--ech=hard", "option --ech: is refused: GnuTLS has no Encrypted Client Hello"),
        ("--ech=true", "option --ech: is refused: GnuTLS has no Encrypted Client Hello"),
        ("--engine=pkcs11", "option --engine: is refused: GnuTLS has no engines"),
        ("--http2-prior-knowledge", "option --http2-prior-knowledge: is refused: only HTTP/1.x is spoken"),
        ("--http3-only", "option --http3-only: is refused: only HTTP/1.x is spoken"),
        ("--negotiate", "option --negotiate: is refused: there is no Kerberos login"),
        ("--ntlm", "option --ntlm: is refused: NTLM is insecure and not built in"),
        ("--proxy-http3", "option --proxy-http3: is refused: only HTTP/1.x is spoken"),
        ("--proxy-negotiate", "option --proxy-negotiate: is refused: there is no Kerberos login"),
        ("--proxy-ntlm", "option --proxy-ntlm: is refused: NTLM is insecure and not built in"),
        ("--socks5-gssapi", "option --socks5-gssapi: is refused: there is no Kerberos login"),
        ("--create-file-mode=8", "option --create-file-mode: '8' is not a file mode (octal, 0 to 0777)"),
        (
            "--create-file-mode=1000",
            "option --create-file-mode: '1000' is not a file mode (octal, 0 to 0777)"
        ),
        ("--create-file-mode=-1", "option --create-file-mode: '-1' is not a file mode (octal, 0 to 0777)"),
        ("--hostpubmd5=ab", "option --hostpubmd5: 'ab' is not an MD5 sum (32 hex digits)"),
        ("--tftp-blksize=big", "option --tftp-blksize: 'big' is not a whole number (0 or more)"),
        ("--ech=", "option --ech: needs a value that is not empty"),
        ("--no-http2", "option --no-http2: cannot be reversed; only on/off options have a --no- form"),
        ("--no-ftp-pasv", "option --no-ftp-pasv: cannot be reversed; only on/off options have a --no- form"),
        ("--append=1", "option --append: '1' is given, but the option takes no value"),
    ]

    /// Options of other protocols, with a value where they take one.
    static let foreign = """
        --append --compressed-ssh --create-file-mode=0644 --crlf --disable-eprt --disable-epsv --ftp-account=a \
        --ftp-alternative-to-user=c --ftp-create-dirs --ftp-method=nocwd --ftp-pasv --ftp-port=- --ftp-pret \
        --ftp-skip-pasv-ip --ftp-ssl-ccc --ftp-ssl-ccc-mode=active --ftp-ssl-control \
        --hostpubmd5=0123456789abcdef0123456789ABCDEF --hostpubsha256=aGk= --ipfs-gateway=http://localhost \
        --knownhosts=f --list-only --login-options=AUTH=PLAIN --mail-auth= --mail-from=a --mail-rcpt=b \
        --mail-rcpt-allowfails --proxy-ssl-auto-client-cert --pubkey=f --quote=DELE --sasl-authzid=z --sasl-ir --ssl \
        --ssl-auto-client-cert --ssl-no-revoke --ssl-reqd --ssl-revoke-best-effort --telnet-option=TTYPE=vt100 \
        --tftp-blksize=512 --tftp-no-options --upload-flags=seen
        """.split(separator: " ").map(String.init)

    static let letters: [(words: [String], name: String)] = [
        (["-a"], "--append"), (["-l"], "--list-only"), (["-P", "-"], "--ftp-port"), (["-Pen0"], "--ftp-port"),
        (["-Q", "-DELE x"], "--quote"), (["-tTTYPE=vt100"], "--telnet-option"), (["-la"], "--list-only"),
        (["--eprt"], "--disable-eprt"), (["--no-eprt"], "--disable-eprt"), (["--epsv"], "--disable-epsv"),
        (["--ftp-ssl"], "--ssl"), (["--ftp-ssl-reqd"], "--ssl-reqd"), (["--no-ssl"], "--ssl"),
        (["--mail-from", ""], "--mail-from"),
    ]

    @Test(arguments: ignored) func `is ignored without a word`(_ use: String) throws {
        let settings = try parse([use, "u"])
        #expect(settings.warnings == [] && settings.notes == [])
        #expect(settings.operations[0] == (try parse("u").operations[0]))
        #expect(settings.global == GlobalSettings())
    }

    @Test(arguments: warned) func `is warned of`(_ use: String, _ text: String) throws {
        let settings = try parse([use, "u"])
        #expect(settings.warnings == [text])
        #expect(settings.operations[0] == (try parse("u").operations[0]))
    }

    @Test(arguments: refused) func `is refused`(_ use: String, _ text: String) throws {
        let error = refusal([use, "u"])
        #expect(error?.description == text)
        #expect(error?.status == .usage)
    }

    @Test(arguments: foreign) func `has no effect on HTTP`(_ use: String) throws {
        let settings = try parse([use, use, "u"])
        let name = use.prefix { $0 != "=" }
        #expect(settings.warnings == [])
        #expect(settings.notes == ["\(name) has no effect on HTTP"])
        #expect(settings.operations[0] == (try parse("u").operations[0]))
    }

    @Test(arguments: letters) func `letters and old spellings`(_ words: [String], _ name: String) throws {
        let settings = try parse(words + ["u"])
        #expect(settings.notes.first == "\(name) has no effect on HTTP")
        #expect(settings.operations[0].urls == [.url("u")])
    }

    @Test func `these tables name every option without effect, and no other`() {
        let uses = Self.ignored + Self.warned.map(\.use) + Self.refused.map(\.use) + Self.foreign
        let named = Set(
            uses.compactMap { use -> String? in
                let name = String(use.drop { $0 == "-" }.prefix { $0 != "=" })
                return (OptionTable.named(name) ?? OptionTable.named(String(name.dropFirst(3))))?.name
            })
        for option in OptionTable.all {
            #expect((option.inert != nil) == (option.category == .curl), "\(option)")
            guard option.inert != nil else { continue }
            #expect(named.contains(option.name) || option.name == "dump-ca-embed", "\(option)")
        }
        #expect(Self.foreign.count == 41)
    }

    @Test func `some print and end the run`() throws {
        #expect(try parse("--engine list --nonsense").task == .print("Build-time engines:\n  <none>\n"))
        #expect(try parse("--dump-ca-embed --nonsense").task == .print(""))
    }

    @Test func `secrets among them are wiped and never shown`() throws {
        let settings = try parse(["--tlsuser", "me", "--proxy-tlspassword=pw", "u"])
        #expect(
            settings.secrets == [
                SecretArgument(index: 1, offset: 0), SecretArgument(index: 2, offset: 20),
            ])
        #expect(!settings.warnings.joined().contains("pw") && !settings.warnings.joined().contains("me "))
    }

    @Test func `a note names its place in a config file`() throws {
        let files = FakeFiles(["c": "ftp-pasv\nquote = \"DELE x\"\n"])
        #expect(
            try parse("-K c u", files: files).notes == [
                "c:1: --ftp-pasv has no effect on HTTP", "c:2: --quote has no effect on HTTP",
            ])
    }

    @Test func `a mistyped name is not mended to one without effect`() {
        #expect(refusal(["--ftp-por", "x"])?.description == "option --ftp-por: is unknown")
    }
}
