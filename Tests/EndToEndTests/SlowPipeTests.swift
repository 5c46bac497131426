import Glibc
import TestSupport
import Testing

/// Pipes that nobody opens, reads or writes hold up whoever uses them, and nothing else: other transfers go on, the time
/// limit holds, and a signal ends the run.
@Suite struct SlowPipeTests {
    /// In a folder with a pipe `p`.
    private let shell: FerryShell

    init() throws {
        shell = try FerryShell(preparation: "mkfifo p") { request in
            switch request.path {
            case "/big": [.respond(body: text(FerryShell.body))]
            case "/endless":
                [
                    .send("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n"),
                    .sendRepeating(UInt8(ascii: "x"), count: 1 << 36),
                ]
            default: [.respond(200, [("ETag", "\"a\""), ("Set-Cookie", "a=b")], body: "abc")]
            }
        }
    }

    /// Who has the other end of the pipe: nobody, or somebody who does nothing.
    enum OtherEnd: String, CaseIterable {
        case missing = ""
        case silent = "exec 7<>p;"
        /// There is no room in it either.
        case full = "exec 7<>p; dd if=/dev/zero of=/dev/fd/7 bs=4096 oflag=nonblock status=none 2>/dev/null;"
    }

    static let outputs = [
        "-o p $U/big", "-N -o p $U/big", "-C - -o p $U/big", "--max-filesize 9M -o p $U/big",
        "-D p -o q $U/a", "--trace p -o q $U/a", "--etag-save p -o q $U/a", "-c p -o q $U/a",
        "-w %output{p}x -o q $U/a", "--events p -o q $U/a", "--har p -o q $U/a", "--report json=p -o q $U/a",
    ]
    static let inputs = [
        "-T p -o q $U/a", "-F f=@p -o q $U/a", "-F 'f=<p' -o q $U/a", "-b p -o q $U/a",
        "--netrc-file p -o q $U/a", "--hsts p -o q $U/a", "--cacert p https://127.0.0.1:9/",
        "--crlfile p https://127.0.0.1:9/", "--cert p:secret https://127.0.0.1:9/",
        "-x https://127.0.0.1:9 --proxy-cacert p $U/a", "--cacert p --unix-socket s https://127.0.0.1/",
    ]
    /// Files that are read with the command line.
    static let texts = [
        "-d @p $U/a", "--json @p $U/a", "--data-urlencode x@p $U/a", "-H @p $U/a",
        "-w @p $U/a", "--variable x@p $U/a", "-K p $U/a", "--cert p https://127.0.0.1:9/",
        "--cert q --key p https://127.0.0.1:9/", "--pinnedpubkey p https://127.0.0.1:9/",
        "--etag-compare p $U/a",
    ]
    /// Files of TLS, which the time limit of a connect holds for, too.
    static let certificates = [
        "--cacert p https://127.0.0.1:9/", "--cert p https://127.0.0.1:9/",
        "--cert q --key p https://127.0.0.1:9/",
    ]

    @Test(arguments: outputs, [OtherEnd.missing, .full])
    func `what writes to a pipe ends with its time limit`(use: String, other: OtherEnd) throws {
        let result = try shell("\(other.rawValue) $F -q -sS -m 0.3 \(use); echo $?")
        #expect(result.outText == "28\n", "\(result)")
    }

    @Test(arguments: inputs + texts, [OtherEnd.missing, .silent])
    func `what reads from a pipe ends with its time limit`(use: String, other: OtherEnd) throws {
        let result = try shell("\(other.rawValue) $F -q -sS -m 0.3 \(use); echo $?")
        #expect(result.outText == "28\n", "\(result)")
    }

    @Test(arguments: certificates)
    func `a certificate that does not come ends a connect with its time limit`(use: String) throws {
        let result = try shell("$F -q -sS --connect-timeout 0.3 \(use); echo $?")
        #expect(result.outText == "28\n" && result.errText.contains("p'"), "\(result)")
    }

    @Test(arguments: outputs + inputs + ["-v --stderr p -o q $U/a"])
    func `other transfers go on, and a signal ends the run`(use: String) throws {
        let result = try shell(
            """
            $F -q -s -Z \(use) --next -o b $U/b & until [ -s b ]; do sleep 0.02; done
            kill -TERM $!; wait $!; echo $?
            """)
        #expect(result.outText.hasSuffix("143\n"), "\(result)")
        #expect(shell.folder.read("b") == Array("abc".utf8))
    }

    @Test(arguments: ["-N", "--max-filesize 9M", "--compressed", "-C -", "--no-clobber"])
    func `a reader that comes late and takes a little at a time gets all of it`(option: String) throws {
        let result = try shell(
            """
            $F -q -sS \(option) -o p $U/big &
            until [ -e seen ]; do sleep 0.02; touch seen; done
            while n=$(head -c 300000 | tr -d y | wc -c); [ $n != 0 ]; do echo $n; done <p | sort | uniq -c
            wait $!; echo $?
            """)
        #expect(result.outText.split { $0 == " " || $0 == "\n" } == ["10", "300000", "0"], "\(result)")
    }

