import Connector
import Testing

@testable import FerryCLI

struct SocketGroupTests {
    private func options(_ arguments: String...) throws -> SocketOptions {
        try operation(arguments + ["u"]).sockets.options
    }

    @Test(
        arguments: [
            ("eth0", .any("eth0")), ("192.0.2.1", .any("192.0.2.1")), ("if!eth0", .interface("eth0")),
            ("host!me.example", .host("me.example")),
            ("ifhost!eth0!192.0.2.1", .hostOnInterface(host: "192.0.2.1", interface: "eth0")),
            ("if!", nil), ("host!", nil), ("ifhost!eth0", nil), ("ifhost!!a", nil), ("ifhost!a!", nil),
            ("other!name", .any("other!name")),
        ] as [(String, LocalInterface?)])
    func `interfaces`(text: String, interface: LocalInterface?) {
        #expect((try? operation(["--interface", text, "u"]).sockets.interface) == interface)
        if interface == nil {
            #expect(refusal(["--interface", text])?.status == .badFunctionArgument)
        }
    }

    @Test func `the last of interface and local address counts`() throws {
        let first = try operation(["--interface", "lo", "--local-addr", "127.0.0.1", "u"])
        #expect(first.sockets.interface == nil && first.localAddress?.address == "127.0.0.1")
        let second = try operation(["--local-addr", "127.0.0.1", "--interface", "lo", "u"])
        #expect(second.sockets.interface == .any("lo") && second.localAddress == nil)
    }

    @Test(
        arguments: [
            ("4000", 4000...4000), ("4000-4010", 4000...4010), ("0", 0...0), ("65535", 65_535...65_535),
            ("1-65535", 1...65_535), ("65536", nil), ("-1", nil), ("5-4", nil), ("4000-", nil), ("a", nil),
            ("4000-b", nil), ("1-2-3", nil), (" 1", nil),
        ] as [(String, ClosedRange<UInt16>?)])
    func `local ports`(text: String, ports: ClosedRange<UInt16>?) {
        #expect((try? operation(["--local-port", text, "u"]).sockets.localPorts) == ports)
        if ports == nil {
            #expect(
                refusal(["--local-port", text])?.description
                    == "option --local-port: '\(text)' is not a port or a range of them (0 to 65535: 4000 or 4000-4100)"
            )
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("255", 255), ("0x20", nil), ("256", nil), ("-1", nil), ("AF11", 0x28), ("af43", 0x98),
            ("Cs1", 0x20), ("EF", 0xB8), ("le", 4), ("ECT0", 2), ("ECT1", 1), ("CE", 3), ("lowdelay", 0x10),
            ("voice-admit", 0xB0), ("AF44", nil), ("", nil),
        ] as [(String, UInt8?)])
    func `types of service`(text: String, value: UInt8?) {
        #expect((try? operation(["--ip-tos", text, "u"]).sockets.typeOfService) == value)
        if value == nil { #expect(refusal(["--ip-tos", text])?.status == .usage) }
    }

    @Test func `TCP probes by default, as curl does`() throws {
        #expect(try options().keepAlive == SocketOptions.KeepAlive(delay: .seconds(60)))
        #expect(try options("--no-keepalive").keepAlive == nil)
        #expect(try options("--no-keepalive", "--keepalive").keepAlive != nil)
        #expect(
            try options("--keepalive-time", "5", "--keepalive-cnt", "3").keepAlive
                == SocketOptions.KeepAlive(delay: .seconds(5), count: 3))
        #expect(
            try options("--keepalive-time", "0", "--keepalive-cnt", "0").keepAlive
                == (try options().keepAlive))
        #expect(refusal(["--keepalive-time", "x"])?.status == .usage)
        #expect(refusal(["--keepalive-cnt", "-1"])?.status == .usage)
    }

    @Test func `the other options arrive`() throws {
        #expect(try options().noDelay && options("--tcp-nodelay").noDelay)
        #expect(try !options("--no-tcp-nodelay").noDelay)
        #expect(try options("--tcp-fastopen").fastOpen && !options().fastOpen)
        #expect(try options("--mptcp").multipath && !options("--mptcp", "--no-mptcp").multipath)
        #expect(try options("--vlan-priority", "7").priority == 7)
        #expect(
            refusal(["--vlan-priority", "8"])?.description
                == "option --vlan-priority: '8' is not a whole number (0 to 7; 7 = highest)")
    }
}
