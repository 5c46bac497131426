import Connector

/// Where sockets begin and what the kernel is told about them.
enum SocketGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("local-addr") {
            Option(
                .connection, .value("ip[:port]", [], localAddress),
                repeats: .lastOfGroup("--interface, --local-addr"),
                abstract: "connect from this local address",
                discussion: """
                    The socket is bound to it before it connects; without a port any free one is used. An \
                    IPv6 address needs brackets when a port follows. An address that cannot be bound is exit \
                    status 45.
                    """,
                example: "--local-addr 192.0.2.10 https://example.com/")
        }

        table.option("interface") {
            Option(
                .connection, .value("name", [], interface),
                repeats: .lastOfGroup("--interface, --local-addr"),
                abstract: "connect from this interface or local host",
                discussion: """
                    The name is that of an interface, or else an address or a name of this machine. if!name \
                    is an interface and nothing else, host!name a host and nothing else, \
                    ifhost!interface!host both at once. What cannot be bound is exit status 45.
                    """,
                example: "--interface eth0 https://example.com/")
        }

        table.option("local-port") {
            Option(
                .connection, .value("port[-port]", [], localPort),
                abstract: "connect from this local port or one of a range",
                discussion: """
                    The ports of a range are tried in turn until one is free. With none free the exit status \
                    is 45.
                    """,
                example: "--local-port 4000-4100 https://example.com/")
        }

        table.option("keepalive") {
            Option(
                .connection, .flag(default: true) { $0.operation.sockets.keepAlive = $1 },
                abstract: "do not let TCP probe silent peers",
                discussion: """
                    By default TCP asks a peer that has been silent for the time of --keepalive-time whether \
                    it is still there. How long connections are kept for reuse is a matter of \
                    --idle-timeout and --force-close.
                    """,
                example: "--no-keepalive https://example.com/")
        }

        table.option("keepalive-time") {
            Option(
                .connection,
                .integer(0...Int(Int32.max), "0 = the default") { $0.operation.sockets.keepAliveTime = $1 },
                abstract: "seconds of silence before TCP probes",
                discussion:
                    "Also the time between two probes. The default is 60; the most that counts is 32767.",
                example: "--keepalive-time 20 https://example.com/events")
        }

        table.option("keepalive-cnt") {
            Option(
                .connection,
                .integer(0...Int(Int32.max), "0 = the default") { $0.operation.sockets.keepAliveCount = $1 },
                abstract: "unanswered probes that end a connection",
                discussion: "The default is the system's, as a rule 9; the most that counts is 127.",
                example: "--keepalive-cnt 3 https://example.com/events")
        }

        table.option("tcp-nodelay") {
            Option(
                .connection, .flag { $0.operation.sockets.noDelay = $1 },
                abstract: "send small segments at once (TCP_NODELAY)",
                discussion: "This is the default; --no-tcp-nodelay lets TCP collect them.",
                example: "--tcp-nodelay https://example.com/")
        }

        table.option("tcp-fastopen") {
            Option(
                .connection, .flag { $0.operation.sockets.fastOpen = $1 },
                abstract: "send data with the first segment (TCP Fast Open)",
                discussion:
                    "Saves a round trip to a server that was visited before, where the system and the server allow it.",
                example: "--tcp-fastopen https://example.com/")
        }

        table.option("ip-tos") {
            Option(
                .connection, .value("number|name", [], typeOfService),
                abstract: "type of service or traffic class of packets",
                discussion: """
                    0 to 255, or one of AF11 to AF43, CS0 to CS7, ECT0, ECT1, CE, EF, LE, VOICE-ADMIT, \
                    LOWCOST, LOWDELAY, MINCOST, RELIABILITY and THROUGHPUT.
                    """,
                example: "--ip-tos CS1 https://example.com/",
                suggestions: ["EF", "LE", "CS0", "CS1", "AF11", "AF21", "AF31", "AF41", "VOICE-ADMIT"])
        }

        table.option("vlan-priority") {
            Option(
                .connection, .integer(0...7, "7 = highest") { $0.operation.sockets.priority = $1 },
                abstract: "priority of packets in a VLAN",
                discussion: "The system makes the priority of IEEE 802.1Q of it; 7 may need root.",
                example: "--vlan-priority 4 https://example.com/")
        }

        table.option("mptcp") {
            Option(
                .connection, .flag { $0.operation.sockets.multipath = $1 },
                abstract: "use several paths at once (Multipath TCP)",
                discussion: "Plain TCP is used when the system or the server has no Multipath TCP.",
                example: "--mptcp https://example.com/")
        }

        table.option("haproxy-protocol") {
            Option(
                .connection, .flag { $0.operation.proxyOptions.announcesClient = $1 },
                abstract: "begin connections with a PROXY line for HAProxy",
                discussion: """
                    Sends one line of the PROXY protocol, version 1, before everything else on a new \
                    connection: the addresses and ports of both ends, as a load balancer does. Servers that \
                    do not expect it take it for a broken request. Behind a tunnel it is sent inside, before \
                    TLS.
                    """,
                example: "--haproxy-protocol http://127.0.0.1:8080/health")
        }

        table.option("haproxy-clientip") {
            Option(
                .connection, .value("address", [], announcedClient),
                abstract: "the client's address in the PROXY line",
                discussion:
                    "Takes the place of the own address in the line of --haproxy-protocol, and asks for that line.",
                example: "--haproxy-clientip 192.0.2.7 http://127.0.0.1:8080/")
        }
    }

    /// `--interface`: `name`, `if!name`, `host!name` or `ifhost!interface!host`.
    private static func interface(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let interface = interface(use.value) else {
            throw use.refusal(
                "is not an interface, a host, if!interface, host!host or ifhost!interface!host",
                status: .badFunctionArgument)
        }
        builder.operation.sockets.interface = interface
        builder.operation.localAddress = nil
    }

    private static func interface(_ text: String) -> LocalInterface? {
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
    private static func localPort(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let parts = use.value.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let ports = parts.compactMap { OptionValue.port($0).flatMap(UInt16.init(exactly:)) }
        guard ports.count == parts.count, let first = ports.first, let last = ports.last, first <= last else {
            throw use.refusal("is not a port or a range of them (0 to 65535: 4000 or 4000-4100)")
        }
        builder.operation.sockets.localPorts = first...last
    }

    /// `--ip-tos`: a number or a name.
    private static func typeOfService(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
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

    /// `--haproxy-clientip`.
    private static func announcedClient(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard SocketAddress(numericHost: use.value, port: 0) != nil, !use.value.contains("%") else {
            throw use.refusal("is not an IP address (192.0.2.1 or 2001:db8::1)")
        }
        builder.operation.proxyOptions.announcedClient = use.value
    }

    /// `--local-addr`.
    private static func localAddress(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let address = OptionValue.localAddress(use.value) else {
            throw use.refusal(
                "is not an IP address (192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000)")
        }
        builder.operation.localAddress = address
        builder.operation.sockets.interface = nil
    }
}
