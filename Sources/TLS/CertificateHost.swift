internal import Glibc

/// The name or address that a certificate has to be valid for.
package struct CertificateHost: Sendable, Hashable {
    /// As it is compared: lower case, no final dot, an address without brackets and zone.
    package let text: String
    /// The bytes of an address, 4 or 16; nil for a DNS name.
    package let address: [UInt8]?

    /// Takes a host as URLs and callers write it. Only letters of ASCII have two cases: others that look like them, or become
    /// them, are other names.
    package init(_ host: String) {
        var bytes = host.utf8.map(Self.lowercased)[...]
        if bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") {
            bytes = bytes.dropFirst().dropLast()
        }
        let beforeZone = bytes.prefix { $0 != UInt8(ascii: "%") }
        address = Self.address(bytes) ?? Self.address(beforeZone)
        if address != nil {
            bytes = beforeZone
        } else if bytes.last == UInt8(ascii: ".") {
            bytes.removeLast()
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func address(_ host: ArraySlice<UInt8>) -> [UInt8]? {
        guard !host.contains(0) else { return nil }
        let text = String(decoding: host, as: UTF8.self)
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}

/// The names that count in a certificate: DNS names and addresses of its subject alternative names (RFC 9525 §6). The
/// common name, which may be anything, is none of them.
struct SubjectNames: Equatable {
    /// DNS names as they stand there.
    var dnsNames: [[UInt8]] = []
    /// Addresses, 4 or 16 bytes each.
    var addresses: [[UInt8]] = []

    private static let sequence: UInt8 = 0x30
    private static let dnsName: UInt8 = 0x82
    private static let address: UInt8 = 0x87

    /// Reads the extension's DER (RFC 5280 §4.2.1.6). A truncated one has no names.
    init(extension der: [UInt8]) {
        der.withUnsafeBytes { bytes in
            var outer = DERReader(bytes)
            guard let list = outer.next(), list.tag == Self.sequence, list.whole.count == bytes.count else {
                return
            }
            var inner = outer.inside(list)
            var end = list.content.lowerBound
            while let name = inner.next() {
                end = name.whole.upperBound
                switch name.tag {
                case Self.dnsName: dnsNames.append(Array(bytes[name.content]))
                case Self.address: addresses.append(Array(bytes[name.content]))
                default: continue
                }
            }
            if end != list.content.upperBound { self = SubjectNames() }
        }
    }

    init() {}

    /// Whether neither a DNS name nor an address is there.
    var isEmpty: Bool { dnsNames.isEmpty && addresses.isEmpty }

    /// Whether one of them is the host. An address is only ever compared with addresses.
    func include(_ host: CertificateHost) -> Bool {
        if let address = host.address { return addresses.contains(address) }
        let name = Array(host.text.utf8)
        return !name.isEmpty && dnsNames.contains { Self.matches($0, name) }
    }

    /// Compares a certificate's name with a host in lower case. A `*` counts only as the whole first label, where it stands
    /// for one label (RFC 9525 §6.3), and not right below a top-level domain.
    private static func matches(_ pattern: [UInt8], _ host: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        let dot = UInt8(ascii: ".")
        guard pattern.first == star else { return !pattern.contains(star) && equal(pattern[...], host[...]) }
        let parent = pattern.dropFirst()
        guard parent.first == dot, parent.dropFirst().contains(dot), !parent.contains(star),
            let end = host.firstIndex(of: dot), end > 0
        else { return false }
        return equal(parent, host[end...])
    }

    private static func equal(_ pattern: ArraySlice<UInt8>, _ host: ArraySlice<UInt8>) -> Bool {
        pattern.count == host.count
            && zip(pattern, host).allSatisfy { CertificateHost.lowercased($0) == $1 }
    }
}
