/// What a run counts, in all and for each host. Pure.
struct Statistics {
    /// What is counted of one host, or of all.
    struct Counts {
        var transfers = 0
        /// Answers by status, those of redirects included.
        var answers: [Int: Int] = [:]
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
        var total = Histogram()
        /// Transfers whose connections had all served before, and all others.
        var warm = Histogram()
        var cold = Histogram()

        mutating func begin() {
            underWay += 1
            peak = max(peak, underWay)
        }

        mutating func end() { underWay -= 1 }
    }

    /// Hosts beyond these are counted under one name.
    static let mostHosts = 1000
    static let otherHosts = "(other hosts)"

    private(set) var all = Counts()
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

    /// Counts something of the host at `place`, and of all.
    mutating func count(at place: Int, _ change: (inout Counts) -> Void) {
        change(&all)
        change(&hosts[place].counts)
    }
}
