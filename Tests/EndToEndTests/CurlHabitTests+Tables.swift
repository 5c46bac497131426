import TestSupport

// What comes of patterns, URLs, options that are given twice and files of options and logins: much the same in many
// spellings.
extension CurlHabitTests {
    static let tables =
        globCases + urlCases + outputNames + dataForms + repeats + fieldForms + configFiles + logins
        + cookieFiles

    // MARK: URLs

    private static let globs: [(pattern: String, paths: [String])] = [
        ("{a,b}", ["a", "b"]), ("{a,}", ["a", ""]), ("{,a}", ["", "a"]), ("x{a}y", ["xay"]),
        ("[1-3]", ["1", "2", "3"]), ("[08-10]", ["08", "09", "10"]), ("[001-2]", ["001", "002"]),
        ("[a-c]", ["a", "b", "c"]), ("[1-9:4]", ["1", "5", "9"]), ("[a-z:9]", ["a", "j", "s"]),
        ("[1-1]", ["1"]), ("[]", ["[]"]), (#"\{a\}"#, ["{a}"]), (#"\[1-2\]"#, ["[1-2]"]),
        (#"{a\,b,c}"#, ["a,b", "c"]), (#"{a\}b,c}"#, ["a}b", "c"]), (#"a\b"#, [#"a\b"#]),
        ("[1-2][a-b]", ["1a", "1b", "2a", "2b"]), ("{x,y}[1-2]", ["x1", "x2", "y1", "y2"]),
    ]

    private static let badGlobs = [
        "[3-1]", "[1-3:0]", "[1-1:5]", "[1-3:5]", "[c-a]", "[a-C]", "[1-a]", "[", "]", "}", "{", "{}",
        "{a{b}}", "{a[1-2]}", "[1-]", "[-1]", "[1-2-3]", "[1-2:]", "[1-2:a]", "[a-zz]", "{a,b,c", "a,b}",
        "[1-99999999999999999999]", "[0-4294967295][0-4294967295][0-4294967295]",
    ]

    private static var globCases: [FetchCase] {
        globs.map { glob in
            FetchCase(
                "the pattern \(glob.pattern)", ["-s", "{U}/\(glob.pattern)"],
                requests: glob.paths.map { get("/" + $0) })
        }
            + badGlobs.map {
                FetchCase("the bad pattern \($0)", ["-s", "{U}/\($0)"], requests: [], status: 3)
            }
    }

    private static let urls: [(url: String, target: String)] = [
        ("{U}/a/./b", "/a/b"), ("{U}/a/../b", "/b"), ("{U}/../a", "/a"), ("{U}/a/..", "/"),
        ("{U}/a/.", "/a/"),
        ("{U}/a//b", "/a//b"), ("{U}//a", "//a"), ("{U}?q", "/?q"), ("{U}#f", "/"), ("{U}/?", "/?"),
        ("{U}/a?b?c#d", "/a?b?c"), ("{U}/%41", "/%41"), ("{U}/a%2fb", "/a%2fb"), ("{U}/a;b", "/a;b"),
        ("{U}/a:b@c", "/a:b@c"), ("{U}/\"x\"", "/\"x\""), ("{U}/a|b^c`d", "/a|b^c`d"), ("{U}/$x&y", "/$x&y"),
        ("HTTP://{A}/x", "/x"), ("http:/{A}/x", "/x"), ("http:///{A}/x", "/x"), ("{A}?x", "/?x"),
    ]

    private static let badURLs = [
        "http://", "http:///", "http://a b/", "{U}/a b", "{U}/\t", "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "//{A}/x", "http://[::1/", "http://[x]/", "http://a:b:c/",
    ]

    private static var urlCases: [FetchCase] {
        urls.map { FetchCase("the URL \($0.url)", ["-s", "-g", $0.url], requests: [get($0.target)]) }
            + badURLs.map { FetchCase("the bad URL \($0)", ["-s", "-g", $0], requests: [], status: 3) }
    }

    private static let ok: [ServerStep] = [.forever([.expectRequest, .respond(body: "ok")])]

    private static var outputNames: [FetchCase] {
        let names: [(name: String, files: [String])] = [
            ("#1-#2-#3", ["a-1-#3", "a-2-#3", "b-1-#3", "b-2-#3"]),
            ("#1#1_#2", ["aa_1", "aa_2", "bb_1", "bb_2"]),
            ("x#", ["x#"]), ("#0", ["#0"]), ("#1#.#2", ["a#.1", "a#.2", "b#.1", "b#.2"]),
        ]
        return names.map { name in
            FetchCase(
                "the output \(name.name)", ["-s", "--clobber", "-o", name.name, "{U}/{a,b}[1-2]"], server: ok,
                filesAfter: Dictionary(uniqueKeysWithValues: name.files.map { ($0, "ok") }))
        }
            + [
                ("/a", "a"), ("/a/b.txt?x=/y", "b.txt"), ("/a%20b", "a%20b"), ("/a;b", "a;b"),
                ("/.hidden", ".hidden"),
                ("/-rf", "-rf"), ("/a#b", "a"), ("/a=b&c", "a=b&c"), ("/..%2fx", "..%2fx"),
            ].map { path, file in
                FetchCase("-O of \(path)", ["-s", "-O", "{U}\(path)"], server: ok, filesAfter: [file: "ok"])
            }
    }

    // MARK: Options

    private static var dataForms: [FetchCase] {
        let forms: [(options: [String], body: String)] = [
            (["-d", "a", "-d", "b"], "a&b"), (["-d", "a", "-d", ""], "a&"),
            (["-d", "@f", "-d", "@f"], "l1l 2&l1l 2"),
            (["--data-binary", "@f"], "l1\r\nl 2\n"), (["--data-raw", "@f"], "@f"),
            (["--data-urlencode", "a&b"], "a%26b"), (["--data-urlencode", "=a&b"], "a%26b"),
            (["--data-urlencode", "n=a b"], "n=a+b"), (["--data-urlencode", "@f"], "l1%0D%0Al+2%0A"),
            (["--data-urlencode", "n@f"], "n=l1%0D%0Al+2%0A"), (["--data-urlencode", "n=@f"], "n=%40f"),
            (["--data-urlencode", "~-_.!*()"], "~-_.%21%2A%28%29"), (["--data-ascii", "x"], "x"),
        ]
        return forms.map { form in
            FetchCase(
                form.options.joined(separator: " "), ["-s"] + form.options + ["{U}/"],
                files: ["f": "l1\r\nl 2\n"],
                requests: [post("/", form.body)])
        }
    }

    private static var repeats: [FetchCase] {
        func asks(_ line: String, _ fields: String...) -> String { request(line, ["Host: {A}"] + fields) }
        let cases: [(options: [String], request: String)] = [
            (["-X", "PUT", "-X", "PATCH"], asks("PATCH /", "User-Agent: {UA}", "Accept: */*")),
            (["-A", "a", "-A", "b"], asks("GET /", "User-Agent: b", "Accept: */*")),
            (["-e", "a", "-e", "b"], get("/", "Referer: b")),
            (
                ["-r", "0-1", "-r", "2-3"],
                asks("GET /", "Range: bytes=2-3", "User-Agent: {UA}", "Accept: */*")
            ),
            (
                ["-u", "a:b", "-u", "c:d"],
                asks("GET /", "Authorization: Basic Yzpk", "User-Agent: {UA}", "Accept: */*")
            ),
            (["-H", "A: 1", "-H", "A: 2"], get("/", "A: 1", "A: 2")), (["-L", "--no-location"], get("/")),
            (["-G", "--no-get", "-d", "a"], post("/", "a")),
            (["-k", "--no-insecure", "--compressed", "--no-compressed"], get("/")),
        ]
        return cases.map {
            FetchCase(
                "twice: " + $0.options.joined(separator: " "), ["-s"] + $0.options + ["{U}/"],
                requests: [$0.request])
        }
    }

    private static var fieldForms: [FetchCase] {
        func asks(_ fields: String...) -> String { request("GET /", fields) }
        let cases: [(options: [String], request: String)] = [
            (
                ["-H", "Accept: x", "-H", "Accept: y"],
                asks("Host: {A}", "User-Agent: {UA}", "Accept: x", "Accept: y")
            ),
            (["-H", "User-Agent: x", "-A", "y"], asks("Host: {A}", "Accept: */*", "User-Agent: x")),
            (["-H", "Referer: x", "-e", "y"], get("/", "Referer: x")),
            (["-H", "Range: x", "-r", "0-1"], get("/", "Range: x")),
            (["-H", "Accept-Encoding: br", "--compressed"], get("/", "Accept-Encoding: br")),
            (["-H", "Host: x.test"], asks("Host: x.test", "User-Agent: {UA}", "Accept: */*")),
            (["-H", "X-Empty:"], get("/")), (["-H", "X-Empty: "], get("/")), (["-H", "X;"], get("/", "X:")),
            (["-H", "no colon"], get("/")), (["-A", ""], asks("Host: {A}", "Accept: */*")),
            (["-e", ""], get("/")),
        ]
        return cases.map {
            FetchCase(
                $0.options.joined(separator: " "), ["-s"] + $0.options + ["{U}/"], requests: [$0.request])
        }
    }

    // MARK: Files

    private static var configFiles: [FetchCase] {
        let lines: [(line: String, userAgent: String)] = [
            ("user-agent = a", "a"), ("user-agent=a", "a"), ("user-agent: a", "a"), ("user-agent a", "a"),
            ("user-agent == a", "a"), ("user-agent : = a", "a"), ("  user-agent = a  ", "a"), ("-A a", "a"),
            ("-A \"a b\"", "a b"), ("--user-agent a", "a"), ("user-agent = a # note", "a"),
            ("user-agent = a b", "a"),
            ("user-agent = \"a\" # note", "a"), ("user-agent = 'a'", "'a'"),
            ("user-agent = \"a\\tb\\\\c\\\"d\\e\"", "a\tb\\c\"de"),
            ("user-agent = a\r", "a"), ("# user-agent = b\n\n \t\nuser-agent = a", "a"),
        ]
        return lines.map {
            FetchCase(
                "the config line \($0.line.debugDescription)", ["-s", "-K", "c"],
                files: ["c": "\($0.line)\nurl = {U}/\n"],
                requests: [request("GET /", ["Host: {A}", "User-Agent: \($0.userAgent)", "Accept: */*"])])
        }
    }

    private static var logins: [FetchCase] {
        func asks(_ login: String?) -> String {
            request(
                "GET /",
                ["Host: {A}"] + (login.map { ["Authorization: Basic \($0)"] } ?? []) + [
                    "User-Agent: {UA}", "Accept: */*",
                ])
        }
        let two = "machine 127.0.0.1 login a password b\nmachine 127.0.0.1 login c password d\n"
        let files: [(netrc: String, user: String, login: String?)] = [
            ("machine 127.0.0.1 login a password b", "", "YTpi"),
            ("machine\n127.0.0.1\nlogin\na\npassword\nb", "", "YTpi"),
            ("MACHINE 127.0.0.1 LOGIN a PASSWORD b", "", "YTpi"),
            ("machine 127.0.0.1 password b login a", "", "YTpi"),
            ("machine 127.0.0.1 account z login a password b", "", "YTpi"),
            ("default login a password b", "", "YTpi"),
            ("machine other login x password y\ndefault login a password b", "", "YTpi"),
            (
                "macdef x\nmachine 127.0.0.1 login q password r\n\nmachine 127.0.0.1 login a password b", "",
                "YTpi"
            ),
            ("# note\nmachine 127.0.0.1 login a password b # note", "", "YTpi"),
            ("machine 127.0.0.1 login \"a\" password \"b\"", "", "YTpi"),
            ("machine 127.0.0.1 password b", "", "OmI="),
            ("machine other login a password b", "", nil), ("", "", nil), (two, "", "YTpi"),
            (two, "c@", "Yzpk"),
            (two, "c:own@", "Yzpk"),
        ]
        return files.map {
            FetchCase(
                "\($0.user)netrc: \($0.netrc.debugDescription)",
                ["-s", "--netrc-file", "n", "http://\($0.user){A}/"],
                files: ["n": $0.netrc], requests: [asks($0.login)])
        }
            + [
                ("u:", "dTo="), (":p", "OnA="), ("u", "dTo="), ("u%3a:p%25", "dTo6cCU="),
            ].map { user, login in
                FetchCase(
                    "the login \(user) in the URL", ["-s", "http://\(user)@{A}/"], requests: [asks(login)])
            }
    }

    private static var cookieFiles: [FetchCase] {
        let lines: [(line: String, cookie: String?)] = [
            ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "a=b"),
            ("127.0.0.1\tFALSE\t/\tFALSE\t4102444800\ta\tb\r", "a=b"),
            ("127.0.0.1\tFALSE\t/\tFALSE\t1\ta\tb", nil), ("127.0.0.1\tFALSE\t/a\tFALSE\t0\ta\tb", "a=b"),
            ("127.0.0.1\tFALSE\t/ab\tFALSE\t0\ta\tb", nil),
            ("#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "a=b"),
            ("# 127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", nil), ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta", "a="),
            ("127.0.0.1\tFALSE\tFALSE\t0\ta\tb", "a=b"), ("127.0.0.1\tFALSE\t\tFALSE\t0\ta\tb", "a=b"),
            ("127.0.0.1 FALSE / FALSE 0 a b", nil), ("127.0.0.1\tFALSE\t/\tFALSE\tx\ta\tb", nil),
            ("other.test\tFALSE\t/\tFALSE\t0\ta\tb", nil), ("Set-Cookie: a=b", "a=b"),
            ("Set-Cookie: a=b; path=/a", "a=b"),
            ("Set-Cookie: a=b; path=/x", nil), ("HTTP/1.1 200 OK\r\nSet-Cookie: a=b; HttpOnly\r\n\r", "a=b"),
            ("nonsense", nil),
        ]
        return lines.map { line in
            FetchCase(
                "the cookie line \(line.line.debugDescription)", ["-s", "-b", "jar", "{U}/a/b"],
                files: ["jar": line.line + "\n"],
                requests: [
                    request(
                        "GET /a/b",
                        ["Host: {A}", "User-Agent: {UA}", "Accept: */*"]
                            + (line.cookie.map { ["Cookie: \($0)"] } ?? []))
                ])
        }
    }
}
