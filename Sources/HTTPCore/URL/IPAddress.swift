/// An IPv4 or IPv6 address, read strictly and printed in the one canonical form.
///
/// IPv4 is four decimal numbers without leading zeros; the aliases that `inet_aton` takes are not addresses
/// here (see `isNonCanonicalIPv4(_:)`). IPv6 is any form of RFC 4291 §2.2, optionally with a zone
/// (`fe80::1%eth0`), and prints as RFC 5952 says.
public enum IPAddress: Hashable, Sendable {
    /// Network order: 127.0.0.1 is 0x7F000001.
    case v4(UInt32)
    /// Network order; the zone is an interface's name or number, without `%`.
    case v6(UInt128, zone: String?)

    /// Reads an address without brackets; nil when it is none.
    public init?(_ text: String) {
        self.init(text.utf8)
    }

    /// Reads an address without brackets; nil when it is none.
    init?(_ text: some Collection<UInt8>) {
        if let value = Self.parseIPv4(text) {
            self = .v4(value)
            return
        }
        let percent = text.firstIndex(of: UInt8(ascii: "%"))
        guard let value = Self.parseIPv6(text[..<(percent ?? text.endIndex)]) else { return nil }
        guard let percent else {
            self = .v6(value, zone: nil)
            return
        }
        guard let zone = Self.parseZone(text[text.index(after: percent)...]) else { return nil }
        self = .v6(value, zone: zone)
    }

    /// The address in network order: 4 or 16 bytes.
    public var bytes: [UInt8] {
        switch self {
        case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
        case .v6(let value, _): (0..<16).map { UInt8(truncatingIfNeeded: value >> (120 - 8 * UInt128($0))) }
        }
    }

    /// 127.0.0.0/8, ::1, and the former mapped into IPv6.
    public var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let value, _): value == 1 || value >> 24 == 0xFFFF_7F
        }
    }

    /// Whether `host` is a number that `inet_aton`, and hence many resolvers, would take for an IPv4 address
    /// although it is not written as one: `127.1`, `0x7f.1`, `017700000001`, `2130706433`, `256.1.1.1`.
    ///
    /// Such spellings slip past lists of addresses, so connectors refuse them. True for every name whose
    /// labels are all numbers and that is not a canonical dotted quad.
    public static func isNonCanonicalIPv4(_ host: String) -> Bool {
        var sawNumber = false
        for label in host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: true) {
            guard isNumber(label) else { return false }
            sawNumber = true
        }
        return sawNumber && parseIPv4(host.utf8) == nil
    }

    /// The address that one to four numbers mean to `inet_aton`: decimal, octal after `0` or hexadecimal after `0x`,
    /// the last of which fills the bytes that are left. A bare `0x` is zero, and a final dot changes nothing (WHATWG URL,
    /// "ends in a number"). nil for everything else.
    static func addressInNumbers(_ name: ArraySlice<UInt8>) -> UInt32? {
        guard name.first.map(ASCII.isDigit) ?? false else { return nil }
        let name = name.last == UInt8(ascii: ".") ? name.dropLast() : name
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count <= 4 else { return nil }
        var address: UInt32 = 0
        for (index, label) in labels.enumerated() {
            guard let number = number(label) else { return nil }
            let isLast = index == labels.count - 1
            let bits = isLast ? 32 - 8 * index : 8
            guard bits == 32 || number < 1 << UInt32(bits) else { return nil }
            address |= isLast ? number : number << UInt32(24 - 8 * index)
        }
        return address
    }

    private static func number(_ label: ArraySlice<UInt8>) -> UInt32? {
        let isHex = label.starts(with: "0x".utf8) || label.starts(with: "0X".utf8)
        let digits = isHex ? label.dropFirst(2) : label
        let base: UInt8 = isHex ? 16 : label.count > 1 && label.first == UInt8(ascii: "0") ? 8 : 10
        guard !label.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard let digit = ASCII.hexValue(digit), digit < base else { return nil }
            value = value * UInt64(base) + UInt64(digit)
            guard value <= UInt32.max else { return nil }
        }
        return UInt32(value)
    }

    private static func isNumber(_ label: some Collection<UInt8>) -> Bool {
        if label.allSatisfy(ASCII.isDigit) { return true }
        guard label.count >= 2, label.first == UInt8(ascii: "0"),
            label.dropFirst().first.map({ $0 | 0x20 }) == UInt8(ascii: "x")
        else { return false }
        // A bare `0x` is zero to some readers.
        return label.dropFirst(2).allSatisfy { ASCII.hexValue($0) != nil }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text, with the zone and without brackets.
    public var description: String {
        switch self {
        case .v4(let value): Self.dottedQuad(value)
        case .v6(let value, let zone): Self.ipv6Text(value) + (zone.map { "%" + $0 } ?? "")
        }
    }

    private static func dottedQuad(_ value: UInt32) -> String {
        "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    }

    /// RFC 5952 §4: lower case, no leading zeros, the first of the longest runs of two or more zero groups
    /// shortened; §5: an IPv4-mapped address ends in a dotted quad.
    private static func ipv6Text(_ value: UInt128) -> String {
        if value >> 32 == 0xFFFF {
            return "::ffff:" + dottedQuad(UInt32(truncatingIfNeeded: value))
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> (112 - 16 * UInt128($0))) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = end + 1
        }
        func join(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return join(groups[...]) }
        return join(groups[..<best.lowerBound]) + "::" + join(groups[best.upperBound...])
    }
}

// MARK: Reading

extension IPAddress {
    static func parseIPv4(_ text: some Collection<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | octet
                octet = 0
                digits = 0
                dots += 1
                continue
            }
            // A leading zero means octal to some readers, so it has no one meaning.
            guard ASCII.isDigit(byte), digits == 0 || octet != 0 else { return nil }
            octet = octet * 10 + UInt32(byte - 0x30)
            digits += 1
            guard octet <= 255 else { return nil }
        }
        guard dots == 3, digits > 0 else { return nil }
        return value << 8 | octet
    }

    static func parseIPv6(_ text: some Collection<UInt8>) -> UInt128? {
        let bytes = Array(text.prefix(46))
        guard bytes.count >= 2, bytes.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if bytes[0] == UInt8(ascii: ":") {
            guard bytes[1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index = 2
        }
        while index < bytes.count {
            let start = index
            var group: UInt16 = 0
            while index < bytes.count, index - start < 4, let digit = ASCII.hexValue(bytes[index]) {
                group = group << 4 | UInt16(digit)
                index += 1
            }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard let quad = parseIPv4(bytes[start...]) else { return nil }
                groups.append(UInt16(quad >> 16))
                groups.append(UInt16(quad & 0xFFFF))
                index = bytes.count
                break
            }
            guard index > start else { return nil }
            groups.append(group)
            guard index < bytes.count else { break }
            guard bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count else { return nil }
            index += 1
            if bytes[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        // `::` stands for at least one group of zeros.
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap {
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// A zone is an interface: at most 15 bytes on Linux, and only those that are safe in a URL are taken.
    static func parseZone(_ text: some Collection<UInt8>) -> String? {
        let zone = Array(text.prefix(16))
        guard (1...15).contains(zone.count), zone.allSatisfy(ASCII.isUnreserved) else { return nil }
        return String(decoding: zone, as: UTF8.self)
    }
}
