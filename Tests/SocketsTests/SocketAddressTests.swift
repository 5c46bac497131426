import Glibc
import Sockets
import Testing

struct SocketAddressTests {
    /// What the kernel would hand back for `address`.
    private func reread(_ address: SocketAddress) -> SocketAddress? {
        address.withSockaddr { SocketAddress($0, size: $1) }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:80"), ("255.0.10.9", "255.0.10.9:80"), ("::1", "[::1]:80"),
        ("::", "[::]:80"),
        ("2001:db8:0:0:1:0:0:1", "[2001:db8::1:0:0:1]:80"), ("::ffff:1.2.3.4", "[::ffff:1.2.3.4]:80"),
        ("fe80::1%lo", "[fe80::1%lo]:80"), ("fe80::1%1", "[fe80::1%lo]:80"),
        ("fe80::1%40000", "[fe80::1%40000]:80"),
    ])
    func `a numeric host is read and printed in its shortest form, zone included (DNS-19)`(
        text: String, printed: String
    ) throws {
        let address = try #require(SocketAddress(numericHost: text, port: 80))
        #expect(address.description == printed)
        #expect(address.port == 80)
        #expect(reread(address) == address)
    }

    @Test(arguments: [
        "", "localhost", "127.1", "127.0.0.01", "1.2.3.4.5", "256.0.0.1", " 127.0.0.1", "127.0.0.1 ", "[::1]",
        "::1::", "1.2.3.4%lo", "fe80::1%", "fe80::1%no-such-interface", "fe80::1%+1", "fe80::1%0", "%lo",
    ])
    func `anything else is no numeric host`(text: String) {
        #expect(SocketAddress(numericHost: text, port: 80) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("128.0.0.1", false), ("126.0.0.1", false),
        ("0.0.0.0", false), ("::1", true), ("::", false), ("::2", false), ("::ffff:127.0.0.1", false),
        ("fe80::1", false),
    ])
    func `addresses of this machine`(host: String, isLoopback: Bool) {
        #expect(SocketAddress(numericHost: host, port: 1)?.isLoopback == isLoopback)
        #expect(!SocketAddress.unix(Array("/s".utf8)).isLoopback)
    }

    @Test func `a NUL does not hide what follows it`() {
        #expect(SocketAddress(numericHost: "127.0.0.1\0.example", port: 80) == nil)
        #expect(SocketAddress(numericHost: "::1\0", port: 80) == nil)
    }

    @Test func `the bytes of an address are in network order`() {
        #expect(SocketAddress(numericHost: "1.2.3.4", port: 0) == .ipv4(0x0102_0304, port: 0))
        #expect(
            SocketAddress(numericHost: "1:2:3:4:5:6:7:8", port: 9)
                == .ipv6(0x0001_0002_0003_0004, 0x0005_0006_0007_0008, port: 9, scope: 0))
    }

    @Test func `the port can be changed and a Unix socket has none`() {
        var address = SocketAddress.ipv4(0x7f00_0001, port: 1)
        address.port = 65535
        #expect(address.description == "127.0.0.1:65535")
        address = .ipv6(0, 1, port: 1, scope: 0)
        address.port = 2
        #expect(address.description == "[::1]:2")
        address = .unix(Array("/tmp/x".utf8))
        address.port = 3
        #expect(address.port == 0)
    }

    @Test func `a Unix path and an abstract name come back as they went`() {
        let file = SocketAddress.unix(Array("/run/some.sock".utf8))
        let abstract = SocketAddress.unix([0] + Array("name".utf8) + [0, 7])
        let unnamed = SocketAddress.unix([])
        #expect(reread(file) == file)
        #expect(reread(abstract) == abstract)
        #expect(reread(unnamed) == unnamed)
        #expect(file.description == "/run/some.sock")
        #expect(SocketAddress.unix([0, 0x61]).description == "@a")
        #expect(unnamed.description.isEmpty)
        #expect(file.domain == AF_UNIX)
    }

    @Test func `the longest path still fits and keeps its end`() {
        let path = [UInt8](repeating: 0x61, count: SocketAddress.longestUnixPath)
        #expect(reread(.unix(path)) == .unix(path))
    }

    @Test func `an address of a strange family or size is none of ours`() {
        var storage = sockaddr()
        storage.sa_family = sa_family_t(AF_PACKET)
        #expect(SocketAddress(&storage, size: socklen_t(MemoryLayout<sockaddr>.size)) == nil)
        storage.sa_family = sa_family_t(AF_INET6)
        #expect(SocketAddress(&storage, size: socklen_t(MemoryLayout<sockaddr>.size)) == nil)
        #expect(SocketAddress(&storage, size: 1) == nil)
    }
}
