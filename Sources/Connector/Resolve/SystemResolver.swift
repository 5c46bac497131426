internal import Glibc
internal import HTTPCore
internal import Sockets

/// `getaddrinfo` on worker threads: hosts file, DNS and whatever else the system is set up to ask.
///
/// Some names mean the same everywhere and are not looked up: `localhost` and names below it are this machine's two
/// loopback addresses whatever the hosts file says (RFC 6761 §6.3), and `.onion` has no address at all (RFC 7686).
public struct SystemResolver: Resolver {
    /// A resolver without state of its own.
    public init() {}

    /// Asks the system. The order of its answer (RFC 6724) is kept.
    /// - Throws: `DNSFailure`; `CancellationError` as soon as the caller is cancelled; the lookup goes on, and its
    ///   result is discarded.
    public func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
        if Self.isLocalhost(host) { return Self.loopback(host, port, family) }
        if Self.isName(host, within: "onion") {
            throw DNSFailure(
                host: host, port: port,
                text: "names under .onion are for Tor: only its proxy knows them (SOCKS with names)")
        }
        let answer: Result<[ResolvedAddress], DNSFailure>
        do {
            answer = try await BlockingWorker.shared.run { Self.lookUp(host, port, family) }
        } catch {
            throw CancellationError()
        }
        return try answer.get()
    }

    /// Nothing to free: the worker threads are the process's.
    public func close() async {}

    private static func lookUp(
        _ host: String, _ port: UInt16, _ family: AddressFamily
    ) -> Result<[ResolvedAddress], DNSFailure> {
        let answer = ask(host, port, family, flags: AI_ADDRCONFIG | AI_NUMERICSERV)
        guard case .failure(let failure) = answer, failure.code == EAI_NONAME, family != .any else {
            return answer
        }
        // With that flag the C library knows no name in a family of which only the loopback is up. It still leads to this
        // machine, whatever it is called.
        let everything = (try? ask(host, port, family, flags: AI_NUMERICSERV).get()) ?? []
        let own = everything.filter(\.address.isLoopback)
        return own.isEmpty ? answer : .success(own)
    }

    /// Whether the name is of this machine, whatever the hosts file says.
    package static func isLocalhost(_ host: String) -> Bool { isName(host, within: "localhost") }

    /// True for `domain` itself and every name below it, with or without a dot at the end.
    private static func isName(_ host: String, within domain: StaticString) -> Bool {
        let domain = UnsafeBufferPointer(start: domain.utf8Start, count: domain.utf8CodeUnitCount)
        let host = host.utf8
        let name = host.last == UInt8(ascii: ".") ? host.dropLast() : host[...]
        guard ASCII.equalIgnoringCase(name.suffix(domain.count), domain) else { return false }
        let rest = name.dropLast(domain.count)
        return rest.isEmpty || rest.last == UInt8(ascii: ".")
    }

    private static func loopback(_ host: String, _ port: UInt16, _ family: AddressFamily) -> [ResolvedAddress]
    {
        let addresses = [
            SocketAddress.ipv6(0, 1, port: port, scope: 0), SocketAddress.ipv4(0x7f00_0001, port: port),
        ]
        return addresses.filter(family.includes).map { ResolvedAddress(host: host, address: $0) }
    }

    private static func ask(
        _ host: String, _ port: UInt16, _ family: AddressFamily, flags: CInt
    ) -> Result<[ResolvedAddress], DNSFailure> {
        var hints = hints(for: family, flags: flags)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { return .failure(failure(code, .current, host, port)) }
        defer { freeaddrinfo(list) }
        var addresses: [ResolvedAddress] = []
        var next = list
        while let info = next?.pointee {
            if let pointer = info.ai_addr, let address = SocketAddress(pointer, size: info.ai_addrlen) {
                addresses.append(ResolvedAddress(host: host, address: address))
            }
            next = info.ai_next
        }
        return .success(addresses)
    }

    /// What `getaddrinfo` is to look for.
    static func hints(for family: AddressFamily, flags: CInt) -> addrinfo {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_family =
            switch family {
            case .any: AF_UNSPEC
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            }
        return hints
    }

    /// Its error, `errno` being what it left behind.
    static func failure(_ code: CInt, _ errno: Errno, _ host: String, _ port: UInt16) -> DNSFailure {
        let number = code == EAI_SYSTEM ? errno : nil
        let text = number.map { "\($0)" } ?? String(cString: gai_strerror(code))
        return DNSFailure(
            host: host, port: port, code: code, errno: number, text: text.loweringFirst(),
            isTemporary: code == EAI_AGAIN)
    }
}

extension String {
    /// As it reads inside a sentence.
    fileprivate func loweringFirst() -> String {
        guard let first, let second = dropFirst().first, second.isLowercase || second == " " else {
            return self
        }
        return first.lowercased() + dropFirst()
    }
}
