import Synchronization
import TestSupport

/// What the demo server answers.
enum DemoSite {
    static let help = """
        This is ferry's demo server. It has
          /                  this text
          /json              a JSON document
          /headers           the request as it came
          /bytes/N           N bytes
          /slow?ms=N         an answer after N milliseconds
          /redirect/N        N redirects, then this text
          /status/N          an answer with that status
          /health            {"status":"up"}; with ?after=N only after N requests, 503 before
          /version           the version of the server
        and gives back whatever is posted.

        """

    private static let healthRequests = Mutex(0)

    /// How often somebody asked how it is.
    private static func askedForHealth() -> Int {
        healthRequests.withLock {
            $0 += 1
            return $0
        }
    }

    @Sendable static func answer(_ request: RecordedRequest) -> [ServerStep] {
        let parts = request.path.split(separator: "/").map(String.init)
        let number = parts.count > 1 ? Int(parts[1]) : nil
        if request.method == "POST" || request.method == "PUT" {
            return reply(request, type: request.header("content-type") ?? "text/plain", request.bodyText)
        }
        switch (parts.first ?? "", number) {
        case ("", _):
            return reply(request, help)
        case ("json", _):
            return reply(request, type: "application/json", #"{"server": "demo", "works": true}"# + "\n")
        case ("health", _):
            let isEarly = request.query("after").flatMap { Int($0) }.map { askedForHealth() <= $0 } ?? false
            return isEarly
                ? reply(request, status: 503, type: "application/json", #"{"status":"starting"}"# + "\n")
                : reply(request, type: "application/json", #"{"status":"up"}"# + "\n")
        case ("version", _):
            return reply(request, type: "application/json", #"{"version":"1.0.0"}"# + "\n")
        case ("headers", _):
            return reply(request, request.head)
        case ("slow", _):
            let milliseconds = min(request.query("ms").flatMap { Int($0) } ?? 1000, 60_000)
            return [.delay(milliseconds: milliseconds)]
                + reply(request, "\(request.target) took \(milliseconds) ms\n")
        case ("bytes", let count?) where count >= 0:
            return bytes(request, count)
        case ("redirect", let count?) where count > 0:
            let next = count == 1 ? "/" : "/redirect/\(count - 1)"
            return reply(request, status: 302, extra: [("Location", next)], "on to \(next)\n")
        case ("status", let status?) where (200...599).contains(status):
            return reply(request, status: status, "status \(status)\n")
        default:
            return reply(request, status: 404, "there is nothing at \(request.path)\n")
        }
    }

    private static func reply(
        _ request: RecordedRequest, status: Int = 200, type: String = "text/plain",
        extra: [(String, String)] = [], _ body: String
    ) -> [ServerStep] {
        let hasNoBody = status == 204 || status == 304
        var headers = extra
        if !hasNoBody {
            headers += [("Content-Type", type), ("Content-Length", "\(body.utf8.count)")]
        }
        let sendsBody = !hasNoBody && request.method != "HEAD"
        return [.respond(status, headers, body: sendsBody ? body : "")]
    }

    private static func bytes(_ request: RecordedRequest, _ count: Int) -> [ServerStep] {
        let head = ServerStep.respond(
            200, [("Content-Type", "application/octet-stream"), ("Content-Length", "\(count)")])
        return request.method == "HEAD" ? [head] : [head, .sendRepeating(UInt8(ascii: "."), count: count)]
    }
}
