import Glibc
import TestSupport
import Testing

/// `--print-curl`: the printed command, run by a shell with the installed curl, makes the same request bytes.
@Suite(.enabled(if: isInstalled("curl"))) struct PrintCurlTests {
    /// A command line in a shell's words, in which `ferry` is the binary, `{U}` and `{A}` the server, `{S}` the path of its
    /// Unix socket, and `{T}` the server that speaks TLS.
    struct Row: Sendable, CustomTestStringConvertible {
        var line: String
        var stdin: String?
        var environment: [String: String] = [:]
        /// Variables that the command reads, with their values.
        var secrets: [String: String] = [:]

        init(
            _ line: String, stdin: String? = nil, environment: [String: String] = [:],
            secrets: [String: String] = [:]
        ) {
            self.line = line
            self.stdin = stdin
            self.environment = environment
            self.secrets = secrets
        }

        var testDescription: String { line }
    }

    static let rows = [
        // Methods.
        Row("ferry {U}/a/../b?x=1#f"), Row("ferry -X DELETE {U}/x"), Row("ferry -I {U}/"),
        Row("ferry -I -X GET {U}/"),
        Row("ferry -0 {U}/"), Row("ferry --request-target '*' -X OPTIONS {U}/"),
        Row("ferry --path-as-is {U}/a/../b"),
        Row("ferry '{U}/x[1-3]?a={b,c}'"), Row("ferry -g '{U}/x[1-3]?a={b,c}'"),
        Row("ferry {U}/a {U}/b --next -I {U}/c"),
        // Fields.
        Row("ferry -H 'X: y' -H 'x-lower:  z ' {U}/"),
        Row("ferry -H 'X: it'\\''s \"q\" $HOME `id` \\n ! ~ *' {U}/"),
        Row("ferry -H 'Accept:' -H 'User-Agent:' -H 'X-Blank;' {U}/"), Row("ferry -H 'Host: h.test' {U}/"),
        Row("ferry -H \"X: $(printf '\\351\\200!\\001')\" {U}/"), Row("ferry -H 'X: \u{E9}\u{20AC}' {U}/"),
        Row("ferry -H 'User-Agent: mine' {U}/"), Row("ferry -A '' {U}/"), Row("ferry -A 'me/1 (x; y)' {U}/"),
        Row("ferry -e http://from/x {U}/"), Row("ferry -e ';auto' {U}/"), Row("ferry --compressed {U}/"),
        Row("ferry -r 0-5 {U}/"), Row("ferry -C 7 {U}/"),
        Row("ferry -z 'Sun, 06 Nov 1994 08:49:37 GMT' {U}/"),
        Row("ferry -z '-Sun, 06 Nov 1994 08:49:37 GMT' {U}/"), Row("ferry --force-close {U}/"),
        Row("ferry --idempotency-key=k1 -d x {U}/"), Row("ferry --etag-compare tag -H 'B: c' {U}/"),
        // Logins and secrets.
        Row("ferry -u 'me:pa ss' {U}/", secrets: ["PASSWORD": "pa ss"]),
        Row("ferry -u 'key:' {U}/", secrets: ["LOGIN": "key"]),
        Row("ferry http://m%65:p%40s@{A}/", secrets: ["PASSWORD": "p%40s"]),
        Row("ferry --show-secrets -u \"$(printf 'u\\351:p\\344')\" {U}/"),
        Row("ferry --oauth2-bearer 'a.b' {U}/", secrets: ["TOKEN": "a.b"]),
        Row("ferry -H 'Authorization: Bearer a.b' {U}/", secrets: ["AUTHORIZATION": "a.b"]),
        Row("ferry -H 'X-Api-Key: '\\''\"$x' {U}/", secrets: ["X_API_KEY": "'\"$x"]),
        Row("ferry --netrc-file netrc {U}/"),
        Row("ferry --digest -u me:pw {U}/", secrets: ["PASSWORD": "pw"]),
        Row("ferry '{U}/?a=1&token=t%20x&b=2'", secrets: ["TOKEN": "t%20x"]),
        Row("ferry -d 'a=1&pwd=x+y&b=2' {U}/", secrets: ["SECRET_PWD": "x+y"]),
        Row("ferry --json '{\"n\":1,\"password\":\"x*y\"}' {U}/", secrets: ["PASSWORD": "x*y"]),
        Row(
            "ferry --secret-value-env MINE -H 'X: a-s3cret-b' {U}/", environment: ["MINE": "s3cret"],
            secrets: ["MINE": "s3cret"]),
        Row("ferry --show-secrets -u me:pw -d 'token=t' {U}/"),
        // Cookies.
        Row("ferry -b 'a=1; b=2' -b c=3 {U}/", secrets: ["A": "1", "B": "2", "C": "3"]),
        Row("ferry -b jar {U}/"), Row("ferry -b @jar {U}/"), Row("ferry -b @a=b {U}/"),
        Row("ferry -b jar -b z=9 {U}/", secrets: ["Z": "9"]), Row("ferry -b '' -L {U}/"),
        // Bodies.
        Row("ferry -d a=b -d c=d {U}/"), Row("ferry -d '' {U}/"), Row("ferry -d @lines {U}/"),
        Row("ferry --data-binary @lines {U}/"), Row("ferry --data-binary @nul {U}/"),
        Row("ferry --data-raw @x {U}/"), Row("ferry --json-field 'a.b[0]:=1.50' --json-field 'c=x y' {U}/"),
        Row("ferry --data-urlencode 'a=b c&d' {U}/"), Row("ferry --data-raw 'two\nlines\n' {U}/"),
        Row("ferry -d @- {U}/", stdin: "from\nstdin"), Row("ferry --json '[1]' {U}/"),
        Row("ferry --json @lines {U}/"),
        Row("ferry --json @nul {U}/"), Row("ferry --json @nul -H 'Content-Type: x/y' {U}/"),
        Row("ferry -d a=b -H 'Content-Type: x/y' {U}/"), Row("ferry -X PUT -d a=b {U}/"),
        Row("ferry -G -d 'a=b' -d c {U}/x?y"),
        Row("ferry -G -I -d 'a=b' {U}/x"), Row("ferry --url-query 'a=b c' {U}/x"),
        Row("ferry --data-binary @large {U}/"),
        Row("ferry -d \"$(printf '\\377\\001\\033[0m')\" {U}/"),
        Row("ferry -d a -H 'Transfer-Encoding: chunked' {U}/"),
        Row("ferry -d '-x' {U}/"), Row("ferry -d a=b -H 'Expect: 100-continue' {U}/"),
        // Forms.
        Row("ferry -F a=b -F 'c=d e' {U}/"),
        Row("ferry -F f=@lines -F 'g=@lines;filename=o \"q\".bin;type=x/y' {U}/"),
        Row("ferry -F 'a=\"x;y\\\\\"z\";type=text/plain' {U}/"), Row("ferry -F 'a=<lines' {U}/"),
        Row("ferry --form-string 'a=@x;y' {U}/"),
        Row("ferry -F 'a=x;headers=\"X: y\"' -F 'b=(;type=multipart/mixed' -F c=d -F '=)' {U}/"),
        Row("ferry -F 'a=x;encoder=base64' {U}/"), Row("ferry -F 'a=<nul' {U}/"),
        Row("ferry -F 'password=p w' {U}/", secrets: ["PASSWORD": "p w"]),
        // Uploads.
        Row("ferry -T lines {U}/d/"), Row("ferry -T lines {U}/d/name"),
        Row("ferry -T - {U}/x", stdin: "stream"),
        Row("ferry -T lines -X POST {U}/x"), Row("ferry -T 'odd [1] name' -g {U}/d/"),
        Row("ferry -T '{lines,nul}' {U}/d/"),
        Row("ferry -T lines -H 'Transfer-Encoding: chunked' {U}/x"),
        // The way.
        Row("ferry --unix-socket {S} http://docker/x"), Row("ferry unix:{S}:/x?y"),
        Row("ferry --unix-map docker={S} http://docker:81/"),
        Row("ferry --resolve far.test:{P}:127.0.0.1 http://far.test:{P}/x"),
        Row("ferry --connect-to ::{A} http://far.test/x"),
        Row("ferry -x {U} http://far.test/x"), Row("ferry -p -x {U} http://far.test/x"),
        Row("ferry -x {U} -U 'u:p w' http://far.test/x", secrets: ["PROXY_PASSWORD": "p w"]),
        Row("ferry -x http://u:p%40@{A} http://far.test/x", secrets: ["PROXY_PASSWORD": "p@"]),
        Row("ferry -p -x {U} -A me --proxy-header 'X: y' http://far.test/x"),
        Row("ferry http://far.test/x", environment: ["http_proxy": "{U}"]),
        Row("ferry {U}/x", environment: ["http_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1"]),
        Row("ferry -x '' {U}/x", environment: ["http_proxy": "http://127.0.0.1:1"]), Row("ferry -k {T}/x"),
        Row("ferry --cacert ca.pem {T}/x"),
        Row("ferry -L {U}/to"), Row("ferry -C - -o old {U}/x"),
        Row("ferry --abstract-unix-socket {N} http://docker/x"),
        Row("ferry -o 'out file' --output-dir . {U}/x"),
    ]

    /// Servers with the same answers, and a folder with files.
    private struct Stage {
        let server: ScriptedServer
        let socket: ScriptedServer
        let secure: ScriptedServer
        let abstract: ScriptedServer
        let folder: TemporaryDirectory

        init() throws {
            folder = try TemporaryDirectory()
            server = try ScriptedServer { Self.answer($0) }
            socket = try ScriptedServer(on: .unix(folder.file("s.sock")), handler: { Self.answer($0) })
            abstract = try ScriptedServer(
                on: .abstract("ferry-curl-\(server.port)"), handler: { Self.answer($0) })
            let root = TestCertificates.authority()
            secure = try ScriptedServer(
                tls: ServerTLS(
                    TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"], issuer: root)),
                handler: { Self.answer($0) })
            try folder.write(root.certificatePEM, to: "ca.pem")
            try folder.write("one\r\ntwo 'three' %s \\n\n", to: "lines")
            try folder.write([0, 1, 0x27, 0x25, 0x5C, 0x0A, 0xFF, 0x61] as [UInt8], to: "nul")
            try folder.write([UInt8](repeating: 0x61, count: 150_000), to: "large")
            try folder.write("x", to: "odd [1] name")
            try folder.write("\"t1\"\n", to: "tag")
            try folder.write("12345", to: "old")
            for jar in ["jar", "a=b"] {
                try folder.write("127.0.0.1\tFALSE\t/\tFALSE\t0\tkept\tv1\n", to: jar)
            }
            try folder.write("machine 127.0.0.1 login me password pw\n", to: "netrc")
        }

        private static func answer(_ request: RecordedRequest) -> [ServerStep] {
            if request.method == "CONNECT" { return [.send("HTTP/1.1 200 OK\r\n\r\n")] }
            if request.target == "/to" { return [.respond(302, [("Location", "/there")])] }
            return [.respond(body: "ok")]
        }

        var requests: [RecordedRequest] {
            server.requests + socket.requests + secure.requests + abstract.requests
        }

        func expand(_ text: String) -> String {
            [
                ("{U}", server.url("")), ("{A}", server.authority), ("{P}", String(server.port)),
                ("{S}", folder.file("s.sock")), ("{T}", secure.url("")), ("{N}", "ferry-curl-\(server.port)"),
            ].reduce(text) { $0.replacing($1.0, with: $1.1) }
        }

        func run(_ script: String, _ row: Row, _ environment: [String: String] = [:]) throws -> ProcessResult
        {
            var all = row.environment.mapValues(expand)
            all.merge(environment) { $1 }
            all["FERRY"] = ferryBinary()
            // Longer than an argument may be.
            try folder.write(script, to: "script")
            return try runProcess(
                "sh", ["script"], stdin: row.stdin.map { bytes($0) }, environment: all,
                directory: folder.path,
                timeoutSeconds: 30)
        }
    }

    @Test(arguments: rows) func `curl makes the same request bytes (T-09)`(row: Row) throws {
        let stage = try Stage()
        let line = stage.expand(row.line)
        let real = try stage.run("ferry() { \"$FERRY\" -sS \"$@\"; }; \(line)", row)
        let wanted = stage.requests.map(Self.normal)
        #expect(!wanted.isEmpty, "\(real)")
        let printed = try stage.run("ferry() { \"$FERRY\" -sS --print-curl \"$@\"; }; \(line)", row)
        #expect(printed.exitStatus == 0 && printed.errText == "", "\(printed)")
        #expect(stage.requests.count == wanted.count, "it sent something")
        for secret in row.secrets.values where secret.utf8.count > 3 {
            #expect(!printed.outText.contains(secret), "\(printed.outText)")
        }
        let result = try stage.run(printed.outText, row, row.secrets)
        #expect(
            Self.second(stage.requests.map(Self.normal), after: wanted) == wanted,
            "\(printed.outText)\n\(result)")
        for name in row.secrets.keys {
            #expect(printed.outText.contains("\"$\(name)\""), "\(printed.outText)")
        }
    }

    /// What came beyond `first`; each server's requests stand together.
    private static func second(_ all: [String], after first: [String]) -> [String] {
        var rest = all
        for request in first {
            if let index = rest.firstIndex(of: request) { rest.remove(at: index) }
        }
        return rest
    }

    /// The request with a boundary that is always the same; how long one is does not matter.
    static func normal(_ request: RecordedRequest) -> String {
        var text = request.head + String(decoding: request.rawBody, as: UTF8.self)
        guard request.header("content-type")?.hasPrefix("multipart/") ?? false else { return text }
        text.replace(#/-{24}[0-9A-Za-z]+/#, with: "{B}")
        text.replace(#/Content-Length: \d+/#, with: "Content-Length: {L}")
        return text
    }

    /// The cases of other tests whose requests are stated there to the byte, once more through curl.
    @Test func `the requests of the other tables come of curl as well (T-09)`() throws {
        var count = 0
        for fetch in RequestTests.fieldsCases + RequestTests.bodiesCases + RequestTests.uploadsCases
        where fetch.status == 0 && !(fetch.requests ?? []).isEmpty && !Self.exceptions.contains(fetch.name) {
            count += 1
            let server = try ScriptedServer(scripts: fetch.scripts)
            let folder = try TemporaryDirectory()
            for (name, content) in fetch.files {
                try folder.write(fetch.expand(content, server, folder), to: name)
            }
            let input = fetch.stdin.map { Array(fetch.expand($0, server, folder).utf8) }
            let environment = fetch.environment.mapValues { fetch.expand($0, server, folder) }
            let printed = try runFerry(
                ["-s", "--show-secrets", "--print-curl"]
                    + fetch.arguments.map { fetch.expand($0, server, folder) },
                stdin: input, environment: environment, directory: folder.path)
            #expect(printed.exitStatus == 0, "\(fetch.name): \(printed)")
            #expect(server.requests.isEmpty)
            let result = try runProcess(
                "sh", ["-c", printed.outText], stdin: input, environment: environment, directory: folder.path,
                timeoutSeconds: 30)
            let wanted = (fetch.requests ?? []).map { fetch.expand($0, server, folder) }
            #expect(server.requests.map(\.text) == wanted, "\(fetch.name): \(printed.outText)\n\(result)")
        }
        #expect(count > 50)
    }

    @Test(arguments: SecretTests.names)
    func `neither the plan nor the command shows a secret (T-09, O-06)`(name: String) throws {
        let secret = "s3cr3tV4lue"
        for arguments in [
            ["-H", "\(name): \(secret)", "http://h.test/?\(name)=\(secret)&a=b"],
            ["-d", "a=b&\(name)=\(secret)", "h.test"],
            ["--json", #"{"a":1,"\#(name)":"\#(secret)"}"#, "h.test"], ["-F", "\(name)=\(secret)", "h.test"],
            ["-F", "\(name)=\(secret);type=text/plain", "h.test"], ["-b", "\(name)=\(secret)", "h.test"],
            ["--url-query", "\(name)=\(secret)", "h.test"],
            ["-e", "http://h.test/?\(name)=\(secret)", "h.test"],
            ["-p", "-x", "p.test:1", "--proxy-header", "\(name): \(secret)", "h.test"],
        ] {
            let result = try runFerry(["--dry-run", "--print-curl"] + arguments)
            #expect(result.exitStatus == 0 && result.outText.contains("curl -q"), "\(result)")
            #expect(!result.outText.contains(secret) && !result.errText.contains(secret), "\(result)")
            #expect(try runFerry(["--print-curl", "--show-secrets"] + arguments).outText.contains(secret))
        }
    }

    @Test func `logins are no part of the plan or the command (T-09, O-06)`() throws {
        let secret = "s3cr3tV4lue"
        for arguments in [
            ["-u", "me:\(secret)", "h.test"], ["http://me:\(secret)@h.test/"], ["http://\(secret)@h.test/"],
            ["-u", "\(secret):", "h.test"],
            ["--oauth2-bearer", secret, "h.test"], ["-x", "http://me:\(secret)@p.test:1", "h.test"],
            ["-x", "p.test:1", "-U", "me:\(secret)", "https://h.test"],
            ["--cert", "c.pem:\(secret)", "https://h.test"],
            ["--preproxy", "socks5://me:\(secret)@s.test", "-x", "p.test:1", "h.test"],
            ["--pass", secret, "--cert", "c", "https://h.test"],
        ] {
            let result = try runFerry(["--dry-run", "--print-curl"] + arguments)
            #expect(
                result.exitStatus == 0 && !result.outText.contains(secret)
                    && !result.errText.contains(secret), "\(result)")
        }
    }

    /// Cases in which curl does something else whatever it is told, by their names.
    static let exceptions: Set<String> = [
        "417 takes the user's own Expect away",
        // By then it may have read standard input, which it cannot do twice.
        "417 sends again without asking",
    ]
}

/// Whether a program is there to be run.
func isInstalled(_ program: String) -> Bool {
    (try? runProcess("sh", ["-c", "command -v \(program)"]).exitStatus) == 0
}
