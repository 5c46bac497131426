/// Which connectors of a run still have transfers to make: the idle connections of one that has none are of use to nobody,
/// and keep a server of few slots from the others.
struct ConnectorUse {
    /// The connector of each operation.
    private let connectors: [Int]
    /// How many transfers of each connector were named and are not over.
    private var underway: [Int]
    /// The operation of the transfer that was named last.
    private var operation = 0

    /// nil with a single connector, and where operations come round again.
    init?(_ plan: FetchPlan) {
        guard plan.connectors.count > 1, plan.run.repetition == nil else { return nil }
        self.init(connectors: plan.operations.map(\.connector), count: plan.connectors.count)
    }

    init(connectors: [Int], count: Int) {
        self.connectors = connectors
        underway = Array(repeating: 0, count: count)
    }

    /// A transfer of the operation is named.
    /// - Returns: the connectors that are through now.
    mutating func begin(operation next: Int) -> [Int] {
        underway[connectors[next]] += 1
        guard next != operation else { return [] }
        defer { operation = next }
        return Set(connectors[operation..<next]).sorted().filter { isThrough($0, from: next) }
    }

    /// A transfer of the operation is over.
    /// - Returns: the connector, if it is through now.
    mutating func end(operation ended: Int) -> Int? {
        let connector = connectors[ended]
        underway[connector] -= 1
        return isThrough(connector, from: operation) ? connector : nil
    }

    private func isThrough(_ connector: Int, from operation: Int) -> Bool {
        underway[connector] == 0 && !connectors[operation...].contains(connector)
    }
}
