/// Rules for the names a connector takes: what it will ask a resolver, and in which form it compares them.
package enum HostName {
    /// Lower case, `host..` as `host.`; numeric addresses and names of ASCII letters only. The rules for names to look up are
    /// passed over where nobody looks this one up (`isLookedUp`).
    package static func normalized(
        _ host: String, isLookedUp: Bool = true
    ) throws(ConnectorError) -> String {
        guard !host.isEmpty else { throw .invalidHost(host: host, reason: "it is empty") }
        if SocketAddress(numericHost: host, port: 0) != nil {
            // The names of zones (`fe80::1%eth0`) tell upper from lower case.
            guard let percent = host.firstIndex(of: "%") else { return host.lowercased() }
            return host[..<percent].lowercased() + host[percent...]
        }
        var name = ""
        name.reserveCapacity(host.utf8.count)
        for byte in host.utf8 {
            guard byte > 0x20, byte < 0x7f else {
                throw .invalidHost(
                    host: printable(host), reason: "only visible ASCII characters can be in a name")
            }
            name.unicodeScalars.append(Unicode.Scalar(byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte))
        }
        guard isLookedUp else { return name }
        while name.hasSuffix("..") { name.removeLast() }
        guard name.utf8.count <= 253 + (name.hasSuffix(".") ? 1 : 0) else {
            throw .invalidHost(host: host, reason: "it is longer than 253 bytes")
        }
        for label in name.split(separator: ".", omittingEmptySubsequences: false).dropLast(
            name.hasSuffix(".") ? 1 : 0)
        {
            guard !label.isEmpty else { throw .invalidHost(host: host, reason: "it has an empty label") }
            guard label.utf8.count <= 63 else {
                throw .invalidHost(host: host, reason: "a label is longer than 63 bytes")
            }
        }
        if isAddressAlias(name) {
            throw .invalidHost(host: host, reason: "write the address in its plain form, such as 127.0.0.1")
        }
        return name
    }

    /// Other spellings of IPv4 that the C library would take (`127.1`, `0x7f000001`), and digits that are no address.
    static func isAddressAlias(_ name: String) -> Bool {
        name.split(separator: ".").allSatisfy { part in
            part.utf8.allSatisfy(isDigit)
                || (part.hasPrefix("0x") && part.utf8.dropFirst(2).allSatisfy(isHexDigit))
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte >= 0x61 && byte <= 0x66) }

    /// Control bytes must not reach a terminal through an error message.
    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : Character($0) })
    }
}
