/// Where sockets begin and what the kernel is told about them.
extension OptionRow {
    static var interface: OptionRow {
        OptionRow(
            .connection, .value("name", [], SocketStores.interface),
            repeats: .lastOfGroup("--interface, --local-addr"),
            help: "connect from this interface or local host",
            text: """
                The name is that of an interface, or else an address or a name of this machine. if!name is an interface \
                and nothing else, host!name a host and nothing else, ifhost!interface!host both at once. What cannot be \
                bound is exit status 45.
                """,
            example: "--interface eth0 https://example.com/")
    }

    static var localPort: OptionRow {
        OptionRow(
            .connection, .value("port[-port]", [], SocketStores.localPort),
            help: "connect from this local port or one of a range",
            text: """
                The ports of a range are tried in turn until one is free. With none free the exit status is 45.
                """,
            example: "--local-port 4000-4100 https://example.com/")
    }

    static var keepalive: OptionRow {
        OptionRow(
            .connection, .untoggle { $0.operation.sockets.keepAlive = $1 },
            help: "do not let TCP probe silent peers",
            text: """
                By default TCP asks a peer that has been silent for the time of --keepalive-time whether it is still there. \
                How long connections are kept for reuse is a matter of --keepalive-timeout and --force-close.
                """,
            example: "--no-keepalive https://example.com/")
    }

    static var keepaliveTime: OptionRow {
        OptionRow(
            .connection,
            .integer(0...Int(Int32.max), "0 = the default") { $0.operation.sockets.keepAliveTime = $1 },
            help: "seconds of silence before TCP probes",
            text: "Also the time between two probes. The default is 60; the most that counts is 32767.",
            example: "--keepalive-time 20 https://example.com/events")
    }

    static var keepaliveCnt: OptionRow {
        OptionRow(
            .connection,
            .integer(0...Int(Int32.max), "0 = the default") { $0.operation.sockets.keepAliveCount = $1 },
            help: "unanswered probes that end a connection",
            text: "The default is the system's, as a rule 9; the most that counts is 127.",
            example: "--keepalive-cnt 3 https://example.com/events")
    }

    static var tcpNodelay: OptionRow {
        OptionRow(
            .connection, .toggle { $0.operation.sockets.noDelay = $1 },
            help: "send small segments at once (TCP_NODELAY)",
            text: "This is the default; --no-tcp-nodelay lets TCP collect them.",
            example: "--tcp-nodelay https://example.com/")
    }

    static var tcpFastopen: OptionRow {
        OptionRow(
            .connection, .toggle { $0.operation.sockets.fastOpen = $1 },
            help: "send data with the first segment (TCP Fast Open)",
            text:
                "Saves a round trip to a server that was visited before, where the system and the server allow it.",
            example: "--tcp-fastopen https://example.com/")
    }

    static var ipTos: OptionRow {
        OptionRow(
            .connection, .value("number|name", [], SocketStores.typeOfService),
            help: "type of service or traffic class of packets",
            text: """
                0 to 255, or one of AF11 to AF43, CS0 to CS7, ECT0, ECT1, CE, EF, LE, VOICE-ADMIT, LOWCOST, LOWDELAY, \
                MINCOST, RELIABILITY and THROUGHPUT.
                """,
            example: "--ip-tos CS1 https://example.com/")
    }

    static var vlanPriority: OptionRow {
        OptionRow(
            .connection, .integer(0...7, "7 = highest") { $0.operation.sockets.priority = $1 },
            help: "priority of packets in a VLAN",
            text: "The system makes the priority of IEEE 802.1Q of it; 7 may need root.",
            example: "--vlan-priority 4 https://example.com/")
    }

    static var mptcp: OptionRow {
        OptionRow(
            .connection, .toggle { $0.operation.sockets.multipath = $1 },
            help: "use several paths at once (Multipath TCP)",
            text: "Plain TCP is used when the system or the server has no Multipath TCP.",
            example: "--mptcp https://example.com/")
    }
}
