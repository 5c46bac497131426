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

extension HostPort {
    /// What a proxy is told: the zone of an IPv6 address, which names an interface of this machine, is left out (RFC 6874
    /// §1).
    var withoutZone: HostPort {
        guard host.utf8.contains(UInt8(ascii: "%")), host.utf8.contains(UInt8(ascii: ":")) else {
            return self
        }
        return HostPort(host: String(host.prefix { $0 != "%" }), port: port)
    }
}
