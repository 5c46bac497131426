import TestSupport
import Testing

/// What shells offer, asked of the shells themselves.
@Suite struct CompletionTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.write("", to: "upload.txt")
        try folder.write("", to: "odd name")
        _ = try runProcess("mkdir", [folder.file("upd")])
        for shell in ["bash", "zsh", "fish"] {
            try folder.write(try runFerry(["--generate", shell]).stdout, to: shell)
        }
        // Hosts that no shell is to offer.
        try folder.write("secret-host.test ssh-ed25519 AAAA\n", to: "known_hosts")
        _ = try runProcess("mkdir", [folder.file(".ssh")])
        _ = try runProcess("cp", [folder.file("known_hosts"), folder.file(".ssh/known_hosts")])
    }

    /// Command lines, and what may stand in place of their last word. Behind a `=`, `:` or `<` bash wants the rest alone.
    private static let lines: [(line: String, bash: [String])] = [
        ("ferry -d @up", ["@upd/", "@upload.txt"]), ("ferry -d up", []),
        ("ferry --data=@upl", ["@upload.txt"]),
        ("ferry --json @upl", ["@upload.txt"]), ("ferry -H @upl", ["@upload.txt"]),
        ("ferry -w @upl", ["@upload.txt"]),
        ("ferry --url @upl", ["@upload.txt"]), ("ferry --data-urlencode a@upl", ["@upload.txt"]),
        ("ferry --variable a@upl", ["@upload.txt"]), ("ferry -F a=@upl", ["@upload.txt"]),
        ("ferry -F a=upl", []),
        ("ferry -F a=@x,upl", ["@x,upload.txt"]), ("ferry -F 'a=@upl", ["a=@upload.txt"]),
        ("ferry --data-raw @upl", []), ("ferry --checksum @upl", ["@upload.txt"]),
        ("ferry -o upl", ["upload.txt"]), ("ferry -so upl", ["upload.txt"]),
        ("ferry --output=upl", ["upload.txt"]),
        ("ferry -o odd\\ n", ["odd name"]), ("ferry -o \"odd n", ["odd name"]),
        ("ferry -T upl", ["upload.txt"]),
        ("ferry --output-dir up", ["upd"]), ("ferry --unix-map h=upl", ["upload.txt"]),
        ("ferry --address-family ", ["any", "ipv4", "ipv6"]),
        ("ferry --har-bodies ", ["all", "none", "text"]),
        ("ferry --retry-after h", ["honor"]), ("ferry --cert-type P", ["P12", "PEM"]),
        ("ferry --tls-max 1.", ["1.0", "1.1", "1.2", "1.3"]),
        ("ferry -X DEL", ["DELETE"]), ("ferry --httpsig-algo ", ["ed25519", "hmac-sha256"]),
        ("ferry --print-checksum=sha5", ["sha512"]),
        ("ferry --report j", ["json=", "junit="]), ("ferry --report junit=upl", ["upload.txt"]),
        ("ferry --timing=", ["html:"]), ("ferry --timing=html:upl", ["upload.txt"]),
        ("ferry --timing --dry", ["--dry-run"]),
        ("ferry --cookie-", ["--cookie-jar"]), ("ferry --ftp", []), ("ferry --generat", []),
        ("ferry secret", []), ("ferry http://secret", []),
    ]

    @Test func `bash offers files, also behind an at sign, choices and options, and no hosts (T-06)`() throws
    {
        let harness = """
            source ./bash
            while IFS= read -r line; do
                COMP_LINE=$line COMP_POINT=${#line}
                _ferry
                printf '%s\\n' "$line"
                ((${#COMPREPLY[@]})) && printf '  %s\\n' "${COMPREPLY[@]}" | LC_ALL=C sort
            done
            """
        let input = Self.lines.map { $0.line + "\n" }.joined()
        let result = try runProcess(
            "bash", ["--norc", "-c", harness], stdin: bytes(input), environment: ["HOME": folder.path],
            directory: folder.path)
        let wanted = Self.lines.map { line, words in
            ([line] + words.map { "  " + $0 }).joined(separator: "\n") + "\n"
        }.joined()
        #expect(result.outText == wanted, "\(result.errText)")
    }

    /// What is typed into a shell, with tabs, and what the command gets.
    private static let typed: [(keys: String, arguments: String)] = [
        ("-d @upl\t", "<-d><@upload.txt>"), ("--data=@upl\t", "<--data=@upload.txt>"),
        ("-F a=@upl\t", "<-F><a=@upload.txt>"),
        ("-d @upd\t", "<-d><@upd/>"), ("--address-family ipv\t4", "<--address-family><ipv4>"),
        ("--report jun\tupl\t", "<--report><junit=upload.txt>"),
        ("--timing=h\tupl\t", "<--timing=html:upload.txt>"),
        ("-o odd\t", "<-o><odd name>"), ("-d '@upl\t", "<-d><@upload.txt>"),
    ]

    @Test(arguments: ["bash", "zsh"]) func `a tab in a shell completes what it should (T-06)`(shell: String)
        throws
    {
        guard isInstalled(shell) else { return }
        let setup =
            shell == "bash"
            ? "source ./bash; ferry() { printf '<%s>' \"$@\"; echo; }; PS1=\n"
            : "autoload -U compinit; compinit -u -D; source ./zsh; ferry() { print -r -- \"<${(j:><:)@}>\" }; PS1=\n"
        let process = try RunningProcess(
            shell, shell == "bash" ? ["--norc", "--noprofile", "-i"] : ["-f", "-i"], stdin: .open,
            environment: ["HOME": folder.path, "TERM": "dumb"], directory: folder.path, terminal: .all,
            columns: 200)
        process.write(bytes(setup + "ferry ready\n"))
        #expect(process.waitForTerminal("<ready>"))
        // zsh takes the slash of a folder away when nothing follows.
        for (keys, arguments) in Self.typed where shell == "bash" || !arguments.hasSuffix("/>") {
            process.write(bytes("ferry \(keys)\n"))
            #expect(process.waitForTerminal("\n\(arguments)\r\n"), "\(keys): \(text(process.terminal))")
        }
        process.write(bytes("exit\n"))
        process.wait(timeoutSeconds: 10)
    }

    @Test(.enabled(if: isInstalled("fish")))
    func `fish offers files, also behind an at sign, choices and options, and no hosts (T-06)`() throws {
        for (line, _) in Self.lines where !line.contains("\"") && !line.contains("'") && !line.contains("\\")
        {
            let result = try runProcess(
                "fish", ["--no-config", "-c", "source ./fish; complete -C '\(line)'"],
                environment: ["HOME": folder.path], directory: folder.path)
            let offered = result.outText.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
            #expect(!result.outText.contains("secret-host"), "\(line)")
            if line.hasSuffix("@upl") && !line.contains("raw") {
                #expect(offered.contains { $0.hasSuffix("@upload.txt") }, "\(line): \(result)")
            }
            switch line {
            case "ferry --har-bodies ": #expect(offered.sorted() == ["all", "none", "text"])
            case "ferry --ftp", "ferry --generat", "ferry -d up", "ferry -F a=upl":
                #expect(offered == [], "\(line)")
            case "ferry --report junit=upl": #expect(offered == ["junit=upload.txt"])
            default: break
            }
        }
    }
}
