import Glibc
import Sockets
import Synchronization
import TestSupport
import Testing

@testable import Connector

/// A second set of books: what the connects of one connector have told, held against its own numbers at each event.
///
/// A connect is entered when it begins and struck out when it failed or its connection was given back. Between events
/// nothing else runs on the loop, so the two sets must agree exactly.
@LoopActor
final class ConnectorLedger: ConnectorTracer {
    private enum Stage { case begun, waiting, making, leased }

    private let connector: BaseConnector
    private let limit: Int
    private let limitPerHost: Int
    private let sockets: SocketLog
    private var stages: [ConnectID: (stage: Stage, group: Endpoint.Group)] = [:]
    private(set) var events = 0
    /// What did not agree; the first few, each in a line.
    private(set) var faults: [String] = []

    init(_ connector: BaseConnector, limit: Int, limitPerHost: Int, sockets: SocketLog) {
        self.connector = connector
        self.limit = limit
        self.limitPerHost = limitPerHost
        self.sockets = sockets
    }

    /// True when every connect that was entered has been struck out.
    var isEven: Bool { stages.isEmpty }

    func begin(_ id: ConnectID, _ group: Endpoint.Group) {
        stages[id] = (.begun, group)
    }

    /// Strikes out a connect whose slot is free again.
    func end(_ id: ConnectID) {
        stages[id] = nil
        check("end")
    }

    func record(_ event: ConnectorEvent, id: ConnectID) {
        switch event {
        case .queued(let position):
            stages[id]?.stage = .waiting
            expect(connector.isClosed || position <= connector.statistics.waiting, "place \(position)")
        case .creating: stages[id]?.stage = .making
        case .created, .reused: stages[id]?.stage = .leased
        case .failed, .cancelled: stages[id] = nil
        default: break
        }
        check("\(EventLog.name(event)) of \(id.rawValue)")
    }

    private func expect(_ isSo: Bool, _ what: @autoclosure () -> String) {
        if !isSo, faults.count < 5 { faults.append("event \(events): \(what())") }
    }

    /// INV-01 to INV-05, and that each connect is in the connector's books exactly once.
    private func check(_ event: String) {
        events += 1
        let total = connector.statistics
        guard !connector.isClosed else {
            expect(total.idle + total.inUse + total.pending + total.waiting == 0, "closed, yet \(total)")
            return
        }
        expect(total.pending + total.inUse <= limit, "\(event): INV-01: \(total)")
        expect(total.pending + total.inUse + total.idle <= limit, "\(event): INV-02: \(total)")
        var entered: [Endpoint.Group: (count: Int, leased: Int, making: Int)] = [:]
        for (stage, group) in stages.values {
            entered[group, default: (0, 0, 0)].count += 1
            if stage == .leased { entered[group]?.leased += 1 }
            if stage == .making { entered[group]?.making += 1 }
        }
        for (group, own) in entered {
            let counts = connector.statistics(for: group)
            let active = counts.pending + counts.inUse
            expect(active + counts.idle <= limitPerHost, "\(event): INV-01: \(group) has \(counts)")
            let isFull = total.pending + total.inUse == limit || active == limitPerHost
            expect(counts.waiting == 0 || isFull, "\(event): INV-03: \(group) has \(counts) of \(total)")
            expect(
                active + counts.waiting == own.count && counts.inUse >= own.leased
                    && counts.pending >= own.making, "\(event): INV-04: \(group) has \(counts), not \(own)")
        }
        expect(
            total.pending + total.inUse + total.waiting == stages.count,
            "\(event): INV-04: \(total) for \(stages.count)")
        let open = sockets.openCount
        expect(
            (total.idle + total.inUse...total.idle + total.inUse + total.pending).contains(open),
            "\(event): INV-05: \(open) sockets for \(total)")
    }
}

/// Makes sockets and knows which of them are open still. The kernel's table of connections would not do: it forgets a
/// connection that was reset.
final class SocketLog: Sendable {
    /// Inodes by descriptor, of those not seen closed yet.
    private let made = Mutex<[CInt: ino_t]>([:])

    var factory: SocketFactory {
        { _ in
            let descriptor = makeStreamSocket()
            if let inode = Self.inode(of: descriptor) { self.made.withLock { $0[descriptor] = inode } }
            return descriptor
        }
    }

    var openCount: Int {
        made.withLock { made in
            made = made.filter { Self.inode(of: $0.key) == $0.value }
            return made.count
        }
    }

    private static func inode(of descriptor: CInt) -> ino_t? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status.st_ino : nil
    }
}
