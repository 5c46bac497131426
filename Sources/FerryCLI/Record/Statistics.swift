/// What a run counts, in all and for each host. Pure.
struct Statistics {
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
        /// Requests under way, and the most of them at once.
        private(set) var underWay = 0
        private(set) var peak = 0
        var queue = Histogram()
        var connect = Histogram()
        /// To the first byte of the last answer.
        var firstByte = Histogram()
        /// Whole transfers: those whose connections had all served before, and all others.
        var warm = Histogram()
        var cold = Histogram()
        /// All of them.
        var total: Histogram { warm.merged(with: cold) }

        mutating func answered(_ status: Int, times: Int = 1) {
            if let place = answers.firstIndex(where: { $0.status == status }) {
                answers[place].number += times
            } else {
                answers.append((status, times))
            }
        }

        mutating func begin() {
            underWay += 1
            peak = max(peak, underWay)
        }

        mutating func end() { underWay -= 1 }

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
    var all: Counts { hosts.reduce(into: together) { $0.add($1.counts) } }
    /// Requests at once, whatever their host.
    private var together = Counts()
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

    /// Counts something of the host at `place`.
    mutating func count(at place: Int, _ change: (inout Counts) -> Void) { change(&hosts[place].counts) }

    /// A request of the host at `place` is under way.
    mutating func begin(at place: Int, isReused: Bool) {
        together.begin()
        hosts[place].counts.begin()
        if isReused { hosts[place].counts.reused += 1 } else { hosts[place].counts.opened += 1 }
    }

    /// It no longer is.
    mutating func end(at place: Int, isKept: Bool) {
        together.end()
        hosts[place].counts.end()
        if !isKept { hosts[place].counts.closed += 1 }
    }
}
