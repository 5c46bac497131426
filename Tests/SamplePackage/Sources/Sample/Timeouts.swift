import HTTPClient

func impatient() -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.timeouts.connect = .seconds(5)
    configuration.timeouts.idle = .seconds(10)
    configuration.timeouts.total = .seconds(60)
    return configuration
}

func fastest(of urls: [String], with client: HTTPClient) async throws -> String? {
    try await withThrowingTaskGroup(of: String.self) { group in
        for url in urls {
            group.addTask { try await client.get(url, timeout: .seconds(30)).text(upTo: 1 << 20) }
        }
        defer { group.cancelAll() }
        return try await group.next()
    }
}

func whyNot(_ url: String, with client: HTTPClient) async -> String {
    do {
        _ = try await client.get(url, timeout: .milliseconds(50)).collect(upTo: 1 << 20)
        return "all is well"
    } catch let error as RequestError {
        // GET http://a.test/: timed out while waiting for the response
        return "\(error)"
    } catch {
        return "something else: \(error)"
    }
}
