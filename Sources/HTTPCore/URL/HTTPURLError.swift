/// Why a text is not a URL that can be fetched.
///
/// `description` never shows a user or a password that stands in the text, nor raw control bytes.
public struct HTTPURLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the text was meant to be.
    public enum Subject: Hashable, Sendable {
        /// The address of a resource.
        case url
        /// The address of a proxy.
        case proxy
    }

    /// What is wrong with the text.
    public enum Reason: Hashable, Sendable {
        /// There is no text.
        case empty
        /// The text is longer than `HTTPURL.maximumLength`.
        case tooLong
        /// A byte below 0x20, or 0x7F.
        case controlByte(UInt8)
        /// A space; in a URL it is written `%20`.
        case space
        /// Well-formed, but nothing here speaks this scheme (lower case).
        case unsupportedScheme(String)
        /// Not one to three slashes after the scheme's colon.
        case slashes
        /// Nothing between the slashes and the path.
        case noHost
        /// A byte that no host name has.
        case hostByte(UInt8)
        /// A host name that begins with a dot; no such name resolves, and in cookie domains the dot has a meaning.
        case leadingDot
        /// A host name beyond ASCII on a machine without libidn2: its punycode form (`xn--…`) is wanted.
        case nonASCIIHost
        /// A host name beyond ASCII that no domain can have.
        case internationalHost
        /// `%` without two hexadecimal digits, in the host.
        case hostEscape
        /// `[` without `]`.
        case unclosedBracket
        /// What stands in brackets is not an IPv6 address.
        case ipv6
        /// The zone of an IPv6 address is empty, longer than 15 bytes, or holds odd bytes.
        case zone
        /// The port is not a decimal number up to 65535.
        case port
        /// A second `@`; parsers disagree on which of them ends the userinfo.
        case extraAtSign
        /// User name or password holds an encoded control byte.
        case userinfoControlByte
        /// The socket path of a `http+unix` URL is absent or not encoded.
        case socketPath
        /// A port in a URL that names a Unix socket.
        case socketPort
        /// A reference leads to a Unix socket that its base does not use already.
        case foreignSocket
    }

    /// The offending text as given, passwords included.
    public let text: String
    /// Offset of the offending byte in the text's UTF-8, where one can be named.
    public let position: Int?
    /// What is wrong.
    public let reason: Reason
    /// What the text was meant to be.
    public let subject: Subject

    /// An error for `text`.
    public init(_ reason: Reason, in text: String, at position: Int? = nil, subject: Subject = .url) {
        self.text = text
        self.position = position
        self.reason = reason
        self.subject = subject
    }

    /// One sentence that names the text (shortened, logins and secret query parameters hidden) and the reason.
    public var description: String {
        let name = subject == .url ? "URL" : "proxy URL"
        let (shown, isWhole) = shownText
        let length = isWhole ? "" : " (\(text.utf8.count) bytes)"
        return "bad \(name) '\(shown)'\(length): \(reason.description)"
    }

    /// The start of the text, and whether that is all of it.
    private var shownText: (text: String, isWhole: Bool) {
        let limit = 200
        var bytes = Array(text.utf8)
        hidePassword(in: &bytes)
        var shown = ""
        var length = 0
        let visible = SecretPairs.hidden(
            String(decoding: bytes.prefix(limit * 4), as: UTF8.self), mark: "***")
        for scalar in visible.unicodeScalars {
            length += 1
            guard length <= limit else { return (shown + "…", false) }
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
                shown += "\\x" + PercentCoding.hexDigits(UInt8(scalar.value))
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return (shown, true)
    }

    /// A password with a raw `/`, `?` or `#` ends the authority early and shows up as a bad port or host,
    /// so an `@` anywhere later counts as the end of the userinfo unless the authority parsed well.
    private func hidePassword(in bytes: inout [UInt8]) {
        var start = 0
        // A reference may have the slashes alone.
        if bytes.starts(with: "//".utf8) { start = bytes.prefix { $0 == UInt8(ascii: "/") }.count }
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[..<colon].allSatisfy(HTTPURL.isSchemeByte),
            bytes[(colon + 1)...].first == UInt8(ascii: "/")
        {
            start = colon + 1
            while start < bytes.count, bytes[start] == UInt8(ascii: "/") { start += 1 }
        }
        var end = bytes.count
        switch reason {
        case .port, .hostByte, .nonASCIIHost, .internationalHost, .hostEscape, .space, .controlByte, .noHost,
            .extraAtSign:
            break
        default:
            end = bytes[start...].firstIndex(where: { HTTPURL.authorityEnds(at: $0) }) ?? end
        }
        guard let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")), start < at else { return }
        // A token may stand in the place of a user. Without a password nothing but the authority holds one.
        let mayHoldPassword = bytes[start..<at].contains(UInt8(ascii: ":"))
        guard mayHoldPassword || !bytes[start..<at].contains(where: HTTPURL.authorityEnds(at:)) else {
            return
        }
        bytes.replaceSubrange(start..<at, with: "***".utf8)
    }
}

extension HTTPURLError.Reason: CustomStringConvertible {
    /// The reason as the second half of a sentence.
    public var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong: "it is longer than \(HTTPURL.maximumLength) bytes"
        case .controlByte(let byte): "it holds the control byte 0x\(PercentCoding.hexDigits(byte))"
        case .space: "it holds a space, which is written %20"
        case .unsupportedScheme(let scheme): "the scheme '\(ASCII.excerpt(scheme.utf8))' is not supported"
        case .slashes: "the scheme is not followed by '://'"
        case .noHost: "no host"
        case .hostByte(let byte):
            if byte > 0x20, byte < 0x7F {
                "'\(Character(Unicode.Scalar(byte)))' cannot stand in a host name"
            } else {
                "the byte 0x\(PercentCoding.hexDigits(byte)) cannot stand in a host name"
            }
        case .leadingDot: "the host name begins with a dot"
        case .nonASCIIHost: "the host name is not ASCII; give its punycode form (xn--…)"
        case .internationalHost: "the host name is no valid international domain name"
        case .hostEscape: "the host name holds a '%' without two hexadecimal digits"
        case .unclosedBracket: "no closing bracket in host"
        case .ipv6: "no valid IPv6 address in brackets"
        case .zone: "the zone of the IPv6 address is not 1 to 15 plain characters"
        case .port: "the port is not a decimal number up to 65535"
        case .extraAtSign: "more than one '@' before the host; inside user or password it is written %40"
        case .userinfoControlByte: "user or password holds an encoded control byte"
        case .socketPath: "no socket path; its slashes are written %2F, as in http+unix://%2Frun%2Fa.sock/"
        case .socketPort: "a Unix socket has no port"
        case .foreignSocket: "a reference may lead neither to another Unix socket nor from one to the network"
        }
    }
}
