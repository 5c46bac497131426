import HTTPClient

func head(over socket: String) async throws -> String {
    try await withClient(makeConnector: { try UnixConnector(path: socket) }) { client in
        try await client.get("http://localhost/headers").text(upTo: 1 << 16)
    }
}
