/// One thing that a `ScriptedServer` does on a connection.
public enum ServerStep: Sendable {
    /// Reads one whole request, head and body, and records it.
    case expectRequest
    /// Reads a request's head only, to answer before the body (`100 Continue`, an early error). Follow with
    /// `expectBody`, or with anything else to leave the body unread.
    case expectHead
    /// Reads the body of the head read last; together they are recorded as one request.
    case expectBody
    /// Reads exactly this many bytes without making a request of them.
    case expectBytes(Int)
    /// Sends text as it stands.
    case send(String)
    /// Sends bytes as they stand.
    case sendBytes([UInt8])
    /// Sends each byte with a call of its own, Nagle's algorithm off.
    case sendByteByByte(String)
    /// Sends one byte value `count` times, in large pieces.
    case sendRepeating(UInt8, count: Int)
    /// Waits until the test opens the gate.
    case pause(until: Gate)
    /// Opens a gate: tells the test that the script came here.
    case open(Gate)
    /// Waits. For the few cases where time itself is the subject.
    case delay(milliseconds: Int)
    /// Makes TLS of the connection from here on, as after a CONNECT.
    case startTLS(ServerTLS)
    /// Connects to an address and relays both ways until one side ends, as a proxy does after CONNECT.
    case tunnel(to: ListenAddress)
    /// Changes this side's keys, as TLS 1.3 lets either side do at any time.
    case updateKeys
    /// Ends the sending side and reads on. TLS sends close_notify first.
    case shutdownWrite
    /// Closes the connection in the ordinary way: close_notify under TLS, then FIN.
    case close
    /// Closes with FIN but, under TLS, without close_notify: a truncation.
    case closeAbruptly
    /// Closes with RST.
    case reset
    /// Reads and records whatever comes, and answers nothing, until the client goes.
    case hold
    /// Runs the steps again and again until the client goes.
    case forever([ServerStep])
}

extension ServerStep {
    /// Sends a response with `Content-Length`. A field in `headers` with that name replaces it.
    public static func respond(
        _ status: Int = 200, _ headers: [(String, String)] = [], body: String = ""
    ) -> ServerStep {
        .sendBytes(response(status, headers, body: Array(body.utf8)))
    }

    /// The bytes of a response with `Content-Length`; a field in `headers` with that name replaces it.
    public static func response(_ status: Int, _ headers: [(String, String)] = [], body: [UInt8]) -> [UInt8] {
        var head = "HTTP/1.1 \(status) \(reason(status))\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        let mayHaveBody = status >= 200 && status != 204 && status != 304
        if mayHaveBody, !headers.contains(where: { $0.0.lowercased() == "content-length" }) {
            head += "Content-Length: \(body.count)\r\n"
        }
        return Array((head + "\r\n").utf8) + body
    }

    private static func reason(_ status: Int) -> String {
        let known = [
            100: "Continue", 103: "Early Hints", 200: "OK", 201: "Created", 204: "No Content",
            206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
            304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request",
            401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
            408: "Request Timeout", 416: "Range Not Satisfiable", 417: "Expectation Failed",
            429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
            503: "Service Unavailable", 504: "Gateway Timeout",
        ]
        return known[status] ?? "Status"
    }
}

/// A request as it came over the wire.
public struct RecordedRequest: Sendable {
    /// Which accepted connection it came on, the first being 0.
    public var connection: Int
    /// Its head, exact, through the blank line; what is not UTF-8 is read as ISO-8859-1.
    public var head: String
    /// Its body as it was framed: chunk sizes and all.
    public var rawBody: [UInt8]
    /// Its body without the framing.
    public var body: [UInt8]

    /// Head and body as one text, exact but for invalid UTF-8.
    public var text: String { head + String(decoding: rawBody, as: UTF8.self) }
    /// The body as text.
    public var bodyText: String { String(decoding: body, as: UTF8.self) }
    /// The request line without its end.
    public var line: String { lines.first ?? "" }
    /// The first word of the request line.
    public var method: String { String(line.prefix { $0 != " " }) }
    /// The second word of the request line.
    public var target: String {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        return words.count > 1 ? String(words[1]) : ""
    }
    /// The path of the target, without the query.
    public var path: String { String(target.prefix { $0 != "?" }) }
    /// The value of a query parameter, as it stands in the target; nil when there is none.
    public func query(_ name: String) -> String? {
        guard let mark = target.firstIndex(of: "?") else { return nil }
        for pair in target[mark...].dropFirst().split(separator: "&") where pair.hasPrefix("\(name)=") {
            return String(pair.dropFirst(name.count + 1))
        }
        return nil
    }
    /// The header lines in order, each `name: value` as received.
    public var headerLines: [String] { Array(lines.dropFirst()) }
    /// The value of the first field with this name, in any case; nil when there is none.
    public func header(_ name: String) -> String? { headers(name).first }
    /// The values of all fields with this name, in any case.
    public func headers(_ name: String) -> [String] {
        headerLines.compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased()
            else {
                return nil
            }
            return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        }
    }

    private var lines: [String] {
        head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
    }
}

/// How a connection of a `ScriptedServer` came to its end.
public enum ConnectionEnding: Sendable, Equatable {
    /// The client sent FIN (under TLS: without close_notify).
    case clientClosed
    /// The client sent close_notify.
    case clientCloseNotify
    /// The client reset the connection.
    case clientReset
    /// The script closed it, with FIN or RST.
    case serverClosed
    /// The fixture was stopped while it was open.
    case stopped
    /// Something broke: a TLS alert or error, a body cut short, a malformed request.
    case failed(String)
}

/// What happened on one accepted connection.
public struct ConnectionRecord: Sendable {
    /// Its place in the order of accepting, from 0.
    public let index: Int
    /// Everything that came, decrypted, requests and what was not made a request of.
    public internal(set) var received: [UInt8] = []
    /// The requests on it, in order.
    public internal(set) var requests: [RecordedRequest] = []
    /// What the handshake settled; nil before it is through, and without TLS.
    public internal(set) var tls: TLSRecord?
    /// How it ended; nil while it is open.
    public internal(set) var ending: ConnectionEnding?
}
