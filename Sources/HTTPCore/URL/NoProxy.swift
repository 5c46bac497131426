/// The hosts that are reached without a proxy: the value of `NO_PROXY` or `--noproxy`.
///
/// The list is split on commas, with blanks around them; a blank that is not followed by a comma ends the
/// list. `*` alone means every host. A name covers itself and the names below it, whatever the case, with one
/// leading and one trailing dot ignored. An address is compared with addresses and CIDR blocks only, and
/// names are never resolved for it. Ports are not understood: `example.com:80` matches nothing.
public struct NoProxy: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        /// Lower case, without one leading and one trailing dot.
        var name: [UInt8]
        var block: IPAddress.Block?
    }

    private var matchesAll = false
    private var entries: [Entry] = []

    /// Reads a list; every text is one, and entries that make no sense match nothing.
    public init(_ list: String) {
        let bytes = Array(list.utf8)
        if bytes == [UInt8(ascii: "*")] {
            matchesAll = true
            return
        }
        var index = 0
        while index < bytes.count {
            Self.skip(ASCII.isBlank, in: bytes, from: &index)
            let start = index
            Self.skip({ !ASCII.isBlank($0) && $0 != UInt8(ascii: ",") }, in: bytes, from: &index)
            if start < index { entries.append(Self.entry(bytes[start..<index])) }
            Self.skip(ASCII.isBlank, in: bytes, from: &index)
            guard index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
            Self.skip({ $0 == UInt8(ascii: ",") }, in: bytes, from: &index)
        }
    }

    /// Whether `host`, a name or an address without brackets, is to be reached without a proxy.
    public func matches(host: String) -> Bool {
        guard !host.isEmpty else { return false }
        if matchesAll { return true }
        guard !entries.isEmpty else { return false }
        if let address = IPAddress(host) {
            return entries.contains { $0.block?.contains(address) ?? false }
        }
        var name = host.utf8.map(ASCII.lowercased)
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        return entries.contains { Self.covers($0.name, name) }
    }

    private static func covers(_ suffix: [UInt8], _ name: [UInt8]) -> Bool {
        guard !suffix.isEmpty, name.count >= suffix.count, name.suffix(suffix.count).elementsEqual(suffix)
        else {
            return false
        }
        return name.count == suffix.count || name[name.count - suffix.count - 1] == UInt8(ascii: ".")
    }

    private static func entry(_ token: ArraySlice<UInt8>) -> Entry {
        var name = token.map(ASCII.lowercased)
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        if name.first == UInt8(ascii: ".") { name.removeFirst() }
        var block = IPAddress.Block(token)
        // A prefix length of 0 has always meant the one address, not all of them.
        if let zero = block, zero.prefixLength == 0 {
            block = IPAddress.Block(zero.address, prefixLength: zero.address.bytes.count * 8)
        }
        return Entry(name: name, block: block)
    }

    private static func skip(_ condition: (UInt8) -> Bool, in bytes: [UInt8], from index: inout Int) {
        while index < bytes.count, condition(bytes[index]) { index += 1 }
    }
}
