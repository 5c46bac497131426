/// Reads `[user[:password]@]host[:port]` (RFC 3986 §3.2).
struct AuthorityParser {
    struct Authority {
        var user: String?
        var password: String?
        var host = ""
        var zone: String?
        var socketPath: String?
        var port: UInt16?
    }

    let text: String
    /// Offsets are those of the whole text.
    let bytes: ArraySlice<UInt8>
    /// The host is an encoded path.
    var isSocket = false
    /// `host:` means the default port; not so where it may be a mistyped scheme.
    var allowsEmptyPort = true
    var subject = HTTPURLError.Subject.url

    private func error(_ reason: HTTPURLError.Reason, at position: Int? = nil) -> HTTPURLError {
        HTTPURLError(reason, in: text, at: position, subject: subject)
    }

    func parse() throws(HTTPURLError) -> Authority {
        var result = Authority()
        var hostPart = bytes
        if let at = bytes.firstIndex(of: UInt8(ascii: "@")) {
            try readUserinfo(bytes[..<at], into: &result)
            hostPart = bytes[(at + 1)...]
            // The host depends on whether the first or the last `@` counts, and parsers disagree.
            if let second = hostPart.firstIndex(of: UInt8(ascii: "@")) {
                throw error(.extraAtSign, at: second)
            }
        }
        if isSocket {
            try readSocket(hostPart, into: &result)
        } else if hostPart.first == UInt8(ascii: "[") {
            guard let bracket = hostPart.firstIndex(of: UInt8(ascii: "]")) else {
                throw error(.unclosedBracket, at: hostPart.startIndex)
            }
            try readIPv6(hostPart[(hostPart.startIndex + 1)..<bracket], into: &result)
            try readPort(hostPart[(bracket + 1)...], into: &result)
        } else {
            let colon = hostPart.firstIndex(of: UInt8(ascii: ":")) ?? hostPart.endIndex
            result.host = try hostName(hostPart[..<colon])
            try readPort(hostPart[colon...], into: &result)
        }
        return result
    }

    private func readUserinfo(_ part: ArraySlice<UInt8>, into result: inout Authority) throws(HTTPURLError) {
        // Decoded control bytes would end up in a header or in the line of a SOCKS or netrc dialogue.
        if PercentCoding.decodeLeniently(part).contains(where: ASCII.isControl) {
            throw error(.userinfoControlByte, at: part.startIndex)
        }
        let colon = part.firstIndex(of: UInt8(ascii: ":")) ?? part.endIndex
        result.user = HTTPURL.encodingRawBytes(part[..<colon], space: "%20")
        if colon < part.endIndex {
            result.password = HTTPURL.encodingRawBytes(part[(colon + 1)...], space: "%20")
        }
    }

    private func readSocket(_ part: ArraySlice<UInt8>, into result: inout Authority) throws(HTTPURLError) {
        if let colon = part.firstIndex(of: UInt8(ascii: ":")) { throw error(.socketPort, at: colon) }
        guard let path = PercentCoding.decode(part) else { throw error(.hostEscape, at: part.startIndex) }
        if let byte = path.first(where: ASCII.isControl) {
            throw error(.controlByte(byte), at: part.startIndex)
        }
        guard !path.isEmpty else { throw error(.socketPath, at: part.startIndex) }
        result.socketPath = CarriedText.text(of: path)
        result.host = "localhost"
    }

    private func readIPv6(_ part: ArraySlice<UInt8>, into result: inout Authority) throws(HTTPURLError) {
        let percent = part.firstIndex(of: UInt8(ascii: "%")) ?? part.endIndex
        guard let value = IPAddress.parseIPv6(part[..<percent]) else {
            throw error(.ipv6, at: part.startIndex)
        }
        result.host = IPAddress.v6(value, zone: nil).description
        guard percent < part.endIndex else { return }
        // RFC 6874 writes the zone's `%` as `%25`; a bare one is what people paste from `ip address`.
        var zone = part[(percent + 1)...]
        if zone.count > 2, zone.starts(with: "25".utf8) { zone = zone.dropFirst(2) }
        guard let name = IPAddress.parseZone(zone) else { throw error(.zone, at: percent) }
        result.zone = name
    }

    /// A name is decoded first, so that no escape hides what is asked for.
    private func hostName(_ part: ArraySlice<UInt8>) throws(HTTPURLError) -> String {
        guard !part.isEmpty else { throw error(.noHost, at: part.startIndex) }
        var name = part
        if let percent = part.firstIndex(of: UInt8(ascii: "%")) {
            guard let decoded = PercentCoding.decode(part) else { throw error(.hostEscape, at: percent) }
            name = decoded[...]
        }
        if name.contains(where: { $0 >= 0x80 }) {
            guard InternationalName.isAvailable else { throw error(.nonASCIIHost, at: part.startIndex) }
            guard let ascii = InternationalName.ascii(name) else {
                throw error(.internationalHost, at: part.startIndex)
            }
            guard !ascii.isEmpty else { throw error(.noHost, at: part.startIndex) }
            name = ascii[...]
        }
        if let odd = name.firstIndex(where: { !ASCII.isUnreserved($0) }) {
            let position = name.count == part.count ? odd : part.startIndex
            throw error(.hostByte(name[odd]), at: position)
        }
        if name.first == UInt8(ascii: ".") { throw error(.leadingDot, at: part.startIndex) }
        // Numbers that mean an address are written as one, so that nothing after this compares two spellings.
        if let address = IPAddress.addressInNumbers(name) { return IPAddress.v4(address).description }
        return String(decoding: name.map(ASCII.lowercased), as: UTF8.self)
    }

    /// `part` is empty or should begin with a colon.
    private func readPort(_ part: ArraySlice<UInt8>, into result: inout Authority) throws(HTTPURLError) {
        guard let first = part.first else { return }
        guard first == UInt8(ascii: ":") else { throw error(.port, at: part.startIndex) }
        let digits = part.dropFirst()
        if digits.isEmpty, allowsEmptyPort { return }
        var value = 0
        for position in digits.indices {
            guard ASCII.isDigit(digits[position]) else { throw error(.port, at: position) }
            value = value * 10 + Int(digits[position] - 0x30)
            guard value <= 0xFFFF else { throw error(.port, at: digits.startIndex) }
        }
        guard !digits.isEmpty else { throw error(.port, at: part.startIndex) }
        result.port = UInt16(value)
    }
}
