import Foundation
import HTTPClient
import HTTPClientJSON

struct Item: Codable, Equatable {
    var name: String
    var madeAt: Date
}

func exchange(_ item: Item, at url: String, with client: HTTPClient) async throws -> Item {
    let response = try await client.execute(ClientRequest(url, json: item))
    return try await response.decode()
}

/// Names of this library beside Foundation's: none has to be qualified.
func place(_ text: String) throws -> (HTTPURL, URL?) {
    (try HTTPURL.parse(text), URL(string: text))
}
