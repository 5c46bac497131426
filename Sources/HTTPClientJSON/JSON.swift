public import FoundationEssentials
public import HTTPClient

// JSON by Codable, apart from HTTPClient so that a program that needs none of it links no Foundation.

extension ClientRequest {
    /// A request whose body is `value` as JSON, with its `Content-Type`.
    /// - Parameters:
    ///   - url: as a person may type it; `http` where it names no scheme.
    ///   - method: POST unless said otherwise.
    ///   - value: is encoded at once.
    ///   - encoder: says how.
    /// - Throws: `HTTPURLError`, or what encoding throws.
    public init(
        _ url: String, method: String = "POST", json value: some Encodable,
        encoder: JSONEncoder = JSONEncoder()
    ) throws {
        try self.init(url, method: method, body: .bytes(try encoder.encode(value)))
        self[field: "Content-Type"] = "application/json"
        self[field: "Accept"] = "application/json"
    }
}

extension ClientResponse {
    /// Reads the body as JSON, whatever its `Content-Type` and the status.
    /// - Parameters:
    ///   - type: what it holds.
    ///   - limit: the most bytes to hold; more is an error, and ends the exchange.
    ///   - decoder: says how.
    /// - Returns: the value.
    /// - Throws: `ResponseTooLarge`, what reading the body throws, or `DecodingError`.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, upTo limit: Int = 16 << 20,
        using decoder: JSONDecoder = JSONDecoder()
    ) async throws -> Value {
        try decoder.decode(type, from: Data(try await collect(upTo: limit)))
    }
}
