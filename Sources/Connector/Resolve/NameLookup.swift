internal import Sockets

/// Asks the resolver on behalf of dialers: remembers names, shares lookups under way, and lets each caller leave alone.
@LoopActor
final class NameLookup {
    private typealias Cache = DNSCache<HostPort, ResolvedAddress>

    private let resolver: any Resolver
    private let closesResolver: Bool
    private let usesCache: Bool
    private let family: AddressFamily
    private var cache: Cache
    private var underWay: [Cache.LookupID: Lookup] = [:]
    private var uncachedLookups: [ObjectIdentifier: Lookup] = [:]
    private var isClosed = false

    /// One question to the resolver and everybody who waits for its answer.
    @LoopActor
    private final class Lookup {
        var waiters: [Suspension] = []
        var answer: Result<[ResolvedAddress], DNSFailure>?

        func settle(_ answer: Result<[ResolvedAddress], DNSFailure>?) {
            self.answer = answer
            for waiter in waiters { waiter.wake(answer == nil ? .closed : .woken) }
            waiters = []
        }
    }

    init(
        resolver: any Resolver, closesResolver: Bool, usesCache: Bool, ttl: Duration?, capacity: Int,
        family: AddressFamily
    ) {
        self.resolver = resolver
        self.closesResolver = closesResolver
        self.usesCache = usesCache
        self.family = family
        cache = Cache(capacity: capacity, timeToLive: ttl) { $0.address.isIPv6 ? 6 : 4 }
    }

    /// The address that `name` is already; nil = it has to be resolved.
    func address(_ name: HostPort, for endpoint: Endpoint) throws(ConnectorError) -> SocketAddress? {
        guard let address = SocketAddress(numericHost: name.host, port: name.port),
            !resolver.replaces(address: name.host, port: name.port)
        else { return nil }
        guard family.includes(address) else { throw noAddress(name, of: family, for: endpoint) }
        return address
    }

    /// The addresses of `name`, never empty.
    func resolve(
        _ name: HostPort, for endpoint: Endpoint, context: DialContext
    ) async throws -> [SocketAddress] {
        if let address = try address(name, for: endpoint) { return [address] }
        if isClosed { throw ConnectorError.closed }
        let answer = try await answer(name, endpoint, context)
        return try usable(answer, name, endpoint)
    }

    private func answer(
        _ name: HostPort, _ endpoint: Endpoint, _ context: DialContext
    ) async throws -> [ResolvedAddress] {
        guard usesCache else {
            let lookup = Lookup()
            uncachedLookups[ObjectIdentifier(lookup)] = lookup
            start(lookup, name) { [weak self] _ in self?.uncachedLookups[ObjectIdentifier(lookup)] = nil }
            return try await ask(lookup, name, endpoint, context)
        }
        switch cache.lookup(name, now: .now) {
        case .hit(let addresses):
            context.trace(.dnsCacheHit(host: name.host, port: name.port))
            return addresses
        case .join(let id):
            context.trace(.dnsLookupJoined(host: name.host, port: name.port))
            guard let lookup = underWay[id] else { throw ConnectorError.closed }
            return try await wait(for: lookup, endpoint, context)
        case .start(let id):
            let lookup = Lookup()
            underWay[id] = lookup
            start(lookup, name) { [weak self] answer in
                guard let self else { return }
                underWay[id] = nil
                cache.finished(id, addresses: try? answer.get(), now: .now)
            }
            context.trace(.dnsCacheMiss(host: name.host, port: name.port))
            return try await ask(lookup, name, endpoint, context)
        }
    }

    private func ask(
        _ lookup: Lookup, _ name: HostPort, _ endpoint: Endpoint, _ context: DialContext
    ) async throws -> [ResolvedAddress] {
        context.trace(.resolving(host: name.host, port: name.port))
        let addresses = try await wait(for: lookup, endpoint, context)
        context.trace(.resolved(host: name.host, port: name.port, addresses: addresses.map(\.address)))
        return addresses
    }

    /// The lookup is a task of its own: it goes on, and fills the cache, when everybody who waited has left.
    private func start(
        _ lookup: Lookup, _ name: HostPort,
        _ finished: @escaping @LoopActor @Sendable (Result<[ResolvedAddress], DNSFailure>) -> Void
    ) {
        let (resolver, family) = (self.resolver, self.family)
        EventLoop.shared.start {
            let answer: Result<[ResolvedAddress], DNSFailure>
            do {
                let addresses = try await resolver.resolve(host: name.host, port: name.port, family: family)
                answer =
                    addresses.isEmpty
                    ? .failure(DNSFailure(host: name.host, port: name.port, text: "the name has no address"))
                    : .success(addresses)
            } catch let failure as DNSFailure {
                answer = .failure(failure)
            } catch {
                answer = .failure(
                    DNSFailure(host: name.host, port: name.port, text: String(describing: error)))
            }
            finished(answer)
            lookup.settle(answer)
        }
    }

    private func wait(
        for lookup: Lookup, _ endpoint: Endpoint, _ context: DialContext
    ) async throws -> [ResolvedAddress] {
        if lookup.answer == nil {
            let place = Suspension()
            lookup.waiters.append(place)
            try context.beginInterruptible { place.wake(.closed) }
            let outcome = await place.wait(until: context.deadline)
            context.endInterruptible()
            lookup.waiters.removeAll { $0 === place }
            do throws(WaitError) {
                try outcome.get()
            } catch {
                throw context.translate(error, .dns, endpoint, [])
            }
        }
        switch lookup.answer {
        case .success(let addresses): return addresses
        case .failure(var failure):
            failure.endpoint = endpoint
            throw ConnectorError.dns(failure)
        case nil: throw ConnectorError.closed
        }
    }

    private func usable(
        _ answer: [ResolvedAddress], _ name: HostPort, _ endpoint: Endpoint
    ) throws(ConnectorError) -> [SocketAddress] {
        // A hosts file may name an address twice; it is tried once.
        var seen: Set<SocketAddress> = []
        let addresses = answer.compactMap { found in
            let isWanted = (found.isFixed ? .any : family).includes(found.address)
            return isWanted && seen.insert(found.address).inserted ? found.address : nil
        }
        guard !addresses.isEmpty else { throw noAddress(name, of: family, for: endpoint) }
        return addresses
    }

    private func noAddress(
        _ name: HostPort, of family: AddressFamily, for endpoint: Endpoint
    ) -> ConnectorError {
        let text =
            switch family {
            case .any: "it has no usable address"
            case .ipv4: "it has no IPv4 address"
            case .ipv6: "it has no IPv6 address"
            }
        var failure = DNSFailure(host: name.host, port: name.port, text: text)
        failure.endpoint = endpoint
        return .dns(failure)
    }

    var cachedHosts: [HostPort: [ResolvedAddress]] { cache.freshEntries(now: .now) }

    func clear() { cache.clear() }

    func clear(_ name: HostPort) { cache.clear(name) }

    /// Everybody who waits gets `.closed` now; answers that come later are thrown away.
    func close() async {
        guard !isClosed else { return }
        isClosed = true
        for lookup in underWay.values { lookup.settle(nil) }
        for lookup in uncachedLookups.values { lookup.settle(nil) }
        underWay = [:]
        uncachedLookups = [:]
        cache.clear()
        if closesResolver { await resolver.close() }
    }
}
