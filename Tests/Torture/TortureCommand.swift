import TestSupport

/// A command line that is tortured, what it starts with and what is right at its end.
struct TortureCommand: Sendable {
    /// For `--only`.
    var name: String
    /// ferry's arguments; `$HTTP`, `$HTTPS`, `$SOCKET` and `$CA` are the servers' places.
    var arguments: [String]
    /// Files that are there before, by name.
    var before: [String: [UInt8]] = [:]
    /// Files that have this content after a success. What stood there before, or nothing, is right after a failure.
    var after: [String: [UInt8]] = [:]
    /// Files that grow in place: after a failure they may hold any beginning of what they hold after a success, no shorter
    /// than what they held before.
    var grows: Set<String> = []
    /// Files that are made before the transfer, to see whether they can be, and are empty after a failure.
    var mayBeEmpty: Set<String> = []
    /// Files whose content is another in each run, and what it contains after a success. A failure may leave less.
    var mentions: [String: [String]] = [:]
    /// What files that were there before contain whatever happens.
    var keeps: [String: [String]] = [:]
    /// What standard output is after a success; any beginning of it is right after a failure.
    var output: [UInt8] = []
}

extension TortureCommand {
    /// What the server answers at `/data`.
    static let data = patternBytes(300_000)
    /// What it answers at `/n/N`.
    static func page(_ number: Int) -> [UInt8] { patternBytes(40_000, seed: UInt64(number + 10)) }

    /// Of what an earlier run has left of `/data`.
    private static let meta = """
        {"ferry_part": 1, "url": "http://127.0.0.1/data", "name": "data", "etag": "\\"data\\"", "last_modified": null, \
        "length": 300000, "bytes":                5000, "part_time_ns":                   0}

        """

    /// The eight of them.
    static let all: [TortureCommand] = [
        TortureCommand(
            name: "download", arguments: ["-o", "data", "$HTTP/data"],
            before: [
                "data": bytes("old\n"), "data.part": Array(data[..<5000]), "data.part.meta": bytes(meta),
            ],
            after: ["data": data]),
        TortureCommand(
            name: "resume", arguments: ["-O", "-C", "-", "$HTTP/data"],
            before: ["data": Array(data[..<100_000])],
            after: ["data": data], grows: ["data"]),
        TortureCommand(
            name: "upload", arguments: ["-T", "source", "-o", "echo", "$HTTP/echo"], before: ["source": data],
            after: ["source": data, "echo": data]),
        TortureCommand(
            name: "parallel", arguments: ["-Z", "--limit", "3", "-o", "page-#1", "$HTTP/n/[1-6]"],
            after: Dictionary(uniqueKeysWithValues: (1...6).map { ("page-\($0)", page($0)) })),
        TortureCommand(
            name: "cookies", arguments: ["-b", "jar", "-c", "jar", "-o", "page", "$HTTP/cookie"],
            before: ["jar": bytes("127.0.0.1\tFALSE\t/\tFALSE\t4000000000\told\t1\n")],
            after: ["page": page(7)],
            mentions: ["jar": ["\tfresh\t2"]], keeps: ["jar": ["\told\t1"]]),
        TortureCommand(
            name: "https", arguments: ["--cacert", "$CA", "-o", "data", "$HTTPS/data"], after: ["data": data]),
        TortureCommand(
            name: "trace",
            arguments: ["--trace", "trace", "-D", "heads", "--etag-save", "tag", "-o", "page", "$HTTP/n/8"],
            after: ["page": page(8), "tag": bytes("\"n/8\"\n")], mayBeEmpty: ["tag"],
            mentions: ["trace": ["=> Send header", "<= Recv header"], "heads": ["200 OK", "ETag: \"n/8\""]]),
        TortureCommand(
            name: "unix", arguments: ["--unix-socket", "$SOCKET", "http://localhost/data"], output: data),
    ]

    /// The server's side of them.
    @Sendable static func answer(_ request: RecordedRequest) -> [ServerStep] {
        let words = request.path.split(separator: "/").map(String.init)
        switch (words.first ?? "", words.dropFirst().first.flatMap { Int($0) }) {
        case ("data", _):
            let start = request.header("range").flatMap {
                Int($0.dropFirst("bytes=".count).prefix { $0 != "-" })
            }
            guard let start, start > 0, start < data.count else { return ok(data, tag: "data") }
            let place = "bytes \(start)-\(data.count - 1)/\(data.count)"
            return [
                .sendBytes(
                    ServerStep.response(
                        206, [("Content-Range", place), ("ETag", "\"data\"")], body: Array(data[start...])))
            ]
        case ("echo", _): return ok(request.body, tag: "echo")
        case ("n", let number?): return ok(page(number), tag: "n/\(number)")
        case ("cookie", _):
            let cookie = ("Set-Cookie", "fresh=2; Path=/; Max-Age=100000")
            return [.sendBytes(ServerStep.response(200, [cookie], body: page(7)))]
        default: return [.respond(404)]
        }
    }

    private static func ok(_ body: [UInt8], tag: String) -> [ServerStep] {
        [.sendBytes(ServerStep.response(200, [("ETag", "\"\(tag)\"")], body: body))]
    }
}
