import HTTPClient

func size(of url: String, with client: HTTPClient) async throws -> Int {
    let response = try await client.get(url)
    var size = 0
    for try await piece in response.body {
        size += piece.count
    }
    return size
}

func count(to url: String, with client: HTTPClient) async throws -> String {
    let numbers = AsyncStream<[UInt8]> { numbers in
        for number in 1...3 { numbers.yield(Array("\(number)\n".utf8)) }
        numbers.finish()
    }
    let request = try ClientRequest(url, method: "POST", body: .stream(numbers))
    return try await client.execute(request).text(upTo: 1000)
}

func upload(_ file: String, to url: String, with client: HTTPClient) async throws -> Int {
    let request = try ClientRequest(url, method: "PUT", body: .file(file))
    return try await client.execute(request).status
}
