import Glibc
import TestSupport
import Testing

/// A file system without room: one of 1 MiB in memory, where the machine lets a test mount one.
@Suite(.enabled(if: canMount, "no file system may be mounted here")) struct FullDiskTests {
    /// Runs a script of sh in a new file system of 1 MiB, `$FERRY` at hand.
    private func run(_ script: String) throws -> ProcessResult {
        let folder = try TemporaryDirectory()
        return try runProcess(
            "unshare",
            [
                "--mount", "sh", "-c",
                "mount -t tmpfs -o size=1m none '\(folder.path)' && cd '\(folder.path)' || exit 99; "
                    + script,
            ], environment: ["FERRY": ferryBinary()])
    }

    private static let megabytes = [UInt8](repeating: 0x61, count: 2_000_000)

    private func server(_ steps: [ServerStep]) throws -> ScriptedServer {
        try ScriptedServer(scripts: [steps + [.hold]])
    }

    @Test func `what does not fit is told, and the file of before is left alone (R-05)`() throws {
        let server = try server([
            .expectRequest, .respond(200, [("ETag", "\"1\"")], body: text(Self.megabytes)),
        ])
        let result = try run("echo old >f; $FERRY -q -sS -o f '\(server.url("/f"))'; echo $?; cat f; ls -A")
        #expect(result.outText == "23\nold\nf\n", "\(result)")
        #expect(result.errText.contains("No space left on device"), "\(result)")
    }

    /// What is done to a file that is a mount of its own, and what it holds afterwards.
    struct Mounted: CustomTestStringConvertible {
        var options: String
        var answer: ServerStep
        var outcome: String

        var testDescription: String { "\(options): \(outcome)" }
    }

    static let mounted = [
        Mounted(options: "-o f", answer: .respond(body: "new"), outcome: "0 new"),
        Mounted(options: "--no-atomic -o f", answer: .respond(body: "new"), outcome: "0 new"),
        Mounted(
            options: "-o f", answer: .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnew"),
            outcome: "18 old"),
        Mounted(options: "-o f", answer: .respond(body: text(megabytes.prefix(300_000))), outcome: "23 old"),
        Mounted(
            options: "--etag-save f -o g", answer: .respond(200, [("ETag", "t")], body: "new"),
            outcome: "0 t"),
        Mounted(
            options: "-c f -o g", answer: .respond(200, [("Set-Cookie", "a=b")], body: "new"),
            outcome: "0 a b"),
    ]

    @Test(arguments: mounted) func `a file that cannot be renamed over is written to`(_ row: Mounted) throws {
        let server = try ScriptedServer(script: [.expectRequest, row.answer, .close])
        let result = try run(
            """
            mkdir d; mount -t tmpfs -o size=64k none d; echo old >d/f; touch f; mount --bind d/f f
            $FERRY -q -sS \(row.options) '\(server.url("/f"))'; echo $? $(tail -1 f | sed 's/.*\t0\t//'); umount f
            """)
        #expect(result.outText == row.outcome + "\n", "\(result)")
    }

    @Test func `a part that cannot grow stays as long as it was, and its meta true (R-05)`() throws {
        let half = Array(Self.megabytes.prefix(500_000))
        let cut: [ServerStep] = [
            .expectRequest,
            .send("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 2000000\r\n\r\n" + text(half)), .close,
        ]
        let rest: [ServerStep] = [
            .expectRequest,
            .send(
                "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nContent-Range: bytes 500000-1999999/2000000\r\n"
                    + "Content-Length: 1500000\r\n\r\n" + text(Array(Self.megabytes.dropFirst(500_000)))),
            .hold,
        ]
        let server = try ScriptedServer(scripts: [cut, rest, rest])
        let result = try run(
            """
            $FERRY -q --no-progress-meter -o f '\(server.url("/f"))'; echo $?; $FERRY -q --no-progress-meter -C - -o f '\(server.url("/f"))'
            echo $?; ls; wc -c <f.part; grep -o '"bytes": *[0-9]*' f.part.meta
            """)
        #expect(
            result.outText.hasPrefix("18\n23\nf.part\nf.part.meta\n500000\n"), "\(result)")
        #expect(result.outText.filter { $0 != " " }.hasSuffix("\"bytes\":500000\n"), "\(result)")
        #expect(result.errText.contains("500000 bytes of 2000000 of f are kept in f.part"), "\(result)")
    }

    @Test func `a folder that is read-only is told before anything is fetched, and nothing changes (R-05)`()
        throws
    {
        let server = try server([.expectRequest, .respond(body: "new")])
        let result = try run(
            "echo old >f; mount -o remount,ro . && $FERRY -q -sS -o f '\(server.url("/f"))'; echo $?; cat f; ls -A"
        )
        #expect(result.outText == "23\nold\nf\n", "\(result)")
        #expect(result.errText.contains("Read-only file system"), "\(result)")
    }

    @Test func `without room for the meta the transfer goes on, and says what that means (R-05)`() throws {
        let server = try server([
            .expectRequest,
            .send(
                "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100\r\n\r\n"
                    + String(repeating: "a", count: 50)),
            .close,
        ])
        // Room for the 50 bytes, which take a page, and for nothing beside them.
        let result = try run(
            """
            head -c 1044480 /dev/zero >fill; $FERRY -q --no-progress-meter -o f '\(server.url("/f"))'; echo $?; ls
            """)
        #expect(result.outText == "18\nfill\n", "\(result)")
        #expect(result.errText.contains("f.part.meta"), "\(result)")
    }
}

private let canMount: Bool = {
    let script = "mount -t tmpfs -o size=1m none /mnt"
    return (try? runProcess("unshare", ["--mount", "sh", "-c", script]).exitStatus) == 0
}()
