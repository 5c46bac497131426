import Testing

@testable import Connector

/// Addresses are names whose first character is the family: "4a", "6c".
private typealias Race = AddressRace<String>

private func makeRace(
    _ addresses: [String], count: Int? = nil, delay: Duration? = .milliseconds(250)
) -> Race {
    Race(addresses: addresses, firstAddressFamilyCount: count, attemptDelay: delay, family: familyOf)
}

private func familyOf(_ address: String) -> Int { Int(address.utf8.first ?? 0) }

struct AddressRaceTests {
    let zero = ContinuousClock.now

    @Test func `HE-01 a single address runs without a timer`() {
        var race = makeRace(["4a"], delay: .seconds(10))
        #expect(race.start(now: zero) == [.start(0)])
        #expect(race.nextDeadline == nil)
        #expect(race.attemptConnected(0, now: zero) == [.winner(0)])
    }

    @Test func `HE-02 the next attempt begins when the newest has run for the delay`() {
        var race = makeRace(["4a", "4b", "4c"], delay: .milliseconds(100))
        #expect(race.start(now: zero) == [.start(0)])
        #expect(race.nextDeadline == zero + .milliseconds(100))
        #expect(race.timer(now: zero + .milliseconds(99)) == [])
        #expect(race.timer(now: zero + .milliseconds(103)) == [.start(1)])
        #expect(race.nextDeadline == zero + .milliseconds(203))
        #expect(race.timer(now: zero + .milliseconds(203)) == [.start(2)])
        #expect(race.nextDeadline == nil)
    }

    @Test func `HE-02 the next attempt begins at once when the newest fails`() {
        var race = makeRace(["4a", "4b", "4c", "4d"])
        _ = race.start(now: zero)
        #expect(race.attemptFailed(0, now: zero + .milliseconds(1)) == [.start(1)])
        #expect(race.nextDeadline == zero + .milliseconds(251))
        #expect(race.timer(now: zero + .milliseconds(251)) == [.start(2)])
        #expect(race.attemptFailed(1, now: zero + .milliseconds(260)) == [])
        #expect(race.attemptFailed(2, now: zero + .milliseconds(270)) == [.start(3)])
    }

