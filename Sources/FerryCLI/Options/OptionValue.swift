internal import Glibc
internal import HTTPCore

/// The grammars of option values: text in, typed value or nil out.
package enum OptionValue {
    /// A non-negative decimal number of seconds, or of the unit that follows it: `ms`, `s`, `m`, `h`.
    ///
    /// Nanoseconds are kept; more than 10^11 seconds are refused, so that instants cannot overflow.
    package static func seconds(_ text: String) -> Duration? {
        var scanner = ByteScanner(text)
        guard let (whole, fraction) = scanner.decimal(), whole <= 100_000_000_000 else { return nil }
        let nanoseconds: Int64
        switch scanner.rest {
        case "", "s": nanoseconds = 1_000_000_000
        case "ms": nanoseconds = 1_000_000
        case "m": nanoseconds = 60_000_000_000
        case "h": nanoseconds = 3_600_000_000_000
        default: return nil
        }
        // Units first: 10^11 hours are more nanoseconds than an Int64 holds, but Duration has room for them.
        let wholes = Duration.nanoseconds(nanoseconds) * whole
        guard wholes <= .seconds(100_000_000_000) else { return nil }
        // The fraction in billionths of the unit; the product stays under 10^9 * 3600 * 10^9.
        return wholes + .nanoseconds(Int64(fraction) * (nanoseconds / 1_000_000) / 1_000)
    }

    /// Milliseconds: a whole number of at most a day.
    package static func milliseconds(_ text: String) -> Duration? {
        guard let number = integer(text), (0...86_400_000).contains(number) else { return nil }
        return .milliseconds(number)
    }

    /// Bytes with an optional suffix of b, k, m, g, t or p in either case, counting in 1024s; a fraction needs k or more.
    package static func size(_ text: String) -> Int64? {
        var scanner = ByteScanner(text)
        guard let (whole, fraction) = scanner.decimal() else { return nil }
        let hasFraction = text.utf8.contains(UInt8(ascii: "."))
        let shift: Int
        switch scanner.rest {
        case "": shift = 0
        case "b", "B": shift = 0
        case "k", "K": shift = 10
        case "m", "M": shift = 20
        case "g", "G": shift = 30
        case "t", "T": shift = 40
        case "p", "P": shift = 50
        default: return nil
        }
        if hasFraction && shift == 0 { return nil }
        let (bytes, overflow) = Int64(whole).multipliedReportingOverflow(by: 1 << Int64(shift))
        guard !overflow else { return nil }
        // Billionths of 2^50 need more than 64 bits, so the part below 2^30 of the unit is dropped first.
        let unit = Int64(1) << Int64(shift)
        let part =
            shift > 30
            ? ((unit >> 20) * Int64(fraction) / 1_000_000_000) << 20 : unit * Int64(fraction) / 1_000_000_000
        let (sum, tooLarge) = bytes.addingReportingOverflow(part)
        return tooLarge ? nil : sum
    }

    /// A whole number in decimal digits with an optional minus sign; nothing else, blanks included.
    package static func integer(_ text: String) -> Int? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return Int(text)
    }

    /// A port number, 0 included.
    package static func port(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy(ASCII.isDigit), let port = Int(text)
        else { return nil }
        return port <= 65_535 ? port : nil
    }

    /// The words for the numbers that an option takes.
    static func describe(_ range: ClosedRange<Int>, _ note: StaticString) -> String {
        let bounds =
            range.upperBound == Int.max
            ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
        return note.utf8CodeUnitCount == 0 ? bounds : "\(bounds); \(note)"
    }

    /// The text of an IP address, without its brackets if it had some.
    package static func address(_ text: Substring) -> String? {
        var text = text
        if text.first == "[" {
            guard text.last == "]", text.utf8.contains(UInt8(ascii: ":")) else { return nil }
            text = text.dropFirst().dropLast()
        }
        // inet_pton takes no zone; scope identifiers are a matter of the connecting side.
        let plain = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = plain.first, plain.count == 1 || !plain[1].isEmpty else { return nil }
        var storage = in6_addr()
        if digits.utf8.contains(UInt8(ascii: ":")) {
            return inet_pton(AF_INET6, String(digits), &storage) == 1 ? String(text) : nil
        }
        return plain.count == 1 && inet_pton(AF_INET, String(digits), &storage) == 1 ? String(text) : nil
    }

    /// `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`.
    package static func localAddress(_ text: String) -> LocalAddress? {
        if let address = address(text[...]) { return LocalAddress(address: address, port: nil) }
        guard let colon = text.lastIndex(of: ":"), let port = port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        // An IPv6 address needs its brackets, or its last group would be taken for a port.
        guard host.first == "[" || !host.contains(":"), let address = address(host) else { return nil }
        return LocalAddress(address: address, port: port)
    }

    /// `[+]host:port:addr[,addr…]` or `-host:port`.
    package static func resolve(_ text: String) -> ResolveEntry? {
        var rest = text[...]
        var entry = ResolveEntry(host: "", port: 0, addresses: [])
        if rest.first == "+" || rest.first == "-" {
            entry.expires = rest.first == "+"
            entry.removes = rest.first == "-"
            rest = rest.dropFirst()
        }
        guard let host = takeHost(&rest), !host.isEmpty, takeColon(&rest) else { return nil }
        entry.host = urlHost(host)
        let portText = rest.prefix { $0 != ":" }
        guard let port = port(portText) else { return nil }
        entry.port = port
        rest = rest[portText.endIndex...]
        if entry.removes { return rest.isEmpty ? entry : nil }
        guard takeColon(&rest) else { return nil }
        for part in rest.split(separator: ",") {
            guard let address = address(part.inOptionalBrackets) else { return nil }
            entry.addresses.append(address)
        }
        return entry.addresses.isEmpty ? nil : entry
    }

    /// `H1:P1:H2:P2`, in which every part may be empty; the last colon may be missing.
    package static func connectTo(_ text: String) -> ConnectToEntry? {
        var rest = text[...]
        guard let fromHost = takeHost(&rest), takeColon(&rest) else { return nil }
        let fromPort = rest.prefix { $0 != ":" }
        rest = rest[fromPort.endIndex...]
        guard takeColon(&rest), let toHost = takeHost(&rest) else { return nil }
        let hasPort = takeColon(&rest)
        guard hasPort || rest.isEmpty else { return nil }
        let toPort = rest
        guard fromPort.isEmpty || port(fromPort) != nil, toPort.isEmpty || port(toPort) != nil else {
            return nil
        }
        return ConnectToEntry(
            fromHost: fromHost.isEmpty ? nil : urlHost(fromHost), fromPort: port(fromPort),
            toHost: toHost.isEmpty ? nil : urlHost(toHost), toPort: port(toPort))
    }

    /// A host that was typed without brackets, written as it stands in a URL that was read: lower case, names beyond ASCII
    /// encoded, addresses in one form. What no URL could have stays as it is.
    static func urlHost(_ text: some StringProtocol) -> String {
        let typed = text.utf8.contains(UInt8(ascii: ":")) ? "[\(text)]" : String(text)
        guard let url = try? HTTPURL.parse("http://\(typed)/"), url.path == "/", !url.hasUserinfo,
            url.query == nil, url.fragment == nil
        else { return String(text) }
        return url.zone.map { "\(url.host)%\($0)" } ?? url.host
    }

    /// A host up to the next colon, or in brackets; nil when a bracket is not closed.
    private static func takeHost(_ text: inout Substring) -> Substring? {
        guard text.first == "[" else {
            let host = text.prefix { $0 != ":" }
            text = text[host.endIndex...]
            return host
        }
        guard let end = text.firstIndex(of: "]"), let address = address(text[...end]) else { return nil }
        text = text[text.index(after: end)...]
        return address[...]
    }

    private static func takeColon(_ text: inout Substring) -> Bool {
        guard text.first == ":" else { return false }
        text = text.dropFirst()
        return true
    }

    /// The bytes of hexadecimal digits, colons between them allowed.
    package static func hexadecimal(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var half: UInt8?
        for byte in text.utf8 where byte != UInt8(ascii: ":") {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let high = half {
                bytes.append(high << 4 | digit)
                half = nil
            } else {
                half = digit
            }
        }
        return half == nil ? bytes : nil
    }

    /// Whether the text is a token (RFC 9110 section 5.6.2): a header field's name, a method.
    package static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default:
                    "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Certificate and password of `--cert`: split at the first colon that no backslash precedes; `\:` and `\\` are the
    /// characters themselves.
    package static func certificate(_ text: String) -> ClientCertificate {
        guard !text.hasPrefix("pkcs11:") else { return ClientCertificate(path: text, password: nil) }
        var path: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: ":") || next == UInt8(ascii: "\\")
            {
                path.append(next)
                rest = rest.dropFirst()
            } else if byte == UInt8(ascii: ":") {
                return ClientCertificate(
                    path: String(decoding: path, as: UTF8.self), password: String(Substring(rest)))
            } else {
                path.append(byte)
            }
        }
        return ClientCertificate(path: String(decoding: path, as: UTF8.self), password: nil)
    }

    /// User and password, split at the first colon.
    package static func credentials(_ text: String) -> Credentials {
        // By bytes: a combining mark after the colon would hide it among characters.
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            return Credentials(user: CarriedText.bytes(of: text), password: nil)
        }
        return Credentials(
            user: CarriedText.bytes(of: text[..<colon]),
            password: CarriedText.bytes(of: Substring(bytes[colon...].dropFirst())))
    }

    /// Percent-encodes all but unreserved characters; a space becomes `+`, as forms have it.
    package static func urlEncoded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            switch byte {
            case _ where ASCII.isUnreserved(byte): result.append(byte)
            case UInt8(ascii: " "):
                result.append(UInt8(ascii: "+"))
            default:
                result.append(UInt8(ascii: "%"))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }
}

