import Glibc
import TestSupport
import Testing

/// What is no UTF-8 is passed on as it came: it is neither repaired nor dropped nor refused.
@Suite struct ByteTests {
    private let folder: TemporaryDirectory
    private let server: ScriptedServer

    init() throws {
        folder = try TemporaryDirectory()
        server = try ScriptedServer { _ in
            [
                .sendBytes(
                    Array("HTTP/1.1 200 OK\r\nETag: \"".utf8) + [0xE9, 0xFF]
                        + Array("\"\r\nContent-Length: 2\r\n\r\nok".utf8))
            ]
        }
    }

    /// Runs a shell line in which `$F` is the binary and `$U` the server.
    private func shell(_ line: String) throws -> ProcessResult {
        try runProcess(
            "bash", ["-c", line],
            environment: ["F": ferryBinary() + " -q -sS -o body", "U": server.url("/")],
            directory: folder.path)
    }

    private static let wanted: [UInt8] = Array("caf".utf8) + [0xE9, 0x80] + Array("!".utf8)

    @Test(arguments: [
        "-H $'X-Name: caf\\xe9\\x80!'", "-d $'caf\\xe9\\x80!'", "--data-raw $'caf\\xe9\\x80!'",
        "--json $'caf\\xe9\\x80!'",
        "-b $'a=caf\\xe9\\x80!'", "-H @h", "-K c", "-b jar", "--variable v@v --expand-data '{{v}}'",
        "--variable v@$'v\\xe9' --expand-data '{{v}}'", "--variable %V --expand-data '{{V}}'",
        "--variable $'v=caf\\xe9\\x80!' --expand-data '{{v}}'",
    ])
    func `bytes of an option go out as they are`(options: String) throws {
        let name = [UInt8](Self.wanted)
        try folder.write(Array("X-Name: ".utf8) + name + [0x0A], to: "h")
        try folder.write(Array("header = \"X-Name: ".utf8) + name + Array("\"\n".utf8), to: "c")
        try folder.write(Array("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t".utf8) + name + [0x0A], to: "jar")
        try folder.write(name, to: "v")
        let result = try shell("cp v $'v\\xe9'; export V=\"$(cat v)\"; $F \(options) $U")
        #expect(result.exitStatus == 0, "\(result)")
        let request = try #require(server.requests.first)
        // The head of such a request is shown as ISO-8859-1.
        #expect(request.head.contains("caf\u{E9}\u{80}!") || request.body == name, "\(options)")
    }

    @Test(arguments: ["-u $'us\\xe9r:p\\xe4ss'", "--netrc-file n", "-K c"])
    func `a login is its bytes`(options: String) throws {
        let login: [UInt8] = Array("us".utf8) + [0xE9] + Array("r:p".utf8) + [0xE4] + Array("ss".utf8)
        try folder.write(
            Array("machine 127.0.0.1 login us".utf8) + [0xE9] + Array("r password p".utf8) + [0xE4]
                + Array("ss\n".utf8), to: "n",
            mode: 0o600)
        try folder.write(Array("user = \"".utf8) + login + Array("\"\n".utf8), to: "c")
        let result = try shell("$F \(options) $U")
        #expect(result.exitStatus == 0, "\(result)")
        // base64 of the bytes above.
        #expect(server.requests.first?.header("authorization") == "Basic dXPpcjpw5HNz", "\(result)")
    }

    @Test(arguments: [
        "-A $'caf\\xe9\\x80!'", "-e $'caf\\xe9\\x80!'", "--oauth2-bearer $'caf\\xe9\\x80!'",
        "-r $'caf\\xe9\\x80!'", "--idempotency-key=$'caf\\xe9\\x80!'",
    ])
    func `a field of an option's own is its bytes`(options: String) throws {
        #expect(try shell("$F \(options) $U").exitStatus == 0)
        #expect(server.requests.first?.head.contains("caf\u{E9}\u{80}!\r\n") ?? false)
    }

    @Test func `a target and a name of one's own are their bytes`() throws {
        let result = try shell(
            "$F --request-target $'/caf\\xe9\\x80?\\xf4\\x8f\\xbe\\x80' -H $'X-\\xe9: x' \"$U\"")
        #expect(result.exitStatus == 0, "\(result)")
        let head = try #require(server.requests.first?.head)
        #expect(head.hasPrefix("GET /caf\u{E9}\u{80}?\u{F4}\u{8F}\u{BE}\u{80} HTTP/1.1\r\n"), "\(head)")
        #expect(head.contains("\r\nX-\u{E9}: x\r\n"), "\(head)")
    }

