import Glibc
import TestSupport
import Testing

/// Readers of standard output that pause hold up their own transfer and nothing else.
@Suite struct SlowReaderTests {
    /// Descriptor 7 is a pipe that nobody reads but the line.
    private let shell: FerryShell

    init() throws {
        shell = try FerryShell(preparation: "mkfifo pipe; exec 7<>pipe") { request in
            switch request.path {
            case "/chunked":
                [
                    .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2dc6c0\r\n"),
                    .sendBytes(FerryShell.body),
                    .send("\r\n0\r\n\r\n"),
                ]
            case "/endless":
                [
                    .send("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n"),
                    .sendRepeating(UInt8(ascii: "x"), count: 1 << 36),
                ]
            case "/endless-chunked":
                [
                    .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000000000\r\n"),
                    .sendRepeating(UInt8(ascii: "x"), count: 1 << 36),
                ]
            default: [.respond(body: text(FerryShell.body))]
            }
        }
    }

    // Spliced pages fill a pipe of a mebibyte with many times that: only a body without an end is sure not to fit.
    @Test(arguments: ["/endless", "/endless-chunked"])
    func `the time limit holds while nobody reads`(path: String) throws {
        let result = try shell("$F -q -sS -m 0.3 $U\(path) >&7; echo $?")
        #expect(result.outText == "28\n", "\(result)")
    }

    @Test func `the time limit holds for what is left after the last byte came`() throws {
        let result = try shell("$F -q -sS -m 0.3 --max-filesize 9M $U/ >&7; echo $?")
        #expect(result.outText == "28\n", "\(result)")
    }

    @Test func `a signal ends a run that nobody reads`() throws {
        let result = try shell("$F -q -s $U/endless >&7 & head -c 1 <&7; kill -TERM $!; wait $!; echo $?")
        #expect(result.outText == "x143\n", "\(result)")
    }

    @Test(arguments: ["/", "/chunked"])
    func `other transfers go on meanwhile, and nothing is lost`(path: String) throws {
        let result = try shell(
            """
            $F -q -sS -Z -o - $U\(path) -o b $U/b -o - $U\(path) >&7 & until [ -s b ]; do sleep 0.02; done
            head -c 6000000 <&7 | tr -d x | wc -c; wait $!; echo $?
            """)
        #expect(result.outText == "0\n0\n", "\(result)")
        #expect(shell.folder.read("b") == FerryShell.body)
    }

    @Test(arguments: ["/", "/chunked"])
    func `a reader that takes a little at a time gets all of it`(path: String) throws {
        let result = try shell(
            "$F -q -sS $U\(path) $U\(path) | while n=$(head -c 300000 | tr -d y | wc -c); [ $n != 0 ]; do echo $n; done | sort | uniq -c"
        )
        #expect(
            result.exitStatus == 0 && result.outText.split(separator: " ") == ["20", "300000\n"], "\(result)")
    }

    @Test func `a reader that goes away while it is waited for is a broken pipe`() throws {
        let result = try shell(
            "exec 7>&-; $F -q -sS $U/endless | { head -c 1; sleep 0.1; }; echo ${PIPESTATUS[0]}")
        #expect(result.outText == "x23\n", "\(result)")
        #expect(result.errText.contains("Broken pipe"))
    }
}
