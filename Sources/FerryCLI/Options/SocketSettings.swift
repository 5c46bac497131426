import Connector

/// What was typed about sockets: where they begin and what the kernel is told about them.
package struct SocketSettings: Equatable, Sendable {
    /// `--interface`; excludes `--local-addr`, of which the last given counts.
    var interface: LocalInterface?
    /// `--local-port`: the first free one is bound.
    var localPorts: ClosedRange<UInt16>?
    /// `--keepalive`; nil = default (on).
    var keepAlive: Bool?
    /// `--keepalive-time` in seconds; 0 = the default.
    var keepAliveTime: Int?
    /// `--keepalive-cnt`; 0 = the default.
    var keepAliveCount: Int?
    /// `--tcp-nodelay`; nil = default (on).
    var noDelay: Bool?
    var fastOpen = false
    var multipath = false
    /// `--ip-tos`: the byte of the IP header.
    var typeOfService: UInt8?
    /// `--vlan-priority`.
    var priority: Int?

    package init() {}

    /// The connector's options that come of these.
    var options: SocketOptions {
        var options = SocketOptions()
        options.noDelay = noDelay ?? true
        if keepAlive ?? true {
            let seconds = keepAliveTime.flatMap { $0 > 0 ? $0 : nil } ?? 60
            options.keepAlive = SocketOptions.KeepAlive(
                delay: .seconds(seconds), count: keepAliveCount.flatMap { $0 > 0 ? $0 : nil })
        }
        options.fastOpen = fastOpen
        options.multipath = multipath
        options.trafficClass = typeOfService
        options.priority = priority
        return options
    }
}