extension Substring {
    /// An IPv4 address may stand in brackets, as an IPv6 address must elsewhere.
    fileprivate var inOptionalBrackets: Substring {
        utf8.first == UInt8(ascii: "[") && utf8.last == UInt8(ascii: "]") && !utf8.contains(UInt8(ascii: ":"))
            ? dropFirst().dropLast() : self
    }
}

/// Reads the number at the start of a value.
private struct ByteScanner {
    private var bytes: Substring.UTF8View

    init(_ text: String) {
        bytes = text[...].utf8
    }

    /// What has not been read, as text.
    var rest: String { String(Substring(bytes)) }

    /// Digits with an optional fraction, which comes back in billionths (further digits are dropped); nil when there is no
    /// digit on either side of the point or the whole part overflows.
    mutating func decimal() -> (whole: Int, fraction: Int)? {
        let whole = bytes.prefix(while: ASCII.isDigit)
        bytes = bytes[whole.endIndex...]
        var fraction = 0
        var fractionDigits = 0
        if bytes.first == UInt8(ascii: ".") {
            bytes = bytes.dropFirst()
            let digits = bytes.prefix(while: ASCII.isDigit)
            bytes = bytes[digits.endIndex...]
            fractionDigits = digits.count
            var place = 100_000_000
            for digit in digits.prefix(9) {
                fraction += Int(digit - UInt8(ascii: "0")) * place
                place /= 10
            }
        }
        guard whole.count + fractionDigits > 0 else { return nil }
        guard !whole.isEmpty else { return (0, fraction) }
        guard let number = Int(Substring(whole)) else { return nil }
        return (number, fraction)
    }
}