    @Test func `a reader sees the end of a body while other transfers go on`() throws {
        let gate = Gate()
        let held = try ScriptedServer(script: [.expectRequest, .pause(until: gate), .respond(body: "late")])
        let process = try shell.start(
            "$F -q -sS -Z -o p $U/a -o b \(held.url()) & cat p; touch ended; wait $!; echo $?")
        #expect(waitUntil { shell.folder.read("ended") != nil })
        gate.open()
        #expect(process.wait(timeoutSeconds: 30).outText == "abc0\n")
    }

    @Test func `everything that waits for a late reader arrives in the end`() throws {
        let result = try shell(
            """
            mkfifo d t e
            $F -q -sS -v -o b -D d --trace t --stderr e -c p $U/a & until [ -s b ]; do sleep 0.02; done
            cat p | tail -1 | cut -f 6-; cat d | head -1 | tr -d '\\r'; cat t | head -1; cat e | wc -l; wait $!; echo $?
            """)
        let lines = result.outText.split(separator: "\n")
        #expect(
            lines.count == 5 && lines[0] == "a\tb" && lines[1] == "HTTP/1.1 200 OK"
                && lines[2].hasPrefix("== Info") && lines[4] == "0", "\(result)")
    }

    // Spliced pages can fill a pipe with all of a body that has an end.
    @Test func `a reader that goes away fails its own transfer only`() throws {
        let result = try shell(
            "$F -q -sS -Z -o p $U/endless -o b $U/b & head -c 1 p; wait $!; echo $?")
        #expect(
            result.outText == "x23\n" && result.errText.contains("cannot write to p: Broken pipe"),
            "\(result)")
        #expect(shell.folder.read("b") == Array("abc".utf8))
    }

    @Test func `a pipe that is written late is read whole`() throws {
        let result = try shell(
            """
            mkfifo n
            $F -q -sS -T p --netrc-file n -w '%{size_upload}\\n' -o b $U/a &
            exec 8>n; echo machine 127.0.0.1 login u password p >&8; exec 8>&-
            exec 8>p; echo one >&8; sleep 0.1; echo two >&8; exec 8>&-
            wait $!; echo $?
            """)
        #expect(result.outText == "8\n0\n", "\(result)")
        #expect(shell.server.requests.last?.header("Authorization") == "Basic dTpw")
    }

    @Test(arguments: [
        "-m 0.3 -d @- $U/a", "-d @- $U/a -m 0.3", "-m 0.2 -d @- $U/a --next -m 0.3 $U/a",
        // These refuse an empty file.
        "--checksum @- $U/a -m 0.3", "-m 0.3 --httpsig-key @- $U/a",
    ])
    func `so does a silent standard input`(use: String) throws {
        let result = try shell("exec 7<>p; $F -q -sS \(use) <&7; echo $?")
        #expect(
            result.outText == "28\n"
                && result.errText.contains("cannot read standard input: nothing more came within the time"),
            "\(result)")
    }

    @Test(arguments: ["@n", "@-"])
    func `data that comes late is read whole`(data: String) throws {
        let result = try shell(
            """
            mkfifo n; exec 7<>n 8<>p; $F -q -sS -m 60 -d \(data) -o b $U/a <n 7>&- 8>&- & exec 9>n 7>&- 8>&-
            printf one >&9; sleep 0.1; printf two >&9; exec 9>&-; wait $!; echo $?
            """)
        #expect(result.outText == "0\n", "\(result)")
        #expect(shell.server.requests.last?.body == Array("onetwo".utf8))
    }

    @Test(arguments: ["@p", "@-"])
    func `transfers go on while the next URL of a list has not come`(list: String) throws {
        let result = try shell(
            """
            $F -q -sS -Z --url \(list) <p & exec 8>p
            echo $U/one >&8; until [ -s one ]; do sleep 0.02; done
            printf %s $U/t >&8; sleep 0.1; echo wo >&8; until [ -s two ]; do sleep 0.02; done
            exec 8>&-; wait $!; echo $?
            """)
        #expect(result.outText == "0\n", "\(result)")
    }

    @Test func `a signal ends the wait for the next URL`() throws {
        let result = try shell(
            """
            exec 7<>p; $F -q -sS --url @p & echo $U/one >&7; until [ -s one ]; do sleep 0.02; done
            kill -TERM $!; wait $!; echo $?
            """)
        #expect(result.outText == "143\n" && result.errText == "ferry: stopped by signal 15\n", "\(result)")
    }
}
