internal import Sockets

/// From a path as the user writes it to an address.
enum UnixPath {
    static func address(_ path: String) throws(ConnectorOptionError) -> SocketAddress {
        let reason: String?
        if path.isEmpty || path == "@" {
            reason = "it is empty"
        } else if path.utf8.contains(0) {
            reason = "it has a NUL byte"
        } else if path.utf8.count > SocketAddress.longestUnixPath {
            reason = "it is longer than \(SocketAddress.longestUnixPath) bytes"
        } else {
            reason = nil
        }
        if let reason { throw .invalid(option: "path", value: path, reason: reason) }
        return .unix(path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8))
    }
}
