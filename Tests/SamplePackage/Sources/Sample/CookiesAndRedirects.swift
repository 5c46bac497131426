import HTTPClient

func browser() -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    configuration.cookies = CookieJar()
    configuration.redirects?.limit = 5
    configuration.fields = [HeaderField(name: "User-Agent", value: "sample/1")]
    return HTTPClient(configuration)
}

func wayOf(_ url: String, with client: HTTPClient) async throws -> [String] {
    let log = Log()
    let response = try await client.execute(ClientRequest(url), listener: log)
    _ = try await response.collect(upTo: 1 << 20)
    return await log.lines
}

@LoopActor
final class Log: TransferListener {
    private(set) var lines: [String] = []

    func hear(_ event: TransferEvent) {
        switch event.kind {
        case .hopBegan(let request): lines.append("\(request.method) \(request.url.path)")
        case .head(let head, _, let fate): lines.append("\(head.status) \(fate)")
        default: break
        }
    }
}