    @Test(arguments: [
        ("--expect-header $'ETag *= \\xe9\\xff'", 0), ("--expect-header $'ETag *= \\xe8'", 110),
        ("--expect-header $'ETag ~ \\xe9.\"$'", 0), ("--expect-header $'ETag !~ \\xe9'", 110),
        ("--expect-header 'ETag *= \u{E9}'", 0), ("--expect-body $'!= \\xe9'", 0),
        ("--expect-body $'== \\xe9'", 110),
    ])
    func `an expectation is its bytes`(_ option: String, _ status: Int32) throws {
        let result = try shell("$F \(option) \"$U\"")
        #expect(result.exitStatus == status, "\(result)")
        #expect(status == 0 || result.errText.contains("\\xE"), "\(result)")
    }

    @Test(arguments: ["-traditional", "-v2 aes-128-cbc", "-v1 PBE-SHA1-3DES"])
    func `a key's password is its bytes`(
        _ form: String
    ) throws {
        let server = try ScriptedServer(
            tls: ServerTLS(LocalCertificates.leaf, clientAuthority: LocalCertificates.root)
        ) { _ in [.respond(body: "ok")] }
        try folder.write(LocalCertificates.root.certificatePEM, to: "root")
        try folder.write(LocalCertificates.client.certificatePEM, to: "cert")
        try folder.write(LocalCertificates.client.keyPEM, to: "plain")
        let make = form == "-traditional" ? "pkey -aes128 -traditional" : "pkcs8 -topk8 \(form)"
        let result = try shell(
            """
            P=$'p\\xe4ss'; printf %s "$P" >word; openssl \(make) -in plain -out key -passout file:word
            F="$F --cacert root --key key -w %{http_code}"
            $F --cert cert --pass "$P" \(server.url()); $F --cert "cert:$P" \(server.url())
            $F --cert cert --pass $'p\\xe5ss' \(server.url())
            """)
        #expect(result.outText.hasPrefix("200200"), "\(result)")
        #expect(result.exitStatus == 58 && result.errText.contains("the password does not open"), "\(result)")
    }

    @Test func `what is for other protocols may be no UTF-8`() throws {
        let result = try shell("$F --ftp-account $'\\xe9' --tlsuser $'\\xe9' --noproxy $'\\xe9' \"$U\"")
        #expect(result.exitStatus == 0, "\(result)")
    }

