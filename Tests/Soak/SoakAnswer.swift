/// How the server answers the request of a number, and what may come of it.
enum SoakAnswer: CaseIterable {
    /// Whole answers: by length, by chunks, by the end of the connection, without a body, and one after which it closes.
    case length, chunked, untilClose, noContent, closing
    /// Another status; a redirect to the same number, answered by length then.
    case unavailable, redirect
    /// Faults: the connection is reset or closed instead of an answer, cut or reset in a body, or holds nonsense.
    case reset, close, cutBody, resetBody, twoLengths, noHTTP, badChunk
    /// Silence until the client goes.
    case stall

    /// The same for the same number, spread without a pattern.
    init(number: Int) {
        var mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 29
        mixed = mixed &* 0xBF58_476D_1CE4_E5B9
        switch (mixed >> 32) % 5000 {
        case 0: self = .stall
        case 1..<20: self = .reset
        case 20..<40: self = .close
        case 40..<60: self = .cutBody
        case 60..<80: self = .resetBody
        case 80..<100: self = .twoLengths
        case 100..<120: self = .noHTTP
        case 120..<140: self = .badChunk
        case 140..<200: self = .unavailable
        case 200..<400: self = .redirect
        case 400..<500: self = .closing
        case 500..<600: self = .untilClose
        case 600..<800: self = .noContent
        case 800..<2000: self = .chunked
        default: self = .length
        }
    }

    /// The exit code and status that a transfer may end with, as `-w` writes them.
    func allows(code: Int, status: Int) -> Bool {
        switch self {
        case .length, .chunked, .untilClose, .closing, .redirect: (code, status) == (0, 200)
        case .noContent: (code, status) == (0, 204)
        case .unavailable: (code, status) == (0, 503)
        case .reset, .close: [52, 55, 56].contains(code) && status == 0
        case .cutBody: code == 18 && status == 200
        case .resetBody: [18, 56].contains(code) && [0, 200].contains(status)
        case .twoLengths, .noHTTP, .badChunk: code != 0 && code != 28
        case .stall: (code, status) == (28, 0)
        }
    }

    /// How a connection goes on after the answer.
    enum End { case open, close, reset, silence }

    /// What is sent, and what follows.
    func bytes(number: Int, isSecond: Bool) -> (text: String, end: End) {
        let body = String(repeating: "s", count: number * 7 % 3000)
        func ok(_ fields: String, _ body: String) -> String { "HTTP/1.1 200 OK\r\n\(fields)\r\n\r\n\(body)" }
        let whole = ok("Content-Length: \(body.utf8.count)", body)
        switch self {
        case .length: return (whole, .open)
        case .redirect where isSecond: return (whole, .open)
        case .redirect:
            return ("HTTP/1.1 302 Found\r\nLocation: ?second\r\nContent-Length: 2\r\n\r\ngo", .open)
        case .chunked:
            let half = String(body.utf8.count, radix: 16)
            let chunk = body.isEmpty ? "" : "\(half)\r\n\(body)\r\n"
            return (ok("Transfer-Encoding: chunked", "\(chunk)0\r\n\r\n"), .open)
        case .untilClose: return (ok("Connection: close", body), .close)
        case .noContent: return ("HTTP/1.1 204 No Content\r\n\r\n", .open)
        case .closing: return (ok("Connection: close\r\nContent-Length: \(body.utf8.count)", body), .close)
        case .unavailable: return ("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", .open)
        case .reset: return ("", .reset)
        case .close: return ("", .close)
        case .cutBody: return (ok("Content-Length: \(body.utf8.count + 10)", body), .close)
        case .resetBody: return (ok("Content-Length: \(body.utf8.count + 10)", body), .reset)
        case .twoLengths: return (ok("Content-Length: 3\r\nContent-Length: 4", "abcd"), .close)
        case .noHTTP: return ("SSH-2.0-x\r\n\r\n", .close)
        case .badChunk: return (ok("Transfer-Encoding: chunked", "xyz\r\nhello\r\n"), .close)
        case .stall: return ("", .silence)
        }
    }
}
