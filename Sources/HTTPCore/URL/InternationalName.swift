internal import CLazyLibraries

/// Host names beyond ASCII, in the form that resolvers and servers know (IDNA 2008 with the mapping of UTS 46).
///
/// The tables are libidn2's, loaded when the first such name comes: names in ASCII cost nothing.
enum InternationalName {
    /// Longer names cannot become valid ones, whose limit is 253 bytes.
    private static let longest = 1000
    /// With a final dot.
    private static let longestEncoded = 254

    /// The name in ASCII, labels beyond it as `xn--…`.
    ///
    /// - Parameter name: UTF-8 without NUL; percent escapes decoded.
    /// - Returns: nil when it is no valid name.
    static func ascii(_ name: some Collection<UInt8>) -> [UInt8]? {
        guard name.count <= longest, !name.contains(0), String(validating: name, as: UTF8.self) != nil else {
            return nil
        }
        return lookup(name) ?? labelByLabel(name)
    }

    /// The library holds the hyphens of every label against its rules; but `r3---x` may stand beside others as it may alone.
    private static func labelByLabel(_ name: some Collection<UInt8>) -> [UInt8]? {
        var ascii: [UInt8] = []
        for label in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            let isEncoded = label.prefix(4).map(ASCII.lowercased).elementsEqual("xn--".utf8)
            guard label.allSatisfy({ $0 < 0x80 }), label.count <= 63, !isEncoded else {
                guard let encoded = lookup(label) else { return nil }
                ascii += encoded + [UInt8(ascii: ".")]
                continue
            }
            ascii += label + [UInt8(ascii: ".")]
        }
        return ascii.count <= longestEncoded ? ascii.dropLast() : nil
    }

    private static func lookup(_ name: some Collection<UInt8>) -> [UInt8]? {
        // `ß` and its like stay themselves; what that forbids is read as IDNA 2003 did.
        let normalised = CInt(FERRY_IDN2_NFC_INPUT.rawValue)
        return lookup(name, normalised | CInt(FERRY_IDN2_NONTRANSITIONAL.rawValue))
            ?? lookup(name, normalised | CInt(FERRY_IDN2_TRANSITIONAL.rawValue))
    }

    /// False when the library is not there.
    static var isAvailable: Bool { ferry_library_load(FERRY_LIBRARY_IDN2) == 1 }

    private static func lookup(_ name: some Collection<UInt8>, _ flags: CInt) -> [UInt8]? {
        var result: UnsafeMutablePointer<UInt8>?
        guard idn2_lookup_u8(Array(name) + [0], &result, flags) == 0, let result else { return nil }
        defer { idn2_free(result) }
        var ascii: [UInt8] = []
        var next = result
        while next.pointee != 0 {
            ascii.append(next.pointee)
            next += 1
        }
        return ascii
    }
}