    @Test func `what is said to a proxy is its bytes`() throws {
        let proxy = try ScriptedServer { request in
            request.method == "CONNECT" ? [.send("HTTP/1.1 200 OK\r\n\r\n")] : [.respond(body: "ok")]
        }
        let result = try shell(
            "$F -p -x \(proxy.authority) -A $'a\\xe9' --proxy-header $'X: caf\\xe9\\x80!' http://far.test/")
        #expect(result.exitStatus == 0, "\(result)")
        let head = try #require(proxy.requests.first?.head)
        #expect(
            head.contains("X: caf\u{E9}\u{80}!\r\n") && head.contains("User-Agent: a\u{E9}\r\n"), "\(head)")
    }

    @Test func `names and values of a form are their bytes`() throws {
        try folder.write([1, 0xFF], to: "f")
        let result = try shell(
            "$F -F $'n\\xe9=v\\xff;type=a/\\xe8' -F $'f=@f;filename=o\\xe9.bin;headers=\"X: y\\xe7\"' "
                + "--form-string $'s=\\xe6' $U")
        #expect(result.exitStatus == 0, "\(result)")
        let body = try #require(server.requests.first?.body)
        for wanted: [UInt8] in [
            Array("name=\"n".utf8) + [0xE9, 0x22], Array("\r\n\r\nv".utf8) + [0xFF, 0x0D],
            Array("Content-Type: a/".utf8) + [0xE8, 0x0D],
            Array("filename=\"o".utf8) + [0xE9] + Array(".bin\"".utf8),
            Array("X: y".utf8) + [0xE7, 0x0D], Array("\r\n\r\n".utf8) + [0xE6, 0x0D], [1, 0xFF, 0x0D],
        ] { #expect(body.firstIndex(ofSequence: wanted) != nil, "\(wanted)") }
    }

    @Test func `names of files are their bytes`() throws {
        try folder.write("12345", to: "plain")
        #expect(try shell("mv plain $'caf\\xe9'; mkdir $'d\\xe8'").exitStatus == 0)
        let options = [
            "-T $'caf\\xe9' \"$U\"", "-d @$'caf\\xe9' \"$U\"", "-F f=@$'caf\\xe9' \"$U\"",
            "-F $'f=<caf\\xe9' \"$U\"", "--json @$'caf\\xe9' \"$U\"",
        ]
        for option in options {
            let result = try shell("$F \(option)")
            #expect(result.exitStatus == 0, "\(option): \(result)")
            #expect(server.requests.last?.bodyText.contains("12345") ?? false, "\(option)")
        }
        #expect(server.requests[0].target == "/caf%E9")
        #expect(
            server.requests[2].body.firstIndex(ofSequence: Array("filename=\"caf".utf8) + [0xE9, 0x22]) != nil
        )
        let ferry = ferryBinary() + " -q -sS"
        for (option, name) in [
            ("-o $'out\\xe9'", "$'out\\xe9'"), ("-o f --output-dir $'d\\xe8'", "$'d\\xe8/f'"),
            ("-o $'in\\xe7' --no-atomic", "$'in\\xe7'"),
            ("--create-dirs -o $'n\\xe6/\\xe5'", "$'n\\xe6/\\xe5'"),
            ("-o $'#1\\xe9' --no-clobber", "$'#1\\xe9'"),
        ] {
            let result = try shell("\(ferry) \(option) \"$U\"")
            #expect(result.exitStatus == 0, "\(option): \(result)")
            #expect(try shell("test \"$(cat \(name))\" = ok").exitStatus == 0, "\(option)")
        }
        let told = try shell("\(ferry) -w '%{filename_effective}' --print-checksum -o $'out\\xe9' \"$U\"")
        #expect(told.stdout.firstIndex(ofSequence: Array("  out".utf8) + [0xE9, 0x0A]) != nil, "\(told)")
        #expect(told.stdout.firstIndex(ofSequence: [0xE9]) != nil && told.exitStatus == 0)
        let gone = try shell("\(ferry) -T $'g\\xe9' \"$U\"")
        #expect(gone.exitStatus == 26 && gone.errText.contains("cannot read g\\xE9: no such file"), "\(gone)")
        #expect(try shell("ls -A").outText.split(separator: "\n").allSatisfy { !$0.hasSuffix(".part") })
    }

    @Test func `a URL is percent-encoded byte by byte`() throws {
        let result = try shell("$F \"$U\"$'caf\\xe9?q=\\xff'")
        #expect(result.exitStatus == 0 && server.requests.first?.target == "/caf%E9?q=%FF", "\(result)")
    }

    @Test func `a tag is kept and sent back as it came`() throws {
        #expect(try shell("$F --etag-save tag $U").exitStatus == 0)
        #expect(folder.read("tag") == [0x22, 0xE9, 0xFF, 0x22, 0x0A])
        #expect(try shell("$F --etag-compare tag $U").exitStatus == 0)
        #expect(server.requests[1].header("if-none-match") == "\"\u{E9}\u{FF}\"")
    }

    @Test(arguments: [
        "-m $'\\xe9'", "-X $'\\xe9'", "--proto $'\\xe9'", "--request-target $'/\\xe9\\x07'",
    ])
    func `an option that takes text says so`(options: String) throws {
        let result = try shell("$F \(options) $U")
        let reason = options.contains("target") ? "control character" : "not UTF-8"
        #expect(result.exitStatus == 2 && result.errText.contains(reason), "\(result)")
        #expect(server.acceptedCount == 0)
    }

    @Test(arguments: [
        "-D", "-c", "--trace", "--trace-ascii", "-v --stderr", "--etag-save", "--hsts", "--events", "--har",
        "--ssl-sessions",
    ])
    func `a file that is written is called by its bytes`(option: String) throws {
        let result = try shell("$F \(option) f$'\\xe9' $U; cat f$'\\xe9' >/dev/null && ls | wc -l")
        #expect(result.exitStatus == 0 && result.outText == "2\n", "\(result)")
    }

    @Test func `so is one that a format or a report names`() throws {
        let result = try shell(
            "X=$'\\xe9'; $F --report tap=t$X --stats=json:s$X --timing=html:h$X -w \"%output{f$X}hi\" $U; "
                + "cat f$X t$X | head -c 6; ls f$X t$X s$X h$X | wc -l")
        #expect(result.exitStatus == 0 && result.outText == "hiTAP 4\n", "\(result)")
    }

    @Test func `files that are read are called by their bytes`() throws {
        let result = try shell(
            """
            X=$'\\xe9'; echo 'machine 127.0.0.1 login u password p' >n$X; chmod 600 n$X; echo '"tag"' >e$X
            echo 'header = "X-Config: yes"' >k$X; printf '127.0.0.1\\tFALSE\\t/\\tFALSE\\t0\\ta\\tb\\n' >b$X
            echo '%{http_code}' >w$X; echo $U >u$X; echo 00 >s$X
            $F --netrc-file n$X --etag-compare e$X -K k$X -b b$X -w @w$X -z w$X $U && $F --url @u$X \
                && NETRC=n$X $F -n --httpsig-algo hmac-sha256 --httpsig-key @s$X --httpsig-keyid me $U
            """)
        #expect(result.exitStatus == 0 && result.outText == "200", "\(result)")
        let request = try #require(server.requests.first)
        #expect(
            request.header("Authorization") == "Basic dTpw" && request.header("If-None-Match") == "\"tag\"")
        #expect(request.header("X-Config") == "yes" && request.header("Cookie") == "a=b")
        #expect(request.header("If-Modified-Since") != nil && server.requests.count == 3)
        #expect(server.requests[2].header("Signature") != nil)
        #expect(server.requests[2].header("Authorization") == "Basic dTpw")
    }

    @Test func `a socket and certificates are called by their bytes`() throws {
        let server = try ScriptedServer(
            tls: ServerTLS(LocalCertificates.leaf, clientAuthority: LocalCertificates.root)
        ) { _ in [.respond(body: "ok")] }
        try folder.write(LocalCertificates.root.certificatePEM, to: "root")
        try folder.write(LocalCertificates.client.certificatePEM, to: "cert")
        try folder.write(LocalCertificates.client.keyPEM, to: "key")
        let secure = try shell(
            """
            X=$'\\xe9'; mv root r$X; mv cert c$X; mv key k$X
            $F --cacert r$X --cert c$X --key k$X -w '%{http_code}' \(server.url())
            SSL_CERT_FILE=r$X $F --cert c$X --key k$X -w '%{http_code}' \(server.url())
            """)
        #expect(secure.outText == "200200", "\(secure)")
        let local = try ScriptedServer(on: .unix(folder.file("s"))) { _ in [.respond(body: "ok")] }
        let result = try shell("X=$'\\xe9'; ln s s$X; $F --unix-socket s$X http://h/ && cat body")
        #expect(result.outText == "ok" && local.requests.count == 1, "\(result)")
    }

    @Test func `every way to a socket takes its bytes`() throws {
        let file = try ScriptedServer(on: .unix(folder.file("s"))) { _ in [.respond(body: "ok")] }
        let name = "ferry-bytes-\(getpid())-"
        let abstract = try ScriptedServer(on: .abstractBytes(Array(name.utf8) + [0xE9])) { _ in
            [.respond(body: "ok")]
        }
        #expect(try shell("mv s $'s\\xe9'").exitStatus == 0)
        let ways = [
            "--unix-socket $'s\\xe9' http://h/", "--unix-map $'h=s\\xe9' http://h/",
            "http+unix://$(pwd | sed s,/,%2F,g)%2Fs%E9/", "-x socks5h://localhost/$PWD/s%E9 http://h.test/",
            "--unix-socket $'@\(name)\\xe9' http://h/", "--abstract-unix-socket $'\(name)\\xe9' http://h/",
            "--unix-map $'h=@\(name)\\xe9' http://h/",
        ]
        for (index, way) in ways.enumerated() {
            let result = try shell("$F -w '%{unix_socket}' \(way)")
            let counts = (file.acceptedCount, abstract.acceptedCount)
            #expect(counts == (min(index + 1, 4), max(index - 3, 0)), "\(way): \(result)")
            // What listens there is no SOCKS proxy.
            guard !way.hasPrefix("-x") else { continue }
            #expect(result.exitStatus == 0 && result.stdout.last == 0xE9, "\(way): \(result)")
        }
        let gone = try shell("$F --unix-socket $'g\\xe9' http://h/")
        #expect(gone.exitStatus == 7 && gone.errText.contains("g\\xE9"), "\(gone)")
    }

    @Test(arguments: [
        "$F -x $'http://us\\xe9r:p\\xe4ss@{A}' $U", "$F --proxy1.0 $'us\\xe9r:p\\xe4ss@{A}' $U",
        "http_proxy=$'us\\xe9r:p\\xe4ss@{A}' $F $U", "$F -x us%E9r:p%E4ss@{A} $U",
        "$F -x {A} -U $'us\\xe9r:p\\xe4ss' $U", "$F -p -x {A} -U $'us\\xe9r:p\\xe4ss' $U",
        "$F -x {A} --proxy-anyauth -U $'us\\xe9r:p\\xe4ss' $U",
    ])
    func `a proxy's login is its bytes`(line: String) throws {
        let proxy = try ScriptedServer { request in
            if request.header("Proxy-Authorization") != nil, request.method == "CONNECT" {
                return [.send("HTTP/1.1 200 OK\r\n\r\n")]
            }
            return request.header("Proxy-Authorization") != nil || request.target == "/"
                ? [.respond(body: "ok")]
                : [.respond(407, [("Proxy-Authenticate", "Basic realm=r")])]
        }
        let result = try shell(line.replacing("{A}", with: proxy.authority))
        #expect(result.exitStatus == 0, "\(result)")
        let logins = proxy.requests.compactMap { $0.header("Proxy-Authorization") }
        #expect(logins == ["Basic dXPpcjpw5HNz"], "\(line)")
    }

    @Test(arguments: [
        "-x $'socks5h://us\\xe9r:p\\xe4ss@{A}'", "--socks5-hostname {A} -U $'us\\xe9r:p\\xe4ss'",
    ])
    func `a SOCKS proxy's login is its bytes`(options: String) throws {
        let login: [UInt8] =
            [1, 4] + Array("us".utf8) + [0xE9] + Array("r".utf8) + [4] + Array("p".utf8) + [0xE4]
            + Array("ss".utf8)
        let proxy = try ScriptedServer(script: [
            .expectBytes(4), .sendBytes([5, 2]), .expectBytes(login.count), .sendBytes([1, 0]),
            .expectBytes(15), .sendBytes([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]), .expectRequest,
            .respond(body: "ok"),
        ])
        let result = try shell("$F \(options.replacing("{A}", with: proxy.authority)) http://far.test/")
        #expect(result.exitStatus == 0, "\(result)")
        #expect(proxy.connections[0].received.prefix(15).elementsEqual([5, 2, 0, 2] + login))
    }

    @Test func `a value of the environment is hidden by its bytes`() throws {
        let result = try shell(
            "S=$'caf\\xe9' $F -v --secret-value-env S -H $'X: caf\\xe9' \"$U\"$'?q=caf\\xe9'")
        #expect(result.exitStatus == 0, "\(result)")
        #expect(result.errText.contains("> X: [redacted]\r\n"), "\(result)")
        let other = try shell("env $'V\\xe9=hush' $F -v --secret-value-env $'V\\xe9' -H 'X: hush' \"$U\"")
        #expect(other.exitStatus == 0 && other.errText.contains("> X: [redacted]\r\n"), "\(other)")
        #expect(result.errText.contains("> GET /?q=[redacted] HTTP/1.1\r\n"), "\(result)")
    }

    @Test func `a format is printed by its bytes`() throws {
        let result = try shell("$F -w $'caf\\xe9\\n' $U")
        #expect(result.stdout == Array("caf".utf8) + [0xE9, 0x0A], "\(result)")
    }

    @Test func `a message shows such a name escaped`() throws {
        let result = try shell("$F -D $'none/f\\xe9' $U")
        #expect(result.exitStatus == 23 && result.errText.contains("none/f\\xE9"), "\(result)")
    }

    @Test func `a name that the server gives in ISO-8859-1 is one in UTF-8`() throws {
        let server = try ScriptedServer { _ in
            [
                .sendBytes(
                    Array("HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"caf".utf8) + [0xE9]
                        + Array(".txt\"\r\nContent-Length: 2\r\n\r\nok".utf8))
            ]
        }
        let result = try runFerry(["-q", "-sS", "-OJ", server.url("/x")], directory: folder.path)
        #expect(result.exitStatus == 0 && folder.names() == ["caf\u{E9}.txt"], "\(result)")
    }
}
