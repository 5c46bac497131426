internal import Glibc
internal import Sockets

/// `getaddrinfo` on worker threads: hosts file, DNS and whatever else the system is set up to ask.
public struct SystemResolver: Resolver {
    /// A resolver without state of its own.
    public init() {}

    /// Asks the system. The order of its answer (RFC 6724) is kept.
    /// - Throws: `DNSFailure`; `CancellationError` as soon as the caller is cancelled, while the question goes on unheard.
    public func resolve(host: String, port: UInt16, family: AddressFamily) async throws -> [ResolvedAddress] {
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
        var result = ask(host, port, family, flags: AI_ADDRCONFIG | AI_NUMERICSERV)
        if case .failure(let failure) = result, failure.code == EAI_NONAME, isLoopbackName(host) {
            // With nothing but a loopback interface up, AI_ADDRCONFIG hides even localhost.
            result = ask(host, port, family, flags: AI_NUMERICSERV)
        }
        return result
    }

    private static func isLoopbackName(_ host: String) -> Bool {
        let name = host.hasSuffix(".") ? host.dropLast() : host[...]
        return name == "localhost" || name.hasSuffix(".localhost")
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
