import Testing

@testable import FerryCLI

@Suite struct TraceFormatterTests {
    func show(
        _ events: [(TraceEvent, String)], _ formatter: TraceFormatter, stamp: String = ""
    ) -> String {
        var formatter = formatter
        var result: [UInt8] = []
        for (event, text) in events {
            result += Array(text.utf8).withUnsafeBytes { formatter.text(for: event, $0, stamp: stamp) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    @Test func `verbose marks each line`() {
        let text = show(
            [
                (.info, "Trying 127.0.0.1:80..."),
                (.headerSent, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                (.headerReceived, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"),
                (.dataReceived, "12345"),
                (.dataReceived, "678"),
                (.info, "Connection #0 to host h left intact"),
            ], TraceFormatter(style: .verbose))
        #expect(
            text == """
                * Trying 127.0.0.1:80...
                > GET / HTTP/1.1\r
                > Host: h\r
                > \r
                < HTTP/1.1 200 OK\r
                < Server: x\r
                < \r
                { [5 bytes data]
                * Connection #0 to host h left intact

                """)
    }

    @Test func `verbose tells each run of data once`() {
        let text = show(
            [(.dataSent, "ab"), (.dataSent, "c"), (.dataReceived, "d"), (.info, "x"), (.dataReceived, "ef")],
            TraceFormatter(style: .verbose))
        #expect(text == "} [2 bytes data]\n{ [1 bytes data]\n* x\n{ [2 bytes data]\n")
    }

    @Test func `verbose leaves out data when the body is on a terminal`() {
        let formatter = TraceFormatter(style: .verbose, showsDataRuns: false)
        #expect(show([(.dataReceived, "x"), (.dataSent, "y")], formatter) == "")
    }

    @Test func `secrets are shown only when asked for`() {
        let event: [(TraceEvent, String)] = [(.headerSent, "Authorization: Bearer abc\r\n")]
        #expect(show(event, TraceFormatter(style: .verbose)) == "> Authorization: Bearer [redacted]\r\n")
        #expect(
            show(event, TraceFormatter(style: .verbose, secrets: Secrets(isShown: true)))
                == "> Authorization: Bearer abc\r\n")
    }

    @Test func `headers cannot drive a terminal`() {
        let event: [(TraceEvent, String)] = [(.headerReceived, "X: \u{1B}[2J\r\n")]
        #expect(show(event, TraceFormatter(style: .verbose, isForTerminal: true)) == "< X: \\x1B[2J\r\n")
        #expect(show(event, TraceFormatter(style: .verbose)) == "< X: \\x1B[2J\r\n")
        #expect(
            show([(.info, "a\u{1B}b\u{E9}")], TraceFormatter(style: .ascii)) == "== Info: a\\x1Bb\u{E9}\n")
    }

    @Test func `each line has the stamp`() {
        let text = show(
            [(.info, "a"), (.headerSent, "X\r\nY\r\n"), (.dataSent, "z")], TraceFormatter(style: .verbose),
            stamp: "12:00:00.000001 ")
        #expect(
            text == """
                12:00:00.000001 * a
                12:00:00.000001 > X\r
                12:00:00.000001 > Y\r
                12:00:00.000001 } [1 bytes data]

                """)
    }

    @Test func `the ASCII trace dumps lines of a block with offsets`() {
        let text = show(
            [
                (.info, "hello"),
                (.headerSent, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                (.headerReceived, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
                (.dataReceived, "x\u{1}y\n"),
            ], TraceFormatter(style: .ascii))
        #expect(
            text == """
                == Info: hello
                => Send header, 27 bytes (0x1b)
                0000: GET / HTTP/1.1
                0010: Host: h
                0019: \n\
                <= Recv header, 17 bytes (0x11)
                0000: HTTP/1.1 200 OK
                <= Recv header, 6 bytes (0x6)
                0000: A: b
                <= Recv header, 2 bytes (0x2)
                0000: \n\
                <= Recv data, 4 bytes (0x4)
                0000: x.y.

                """)
    }

    @Test func `the ASCII trace has 64 bytes to a line and no empty line after a full one`() {
        let row = String(repeating: "a", count: 64)
        #expect(
            show([(.dataSent, row + "bc")], TraceFormatter(style: .ascii))
                == "=> Send data, 66 bytes (0x42)\n0000: \(row)\n0040: bc\n")
        #expect(
            show([(.dataSent, row + "\r\nbc")], TraceFormatter(style: .ascii))
                == "=> Send data, 68 bytes (0x44)\n0000: \(row)\n0042: bc\n")
    }

    @Test func `the hex trace has 16 bytes to a line`() {
        #expect(
            show([(.dataReceived, "0123456789abcdef\r\n")], TraceFormatter(style: .hex))
                == """
                <= Recv data, 18 bytes (0x12)
                0000: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef
                0010: 0d 0a                                           ..

                """)
    }

    @Test func `a redacted line keeps the size it had, and a folded secret stays hidden`() {
        let text = show(
            [(.headerReceived, "Set-Cookie: a=secret\r\n more\r\n")], TraceFormatter(style: .ascii))
        #expect(
            text == """
                <= Recv header, 22 bytes (0x16)
                0000: Set-Cookie: a=[redacted]
                <= Recv header, 7 bytes (0x7)
                0000:  [redacted]

                """)
    }

    @Test func `the writer stamps and writes`() {
        let probe = StreamProbe(isTerminal: false)
        let moment = WallTime(seconds: 0, microseconds: 42)
        let writer = TraceWriter(stream: probe.stream, style: .verbose, showsTime: true, now: { moment })
        writer.info("x")
        Array("123456789".utf8).withUnsafeBytes { writer.record(.dataReceived, $0) }
        let clock = moment.localClock
        #expect(clock.hasSuffix(".000042"))
        #expect(probe.text == "\(clock) * x\n\(clock) { [9 bytes data]\n")
    }
}
