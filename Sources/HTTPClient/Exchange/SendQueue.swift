internal import Connector

/// Requests that are written together, at the end of a turn of the loop.
///
/// Where many are under way, each turn brings answers, and with them the next requests. Written one by one, each finds its
/// server asleep, which is dear for both sides to change; written in a row, the first wakes it, and it is busy with that one
/// when the next comes. A request that is alone in its turn waits for nothing.
@LoopActor
final class SendQueue {
    /// The one of the one loop.
    static let shared = SendQueue()

    private var exchanges: [Exchange] = []
    /// With so many the server has enough to do, and the first has waited for a fraction of a millisecond.
    private static let most = 32

    private init() {}

    /// Lets `exchange` send at the end of the turn, or now.
    func add(_ exchange: Exchange) {
        if exchanges.isEmpty { EventLoop.shared.atEndOfTurn { self.sendAll() } }
        exchanges.append(exchange)
        if exchanges.count >= Self.most { sendAll() }
    }

    private func sendAll() {
        var next = 0
        while next < exchanges.count {
            exchanges[next].send()
            next += 1
        }
        exchanges.removeAll(keepingCapacity: true)
    }
}
