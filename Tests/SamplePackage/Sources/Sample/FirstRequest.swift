import HTTPClient

func firstRequest(to url: String) async throws -> String {
    try await withClient { client in
        let response = try await client.get(url)
        print(response.status, response[field: "Content-Type"] ?? "without a type")
        return try await response.text(upTo: 1 << 20)
    }
}

func post(_ text: String, to url: String, with client: HTTPClient) async throws -> Int {
    var request = try ClientRequest(url, method: "POST", body: .text(text))
    request[field: "Content-Type"] = "text/plain"
    request.login = .basic(user: "me", password: "secret")
    return try await client.execute(request).status
}

func sizes(of urls: [String]) async throws -> [Int] {
    let connector = try await TCPConnector {
        $0.limit = 20
        $0.limitPerHost = 4
    }
    let client = HTTPClient(connector: connector)
    let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
        for url in urls {
            group.addTask { try await client.get(url).collect(upTo: 1 << 24).count }
        }
        return try await group.reduce(into: []) { $0.append($1) }
    }
    print(await connector.statistics)
    await connector.close()
    return sizes
}
