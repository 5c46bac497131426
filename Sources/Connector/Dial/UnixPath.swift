internal import HTTPCore
internal import Sockets

/// From a path as the user writes it to an address.
enum UnixPath {
    static func address(_ path: String) throws(ConnectorOptionError) -> SocketAddress {
        let bytes = CarriedText.bytes(of: path).bytes
        let reason: String?
        if path.isEmpty || path == "@" {
            reason = "it is empty"
        } else if bytes.contains(0) {
            reason = "it has a NUL byte"
        } else if bytes.count > SocketAddress.longestUnixPath {
            reason = "it is longer than \(SocketAddress.longestUnixPath) bytes"
        } else {
            reason = nil
        }
        if let reason { throw .invalid(option: "path", value: path, reason: reason) }
        return .unix(bytes.first == UInt8(ascii: "@") ? [0] + bytes.dropFirst() : bytes)
    }
}
