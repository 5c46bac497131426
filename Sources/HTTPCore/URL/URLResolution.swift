extension HTTPURL {
    /// The URL that `reference`, the value of a `Location` say, means when this one is the base
    /// (RFC 3986 §5.2).
    ///
    /// Raw spaces, tabs and bytes beyond ASCII are encoded, blanks around it are dropped, control bytes are refused.
    /// Dot segments are always removed. User and password are kept unless the reference names a host.
    ///
    /// - Parameters:
    ///   - reference: Absolute, or relative in any of the RFC's ways.
    ///   - keepingFragment: Keeps this URL's fragment when the reference has none, as a redirect does
    ///     (RFC 9110 §10.2.2).
    ///   - crossesSockets: Lets the reference lead anywhere.
    /// - Returns: The absolute URL.
    /// - Throws: `HTTPURLError`, also for a reference from a network URL to a Unix socket, from one socket to another, or
    ///   from a socket to the network: a server must not choose the local sockets that a client talks to, nor send what
    ///   was meant for one elsewhere. A reference to the host that was named to the socket stays on it.
    public func resolve(
        reference: String, keepingFragment: Bool = true, crossesSockets: Bool = false
    ) throws(HTTPURLError) -> HTTPURL {
        try resolve(
            reference: Array(reference.utf8), keepingFragment: keepingFragment, crossesSockets: crossesSockets
        )
    }

    /// The same for the bytes of a header field, which need not be UTF-8.
    public func resolve(
        reference: [UInt8], keepingFragment: Bool = true, crossesSockets: Bool = false
    ) throws(HTTPURLError) -> HTTPURL {
        let bytes = Array(reference.trimmingBlanks())
        let parser = URLParser(
            text: String(decoding: bytes, as: UTF8.self), bytes: bytes, encodesBlanks: true)
        var result = self
        if !bytes.isEmpty {
            try parser.checkBytes()
            result = try target(parser)
        } else {
            result.parts.fragment = nil
        }
        if keepingFragment { result.parts.fragment = result.fragment ?? fragment }
        if scheme.isUnixSocket, !result.scheme.isUnixSocket {
            // The server names itself as it was named to it: the socket is meant, not a host of the network.
            guard result.scheme.isTLS == scheme.isTLS, result.hostHeader == hostHeader else {
                if crossesSockets { return result }
                throw parser.error(.foreignSocket)
            }
            var stayed = self
            stayed.parts.path = result.parts.path
            stayed.parts.query = result.parts.query
            stayed.parts.fragment = result.parts.fragment
            return stayed
        }
        let isSameSocket = CarriedText.areSame(result.socketPath, socketPath)
        guard crossesSockets || !result.scheme.isUnixSocket || isSameSocket else {
            throw parser.error(.foreignSocket)
        }
        return result
    }

    /// The cases of RFC 3986 §5.2.2, in its order.
    private func target(_ parser: URLParser) throws(HTTPURLError) -> HTTPURL {
        if let length = parser.schemeLength(at: 0, needsSlash: false) {
            let scheme = try parser.scheme(length: length)
            return try parser.url(scheme, fromSlashesAt: length + 1, pathAsIs: false)
        }
        if parser.bytes.starts(with: "//".utf8) {
            let result = try parser.url(scheme, fromSlashesAt: 0, pathAsIs: false)
            // Behind the slashes stands a socket, or the host that was named to it.
            let begin = result.socketPath?.utf8.first
            guard begin != nil, begin != UInt8(ascii: "/"), begin != UInt8(ascii: "@") else { return result }
            return try parser.url(scheme.isTLS ? .https : .http, fromSlashesAt: 0, pathAsIs: false)
        }
        let parts = parser.parts(from: 0)
        var result = self
        result.parts.fragment = parts.fragment
        if parts.path.isEmpty {
            result.parts.query = parts.query ?? query
            return result
        }
        result.parts.query = parts.query
        if parts.path.utf8.first == UInt8(ascii: "/") {
            result.parts.path = Self.removingDotSegments(parts.path)
        } else {
            let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? "/"
            result.parts.path = Self.removingDotSegments(folder + parts.path)
        }
        return result
    }
}
