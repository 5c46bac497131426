import HTTPClient

/// What a run counts, in all and for each host. Pure.
struct Statistics {
    /// Requests under way.
    struct UnderWay {
        private var now = 0
        /// The most at once.
        private(set) var peak = 0

        mutating func begin() {
            now += 1
            peak = max(peak, now)
        }

        mutating func end() { now -= 1 }
    }

    /// What is counted of one host, or of all.
    struct Counts {
        var transfers = 0
        /// Those of them that asked for nothing, because the file was there.
        var skipped = 0
        /// Answers by status, those of redirects included: few, in the order in which they first came.
        private(set) var answers: [(status: Int, number: Int)] = []
        /// Transfers that failed, by exit status.
        var failures: [CInt: Int] = [:]
        var receivedBytes = 0
        var sentBytes = 0
        var opened = 0
        var reused = 0
        /// Connections that were closed after a request.
        var closed = 0
        fileprivate(set) var underWay = UnderWay()
        var queue = Histogram()
        var connect = Histogram()
        /// To the first byte of the last answer.
        var firstByte = Histogram()
        /// Whole transfers: those whose connections had all served before, and all others.
        var warm = Histogram()
        var cold = Histogram()
        /// All of them.
        var total: Histogram { warm.merged(with: cold) }

        private mutating func answered(_ status: Int, times: Int = 1) {
            if let place = answers.firstIndex(where: { $0.status == status }) {
                answers[place].number += times
            } else {
                answers.append((status, times))
            }
        }

        fileprivate mutating func begin(isReused: Bool) {
            underWay.begin()
            if isReused { reused += 1 } else { opened += 1 }
        }

        fileprivate mutating func end(_ figures: ExchangeFigures) {
            underWay.end()
            if !figures.isConnectionKept { closed += 1 }
            receivedBytes += Int(figures.receivedBytes)
            sentBytes += Int(figures.sentBytes)
            if let status = figures.status { answered(status) }
        }

        fileprivate mutating func waited(_ times: ConnectionTimes) {
            if let time = times.queue { queue.record(Int(time / .microseconds(1))) }
            if let time = times.connect { connect.record(Int(time / .microseconds(1))) }
        }

        fileprivate mutating func end(_ tally: TransferTally, code: CInt, _ now: Int) {
            transfers += 1
            if tally.isSkipped { skipped += 1 }
            if code != 0 { failures[code, default: 0] += 1 }
            guard let first = tally.firstByte else { return }
            let start = tally.start ?? now
            firstByte.record((first - start) / 1000)
            let total = (now - start) / 1000
            if tally.isCold { cold.record(total) } else { warm.record(total) }
        }

        /// Adds what was counted elsewhere, but for the requests at once: those of two hosts need not have met.
        fileprivate mutating func add(_ other: Counts) {
            transfers += other.transfers
            skipped += other.skipped
            for answer in other.answers { answered(answer.status, times: answer.number) }
            for (code, number) in other.failures { failures[code, default: 0] += number }
            receivedBytes += other.receivedBytes
            sentBytes += other.sentBytes
            opened += other.opened
            reused += other.reused
            closed += other.closed
            queue = queue.merged(with: other.queue)
            connect = connect.merged(with: other.connect)
            firstByte = firstByte.merged(with: other.firstByte)
            warm = warm.merged(with: other.warm)
            cold = cold.merged(with: other.cold)
        }
    }

    /// Hosts beyond these are counted under one name.
    static let mostHosts = 1000
    static let otherHosts = "(other hosts)"

    /// The sum of all hosts.
    var all: Counts {
        var all = hosts.reduce(into: Counts()) { $0.add($1.counts) }
        all.underWay = underWay
        return all
    }
    /// Whatever their host.
    private var underWay = UnderWay()
    /// In the order in which they were first asked.
    private(set) var hosts: [(name: String, counts: Counts)] = []
    private var places: [String: Int] = [:]

    /// Where a host is counted.
    mutating func place(of host: String) -> Int {
        if let place = places[host] { return place }
        if hosts.count > Self.mostHosts { return Self.mostHosts }
        let name = hosts.count < Self.mostHosts ? host : Self.otherHosts
        places[name] = hosts.count
        hosts.append((name, Counts()))
        return hosts.count - 1
    }

    /// A request of the host at `place` waited for its connection.
    mutating func waited(at place: Int, _ times: ConnectionTimes) { hosts[place].counts.waited(times) }

    /// A request of the host at `place` is under way.
    mutating func begin(at place: Int, isReused: Bool) {
        underWay.begin()
        hosts[place].counts.begin(isReused: isReused)
    }

    /// It no longer is.
    mutating func end(at place: Int, _ figures: ExchangeFigures) {
        underWay.end()
        hosts[place].counts.end(figures)
    }

    /// A transfer is over `now`, in nanoseconds of the steady clock, with an exit status.
    mutating func end(_ tally: TransferTally, at place: Int, code: CInt, _ now: Int) {
        hosts[place].counts.end(tally, code: code, now)
    }
}
