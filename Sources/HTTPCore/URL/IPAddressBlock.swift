extension IPAddress {
    /// A range of addresses in CIDR notation (`10.0.0.0/8`, `fd00::/8`); without `/n` it is one address.
    ///
    /// Host bits after the prefix are ignored, and so are zones. IPv4 and IPv6 never match one another.
    public struct Block: Hashable, Sendable, CustomStringConvertible {
        /// The address as written, host bits included.
        public let address: IPAddress
        /// 0...32 or 0...128.
        public let prefixLength: Int

        /// Nil when `prefixLength` does not suit the address's family.
        public init?(_ address: IPAddress, prefixLength: Int) {
            let width =
                switch address {
                case .v4: 32
                case .v6: 128
                }
            guard (0...width).contains(prefixLength) else { return nil }
            self.address = address
            self.prefixLength = prefixLength
        }

        /// Reads `address` or `address/n`, without brackets; nil when it is neither.
        public init?(_ text: String) {
            self.init(text.utf8)
        }

        init?(_ text: some Collection<UInt8>) {
            let slash = text.firstIndex(of: UInt8(ascii: "/"))
            guard let address = IPAddress(text[..<(slash ?? text.endIndex)]) else { return nil }
            guard let slash else {
                self.init(address, prefixLength: address.bytes.count * 8)
                return
            }
            let digits = text[text.index(after: slash)...]
            guard (1...3).contains(digits.prefix(4).count), digits.allSatisfy(ASCII.isDigit) else {
                return nil
            }
            self.init(address, prefixLength: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }

        /// Whether `other` lies in the block.
        public func contains(_ other: IPAddress) -> Bool {
            switch (address, other) {
            case (.v4(let mine), .v4(let theirs)):
                prefixLength == 0 || (mine ^ theirs) >> UInt32(32 - prefixLength) == 0
            case (.v6(let mine, _), .v6(let theirs, _)):
                prefixLength == 0 || (mine ^ theirs) >> UInt128(128 - prefixLength) == 0
            case (.v4, .v6), (.v6, .v4):
                false
            }
        }

        /// `address/n`.
        public var description: String { "\(address)/\(prefixLength)" }
    }
}
