import Glibc
import Sockets
import Testing

struct SocketTests {
    // MARK: Connecting

    @Test func `a socket connects, sends and receives`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            #expect(socket.peerAddress == listener.address)
            #expect(socket.localAddress == rawPeerName(of: peer.descriptor))
            try socket.send("ping")
            #expect(peer.receive() == "ping")
            peer.send("pong")
            try await socket.untilReadable()
            #expect(try socket.receive() == "pong")
            #expect(try socket.receive() == "(would block)")
        }
    }

    @Test func `a Unix socket connects at once`() async throws {
        let listener = try RawListener(unixBacklog: 4)
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try socket.startConnect(to: listener.address))
            let peer = try listener.accept()
            peer.send("hello")
            try await socket.untilReadable()
            #expect(try socket.receive() == "hello")
            #expect(socket.peerAddress == listener.address)
        }
    }

    @Test func `a refused connection says so (SOCK-06)`() async throws {
        let address = try RawListener().address
        try await onLoop {
            let socket = try Socket(for: address)
            do {
                if try !socket.startConnect(to: address) {
                    try await socket.untilWritable()
                    try socket.finishConnect(to: address)
                }
                Issue.record("connected to nobody")
            } catch {
                #expect(error as? Errno == .connectionRefused)
            }
        }
    }

    @Test func `connecting to a full listener runs into the deadline (SOCK-06)`() async throws {
        let listener = try RawListener(backlog: 0)
        let crowd = try (0..<3).map { _ in try listener.connectRaw() }
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try !socket.startConnect(to: listener.address))
            await #expect(throws: WaitError.timedOut) {
                try await socket.untilWritable(deadline: .now + .milliseconds(2))
            }
            _ = crowd
        }
    }

    @Test func `a bound socket gets its port when it connects, so that destinations may share it`()
        async throws
    {
        let listener = try RawListener()
        try await onLoop {
            let socket = try Socket(for: listener.address)
            try socket.bind(to: SocketAddress.ipv4(0x7f00_0002, port: 0))
            #expect(socket.localAddress == .ipv4(0x7f00_0002, port: 0))
            #expect(try socket.startConnect(to: listener.address))
            guard case .ipv4(0x7f00_0002, let port) = socket.localAddress else {
                Issue.record("\(socket.localAddress as Any)")
                return
            }
            #expect(port != 0)
        }
    }

    @Test func `a connection on this machine stands at once`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(try socket.startConnect(to: listener.address))
            let peer = try listener.accept()
            try socket.send("hello")
            #expect(peer.receive() == "hello")
            peer.send("well")
            try await socket.untilReadable()
            #expect(try socket.receive() == "well")
        }
    }

    @Test func `a full Unix listener means try again`() async throws {
        let listener = try RawListener(unixBacklog: 0)
        let crowd = try (0..<2).map { _ in try listener.connectRaw() }
        try await onLoop {
            let socket = try Socket(for: listener.address)
            #expect(throws: Errno.again) { try socket.startConnect(to: listener.address) }
            _ = crowd
        }
    }

    @Test func `a connection to itself counts as refused (SOCK-06)`() async throws {
        try await onLoop {
            // A port that is free again: the kernel gives none before it knows the destination.
            let itself = try RawListener().address
            let socket = try Socket(for: itself)
            try socket.bind(to: itself)
            await #expect(throws: Errno.connectionRefused) {
                if try !socket.startConnect(to: itself) { try await socket.untilWritable() }
                try socket.finishConnect(to: itself)
            }
            #expect(socket.peerAddress == itself)
        }
    }

    @Test func `the local address is bound before connecting and a taken one is refused`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let local = try #require(SocketAddress(numericHost: "127.0.0.2", port: 0))
            let socket = try Socket(for: listener.address)
            try socket.bind(to: local)
            // The port is chosen with the destination, so that many destinations share one.
            #expect(socket.localAddress?.port == 0)
            _ = try socket.startConnect(to: listener.address)
            try await socket.untilWritable()
            try socket.finishConnect(to: listener.address)
            #expect(socket.localAddress?.host == "127.0.0.2")
            #expect(socket.localAddress?.port ?? 0 > 0)
            let other = try Socket(for: listener.address)
            #expect(throws: Errno.addressInUse) { try other.bind(to: listener.address) }
        }
    }

    @Test func `a Unix path that does not fit or holds a NUL is refused, not cut`() async throws {
        try await onLoop {
            let long = SocketAddress.unix([UInt8](repeating: 0x61, count: 109))
            let socket = try Socket(for: long)
            #expect(throws: Errno.nameTooLong) { try socket.startConnect(to: long) }
            #expect(throws: Errno.nameTooLong) { try socket.bind(to: long) }
            let split = SocketAddress.unix(Array("/tmp/a\0b".utf8))
            #expect(throws: Errno.invalidArgument) { try socket.startConnect(to: split) }
            #expect(throws: Errno.invalidArgument) { try socket.startConnect(to: .unix([])) }
        }
    }

    @Test func `sockets do not block, do not survive exec and do not wait to send (SOCK-04)`() async throws {
        let listener = try RawListener()
        try await onLoop {
            let (socket, peer) = try await Socket.connected(to: listener)
            let foreign = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            let adopted = try Socket.adopt(foreign)
            for descriptor in [try #require(socket.rawDescriptor), try #require(adopted.rawDescriptor)] {
                #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
                #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
                #expect(intOption(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 0)
            }
            #expect(intOption(try #require(socket.rawDescriptor), CInt(IPPROTO_TCP), TCP_NODELAY) != 0)
            _ = peer
        }
    }

    @Test func `adopting a number that is no descriptor fails`() async throws {
        try await onLoop {
            _ = #expect(throws: Errno.badDescriptor) { try Socket.adopt(-1) }
        }
    }

    // MARK: Many at once

    @Test func `fifty connections echo at once`() async throws {
        let listener = try RawListener(backlog: 64)
        try await onLoop {
            var exchanges: [Task<Int, any Error>] = []
            for _ in 0..<50 {
                let (client, peer) = try await Socket.connected(to: listener)
                let server = try Socket.adopt(dup(peer.descriptor))
                try server.register()
                exchanges.append(
                    EventLoop.shared.startThrowing {
                        while true {
                            try await server.untilReadable()
                            let text = try server.receive()
                            if text == "(end)" { return 0 }
                            if text != "(would block)" { try server.send(text) }
                        }
                    })
                exchanges.append(
                    EventLoop.shared.startThrowing {
                        for round in 0..<40 {
                            try client.send("\(round)")
                            try await client.untilReadable()
                            #expect(try client.receive() == "\(round)")
                        }
                        client.close()
                        return 40
                    })
                #expect(fcntl(peer.descriptor, F_GETFD) >= 0)
            }
            var total = 0
            for exchange in exchanges { total += try await exchange.value }
            #expect(total == 2000)
        }
    }
}

private func intOption(_ descriptor: CInt, _ level: CInt, _ name: CInt) -> CInt {
    var value: CInt = -1
    var size = socklen_t(MemoryLayout<CInt>.size)
    getsockopt(descriptor, level, name, &value, &size)
    return value
}

private func rawPeerName(of descriptor: CInt) -> SocketAddress? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            getpeername(descriptor, pointer, &size) == 0 ? SocketAddress(pointer, size: size) : nil
        }
    }
}
