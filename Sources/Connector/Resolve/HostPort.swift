/// A name and the port it was asked for.
public struct HostPort: Hashable, Sendable {
    /// Lower case.
    public let host: String
    /// The port.
    public let port: UInt16

    /// Names as the connector normalizes them.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}