    @Test func `HE-03 the first to connect wins and the others are stopped before it goes on`() {
        var race = makeRace(["4a", "4b", "4c"], delay: .milliseconds(10))
        _ = race.start(now: zero)
        _ = race.timer(now: zero + .milliseconds(10))
        _ = race.timer(now: zero + .milliseconds(20))
        #expect(
            race.attemptConnected(1, now: zero + .milliseconds(21)) == [.cancel(0), .cancel(2), .winner(1)])
        #expect(race.nextDeadline == nil)
    }

    @Test func `HE-03 a tie yields one winner`() {
        var race = makeRace(["4a", "4b"], delay: .milliseconds(10))
        _ = race.start(now: zero)
        _ = race.timer(now: zero + .milliseconds(10))
        #expect(race.attemptConnected(1, now: zero + .milliseconds(11)) == [.cancel(0), .winner(1)])
        #expect(race.attemptConnected(0, now: zero + .milliseconds(11)) == [])
        #expect(race.attemptFailed(0, now: zero + .milliseconds(11)) == [])
    }

    @Test(arguments: [
        (["4a", "4b", "6c", "6d", "4e"], 1, ["4a", "6c", "4b", "6d", "4e"]),
        (["4a", "4b", "6c", "6d", "4e"], 2, ["4a", "4b", "6c", "4e", "6d"]),
        (["4a", "4b", "6c", "6d", "4e"], 0, ["4a", "4b", "6c", "6d", "4e"]),
        (["4a", "4b", "6c", "6d", "4e"], 9, ["4a", "4b", "4e", "6c", "6d"]),
        (["6a", "6b", "6c", "4d"], 1, ["6a", "4d", "6b", "6c"]),
        (["4a", "4b", "4c"], 1, ["4a", "4b", "4c"]),
        (["4a", "4b", "6c", "7d", "7e"], 1, ["4a", "6c", "7d", "4b", "7e"]),
        (["4a", "6b"], 1, ["4a", "6b"]),
        ([], 1, []),
    ])
    func `HE-04 the first family leads, then the families take turns`(
        addresses: [String], count: Int, expected: [String]
    ) {
        #expect(
            Race.interleave(addresses, firstAddressFamilyCount: count, family: familyOf) == expected)
        #expect(makeRace(addresses, count: count).addresses == expected)
    }

    @Test func `HE-04 families take turns by default when racing, and only then`() {
        #expect(makeRace(["4a", "4b", "6c"]).addresses == ["4a", "6c", "4b"])
        #expect(makeRace(["4a", "4b", "6c"], delay: nil).addresses == ["4a", "4b", "6c"])
        #expect(makeRace(["4a", "4b", "6c"], count: 1, delay: nil).addresses == ["4a", "6c", "4b"])
    }

    @Test func `HE-05 without a delay the next begins only after a failure`() {
        var race = makeRace(["4a", "4b"], delay: nil)
        #expect(race.start(now: zero) == [.start(0)])
        #expect(race.nextDeadline == nil)
        #expect(race.timer(now: zero + .seconds(1000)) == [])
        #expect(race.attemptFailed(0, now: zero + .seconds(1000)) == [.start(1)])
        #expect(race.attemptConnected(1, now: zero + .seconds(1001)) == [.winner(1)])
    }

    @Test(arguments: [.zero, .milliseconds(3), .milliseconds(10)] as [Duration])
    func `HE-06 a delay below ten milliseconds acts as ten`(delay: Duration) {
        var race = makeRace(["4a", "4b"], delay: delay)
        _ = race.start(now: zero)
        #expect(race.nextDeadline == zero + .milliseconds(10))
    }

    @Test(arguments: [0, 1, 2, 5, -1, .max])
    func `HE-07 and HE-08 any count tries each refused address once and ends`(count: Int) {
        var race = makeRace(["4a", "4b", "6c", "4d"], count: count)
        var orders = race.start(now: zero)
        for index in 0..<4 {
            #expect(orders == [.start(index)])
            orders = race.attemptFailed(index, now: zero)
        }
        #expect(orders == [.exhausted])
        #expect(race.start(now: zero) == [])
        #expect(race.nextDeadline == nil)
    }

    @Test func `HE-12 a winner that fails in TLS is struck off, untried ones go on, then those cut short`() {
        var race = makeRace(["4hole", "4bad", "4good"], delay: .milliseconds(100))
        _ = race.start(now: zero)
        _ = race.timer(now: zero + .milliseconds(100))
        #expect(race.attemptConnected(1, now: zero + .milliseconds(101)) == [.cancel(0), .winner(1)])
        #expect(race.upperLayerFailed(1, now: zero + .milliseconds(110)) == [.start(2)])
        #expect(race.nextDeadline == zero + .milliseconds(210))
        #expect(race.timer(now: zero + .milliseconds(210)) == [.start(0)])
        #expect(race.attemptConnected(2, now: zero + .milliseconds(211)) == [.cancel(0), .winner(2)])
        #expect(race.upperLayerFailed(2, now: zero + .milliseconds(220)) == [.start(0)])
        #expect(race.attemptFailed(0, now: zero + .seconds(9)) == [.exhausted])
    }

    @Test func `HE-12 five addresses that fail in five ways are each tried once`() {
        var race = makeRace(["4refused", "4cert", "4nottls", "4pin", "4good"])
        #expect(race.start(now: zero) == [.start(0)])
        #expect(race.attemptFailed(0, now: zero) == [.start(1)])
        for index in 1...3 {
            #expect(race.attemptConnected(index, now: zero) == [.winner(index)])
            #expect(race.upperLayerFailed(index, now: zero) == [.start(index + 1)])
            #expect(race.upperLayerFailed(index, now: zero) == [])
        }
        #expect(race.attemptConnected(4, now: zero) == [.winner(4)])
    }

    @Test func `HE-13 an attempt that times out leaves the others running`() {
        var race = makeRace(["4hole", "4slow", "4good"], delay: .milliseconds(100))
        _ = race.start(now: zero)
        _ = race.timer(now: zero + .milliseconds(100))
        #expect(race.attemptFailed(0, now: zero + .milliseconds(150)) == [])
        #expect(race.nextDeadline == zero + .milliseconds(200))
        #expect(race.timer(now: zero + .milliseconds(200)) == [.start(2)])
        #expect(race.attemptConnected(1, now: zero + .milliseconds(201)) == [.cancel(2), .winner(1)])
    }

    @Test func `HE-15 a cancelled race stops every attempt and stays silent`() {
        var race = makeRace(["4a", "4b", "4c", "4d"], delay: .milliseconds(10))
        _ = race.start(now: zero)
        _ = race.timer(now: zero + .milliseconds(10))
        _ = race.timer(now: zero + .milliseconds(20))
        #expect(race.cancel() == [.cancel(0), .cancel(1), .cancel(2)])
        #expect(race.cancel() == [])
        #expect(race.start(now: zero) == [])
        #expect(race.attemptFailed(1, now: zero) == [])
        #expect(race.attemptConnected(2, now: zero) == [])
        #expect(race.timer(now: zero + .seconds(1)) == [])
        #expect(race.nextDeadline == nil)
    }

    @Test func `DNS-16 a race without addresses is over at once`() {
        var race = makeRace([])
        #expect(race.start(now: zero) == [.exhausted])
        #expect(race.start(now: zero) == [])
    }

    // MARK: Random networks

    private enum Peer: CaseIterable { case refused, hangs, connects, failsTLS }

    /// What was said to the race last: the only things that may follow are those that RFC 8305 allows after it.
    private enum Event { case began, timer, failed(Int), connected, failedAbove }

    /// Plays a race against peers that answer after a random time; hanging ones fail by the shell's timeout.
    @Test
    func
        `random networks end with a good peer if there is one, and attempts begin when they may (HE-02, HE-08, HE-12, HE-15)`()
        throws
    {
        for seed in seeds(500) {
            var random = SeededGenerator(seed: seed)
            let peers = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                Peer.allCases.randomElement(using: &random) ?? .hangs
            }
            let names = peers.indices.map { "\(Bool.random(using: &random) ? 4 : 6)\($0)" }
            let delay: Duration? = Bool.random(using: &random) ? .milliseconds(50) : nil
            var race = makeRace(names, count: Int.random(in: 0...3, using: &random), delay: delay)
            func peer(_ index: Int) -> Peer { peers[Int(race.addresses[index].dropFirst()) ?? 0] }

            var now = zero
            var answers: [Int: ContinuousClock.Instant] = [:]
            var cutShort: Set<Int> = []
            var started: Set<Int> = []
            var winner: Int?
            var isCancelled = false
            var isExhausted = false
            var newest: (index: Int, at: ContinuousClock.Instant)?
            var event = Event.began
            var orders = race.start(now: now)
            var steps = 0
            func fail(_ reason: String) -> SequenceFailure {
                SequenceFailure(seed: seed, step: steps, reason: "\(reason); \(peers) \(race)")
            }

            while true {
                steps += 1
                for order in orders {
                    switch order {
                    case .start(let index):
                        guard started.insert(index).inserted || cutShort.remove(index) != nil else {
                            throw fail("\(index) started twice")
                        }
                        guard winner == nil, answers[index] == nil else {
                            throw fail("\(index) started late")
                        }
                        let mayStart =
                            switch event {
                            case .began, .failedAbove: true
                            case .timer: newest.map { delay == now - $0.at } ?? false
                            case .failed(let other): other == newest?.index || answers.isEmpty
                            case .connected: false
                            }
                        guard mayStart else { throw fail("\(index) started after \(event)") }
                        newest = (index, now)
                        let wait = peer(index) == .hangs ? 5000 : Int.random(in: 0...120, using: &random)
                        answers[index] = now + .milliseconds(wait)
                    case .cancel(let index):
                        guard answers.removeValue(forKey: index) != nil, winner == nil else {
                            throw fail("\(index) was not running")
                        }
                        cutShort.insert(index)
                    case .winner(let index):
                        guard answers.isEmpty, winner == nil else { throw fail("\(index) won among others") }
                        winner = index
                    case .exhausted:
                        guard answers.isEmpty, winner == nil, !isExhausted else {
                            throw fail("not exhausted")
                        }
                        isExhausted = true
                    }
                }
                if delay == nil, answers.count > 1 { throw fail("\(answers) at once") }
                let left = names.count - started.count + cutShort.count
                if case .failed(let index) = event, index == newest?.index, left > 0 {
                    throw fail("nobody took the place of \(index)")
                }
                let mayRace = winner == nil && !isExhausted && left > 0
                guard race.nextDeadline == (mayRace ? delay.flatMap { newest?.at.advanced(by: $0) } : nil)
                else { throw fail("the next attempt is planned for \(race.nextDeadline as Any)") }
                if isExhausted || steps > 200 { break }
                if Int.random(in: 0..<40, using: &random) == 0 {
                    guard race.cancel() == answers.keys.sorted().map({ .cancel($0) }) else {
                        throw fail("cancelled badly")
                    }
                    let late = now + .seconds(1)
                    orders = race.timer(now: late) + race.start(now: late) + race.cancel()
                    for index in names.indices {
                        orders += race.attemptFailed(index, now: late)
                        orders += race.attemptConnected(index, now: late)
                        orders += race.upperLayerFailed(index, now: late)
                    }
                    guard orders.isEmpty, race.nextDeadline == nil else {
                        throw fail("\(orders) after the cancel")
                    }
                    isCancelled = true
                    break
                }
                if let index = winner {
                    guard peer(index) == .failsTLS else { break }
                    winner = nil
                    event = .failedAbove
                    orders = race.upperLayerFailed(index, now: now)
                    continue
                }
                let next = answers.min { ($0.value, $0.key) < ($1.value, $1.key) }
                if let deadline = race.nextDeadline, deadline < next?.value ?? deadline + .seconds(1) {
                    now = deadline
                    event = .timer
                    orders = race.timer(now: now)
                    guard !orders.isEmpty else { throw fail("a deadline without an order") }
                    continue
                }
                guard let next else { throw fail("stuck") }
                now = max(now, next.value)
                answers[next.key] = nil
                switch peer(next.key) {
                case .connects, .failsTLS:
                    event = .connected
                    orders = race.attemptConnected(next.key, now: now)
                case .refused, .hangs:
                    event = .failed(next.key)
                    orders = race.attemptFailed(next.key, now: now)
                }
            }

            if isCancelled { continue }
            let hasGood = peers.contains { $0 == .connects }
            guard isExhausted != hasGood, isExhausted == (winner == nil) else { throw fail("ended wrongly") }
            guard !isExhausted || started.count == peers.count && cutShort.isEmpty else {
                throw fail("gave up before trying all")
            }
        }
    }
}
