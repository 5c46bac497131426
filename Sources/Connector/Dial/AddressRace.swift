/// Which address to try when (RFC 8305 §5): each attempt gets a head start over the next one, and the first that
/// connects wins.
///
/// Events go in, orders come out; the shell opens and closes sockets. Indices in orders and events are places in
/// `addresses`. After `cancel` the shell closes that attempt's socket and reports nothing more of it.
///
/// Invariants: an address is started at most once, unless it was cut short by a winner that failed later; with no
/// head start at most one attempt runs; a race that is not over has an attempt running, or a winner.
struct AddressRace<Address> {
    typealias Instant = ContinuousClock.Instant

    /// Work for the shell, in this order.
    enum Order: Hashable, Sendable {
        /// Begin to connect to this address.
        case start(Int)
        /// Stop this attempt and close its socket before going on.
        case cancel(Int)
        /// Go on with this address. Should its TLS handshake fail, say `upperLayerFailed`.
        case winner(Int)
        /// Every address has failed.
        case exhausted
    }

    private enum Attempt {
        /// → running.
        case waiting
        /// → won, failed, cut short, cancelled.
        case running
        /// → running again if the winner fails, cancelled.
        case cutShort
        /// → failed, cancelled.
        case won
        case failed
        case cancelled
    }

    /// The smallest head start (RFC 8305 §5).
    static var minimumAttemptDelay: Duration { .milliseconds(10) }

    /// In the order of the race.
    let addresses: [Address]
    /// The head start of each attempt; nil = the next one begins only when this one has failed.
    let attemptDelay: Duration?
    /// When to call `timer`; nil = no need.
    private(set) var nextDeadline: Instant?

    private var attempts: [Attempt]
    /// What to try yet: addresses not tried, then those cut short.
    private var queue: [Int]
    private var queueStart = 0
    private var running = 0
    private var newest: Int?
    private var hasBegun = false

    /// - Parameters:
    ///   - addresses: in the resolver's order of preference.
    ///   - firstAddressFamilyCount: how many addresses of the first one's family lead before the families take turns;
    ///     0 = the resolver's order; nil = 1 when racing, else 0.
    ///   - attemptDelay: the head start of each attempt, at least 10 ms; nil = one after another.
    ///   - family: a number for the address family.
    init(
        addresses: [Address], firstAddressFamilyCount: Int?, attemptDelay: Duration?,
        family: (Address) -> Int
    ) {
        let count = firstAddressFamilyCount ?? (attemptDelay == nil ? 0 : 1)
        self.addresses = Self.interleave(addresses, firstAddressFamilyCount: count, family: family)
        self.attemptDelay = attemptDelay.map { max($0, Self.minimumAttemptDelay) }
        attempts = Array(repeating: .waiting, count: addresses.count)
        queue = Array(addresses.indices)
    }

    // MARK: Events

    /// Begins the race; later calls do nothing.
    mutating func start(now: Instant) -> [Order] {
        guard !hasBegun else { return [] }
        hasBegun = true
        return startNext(now: now)
    }

    /// The head start of the newest attempt may be over.
    mutating func timer(now: Instant) -> [Order] {
        guard let nextDeadline, now >= nextDeadline else { return [] }
        return startNext(now: now)
    }

    /// This attempt failed, be it by error or by its own timeout. The next begins at once if it was the newest or the
    /// last one running.
    mutating func attemptFailed(_ index: Int, now: Instant) -> [Order] {
        guard isRunning(index) else { return [] }
        attempts[index] = .failed
        running -= 1
        return index == newest || running == 0 ? startNext(now: now) : []
    }

    /// This attempt connected: it wins, and the others are cut short. A second one that connected meanwhile has its
    /// `cancel` already.
    mutating func attemptConnected(_ index: Int, now: Instant) -> [Order] {
        guard isRunning(index) else { return [] }
        var orders = stopRunning(except: index, leaving: .cutShort)
        attempts[index] = .won
        orders.append(.winner(index))
        return orders
    }

    /// The winner connected but failed above TCP: it alone is struck off. Addresses not tried yet go on, then those
    /// that it had cut short.
    mutating func upperLayerFailed(_ index: Int, now: Instant) -> [Order] {
        guard attempts.indices.contains(index), case .won = attempts[index] else { return [] }
        attempts[index] = .failed
        return startNext(now: now)
    }

    /// Gives up the race: stops every attempt, and nothing follows. A winner's socket is the shell's to close.
    mutating func cancel() -> [Order] {
        let orders = stopRunning(except: nil, leaving: .cancelled)
        for index in attempts.indices {
            switch attempts[index] {
            case .waiting, .running, .cutShort, .won: attempts[index] = .cancelled
            case .failed, .cancelled: break
            }
        }
        queueStart = queue.count
        hasBegun = true
        return orders
    }

    // MARK: Rules

    private func isRunning(_ index: Int) -> Bool {
        guard attempts.indices.contains(index), case .running = attempts[index] else { return false }
        return true
    }

    private mutating func startNext(now: Instant) -> [Order] {
        nextDeadline = nil
        guard queueStart < queue.count else { return running == 0 ? [.exhausted] : [] }
        let index = queue[queueStart]
        queueStart += 1
        attempts[index] = .running
        running += 1
        newest = index
        if let attemptDelay, queueStart < queue.count { nextDeadline = now + attemptDelay }
        return [.start(index)]
    }

    /// Stops all attempts but one, in the order of the race. Those cut short queue up behind the untried.
    private mutating func stopRunning(except winner: Int?, leaving end: Attempt) -> [Order] {
        nextDeadline = nil
        var orders: [Order] = []
        for index in attempts.indices where isRunning(index) && index != winner {
            attempts[index] = end
            queue.append(index)
            orders.append(.cancel(index))
        }
        running = 0
        return orders
    }

    /// The order of the race (RFC 8305 §4): `firstAddressFamilyCount` addresses of the first one's family lead, then
    /// the families take turns, beginning with the next family; what is left of one follows. 0 or less = unchanged.
    static func interleave(
        _ addresses: [Address], firstAddressFamilyCount: Int, family: (Address) -> Int
    ) -> [Address] {
        guard firstAddressFamilyCount > 0, addresses.count > 2 else { return addresses }
        var lanes: [[Address]] = []
        var laneOfFamily: [Int: Int] = [:]
        for address in addresses {
            let lane = laneOfFamily[family(address), default: lanes.count]
            if lane == lanes.count {
                laneOfFamily[family(address)] = lane
                lanes.append([])
            }
            lanes[lane].append(address)
        }
        guard lanes.count > 1 else { return addresses }

        var result = Array(lanes[0].prefix(firstAddressFamilyCount))
        var turns = (lanes[1...] + [Array(lanes[0].dropFirst(result.count))]).map { $0[...] }
        while !turns.isEmpty {
            for lane in turns.indices {
                if let address = turns[lane].popFirst() { result.append(address) }
            }
            turns.removeAll(where: \.isEmpty)
        }
        return result
    }
}
