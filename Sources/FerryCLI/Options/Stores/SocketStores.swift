import Connector

/// What the options about sockets do with values that have a grammar of their own.
enum SocketStores {
    /// `--interface`: `name`, `if!name`, `host!name` or `ifhost!interface!host`.
    static func interface(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let interface = interface(use.value) else {
            throw use.refusal(
                "is not an interface, a host, if!interface, host!host or ifhost!interface!host",
                status: .badFunctionArgument)
        }
        builder.operation.sockets.interface = interface
        builder.operation.localAddress = nil
    }

    static func interface(_ text: String) -> LocalInterface? {
        let parts = text.split(separator: "!", maxSplits: 2, omittingEmptySubsequences: false)
            .map(String.init)
        let names = parts.dropFirst()
        switch (parts.first, names.count) {
        case ("if", 1...): return names.joined().isEmpty ? nil : .interface(names.joined(separator: "!"))
        case ("host", 1...): return names.joined().isEmpty ? nil : .host(names.joined(separator: "!"))
        case ("ifhost", 1...):
            guard parts.count == 3, !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
            return .hostOnInterface(host: parts[2], interface: parts[1])
        default: return .any(text)
        }
    }

    /// `--local-port`: `n` or `first-last`.
    static func localPort(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let parts = use.value.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let ports = parts.compactMap { OptionValue.port($0).flatMap(UInt16.init(exactly:)) }
        guard ports.count == parts.count, let first = ports.first, let last = ports.last, first <= last else {
            throw use.refusal("is not a port or a range of them (0 to 65535: 4000 or 4000-4100)")
        }
        builder.operation.sockets.localPorts = first...last
    }

    /// `--ip-tos`: a number or a name.
    static func typeOfService(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let name = use.value.uppercased()
        let number = OptionValue.integer(use.value).flatMap(UInt8.init(exactly:))
        guard let value = number ?? services.first(where: { $0.name.description == name })?.value else {
            throw use.refusal("is not a type of service (0 to 255, or a name such as AF11, CS1, EF, LE)")
        }
        builder.operation.sockets.typeOfService = value
    }

    /// The names of RFC 2474, 2597, 3168, 3246, 5865, 8622 and, the last four, 1349.
    private static let services: [(name: StaticString, value: UInt8)] = [
        ("AF11", 0x28), ("AF12", 0x30), ("AF13", 0x38), ("AF21", 0x48), ("AF22", 0x50), ("AF23", 0x58),
        ("AF31", 0x68), ("AF32", 0x70), ("AF33", 0x78), ("AF41", 0x88), ("AF42", 0x90), ("AF43", 0x98),
        ("CS0", 0x00), ("CS1", 0x20), ("CS2", 0x40), ("CS3", 0x60), ("CS4", 0x80), ("CS5", 0xA0),
        ("CS6", 0xC0), ("CS7", 0xE0), ("ECT1", 0x01), ("ECT0", 0x02), ("CE", 0x03), ("EF", 0xB8),
        ("LE", 0x04), ("VOICE-ADMIT", 0xB0), ("LOWDELAY", 0x10), ("THROUGHPUT", 0x08),
        ("RELIABILITY", 0x04), ("LOWCOST", 0x02), ("MINCOST", 0x02),
    ]
}
