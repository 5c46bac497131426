import Connector
import Glibc
import HTTPCore

/// Which transfer comes next.
extension Runner {
    /// A transfer, and its share of standard output, whose place is settled here.
    struct Entry {
        let plan: TransferPlan
        let sink: StdoutSink?
        /// The number of its host in `turns`; nil where hosts do not take turns.
        var host: Int?
    }

    /// How many transfers are read ahead, to find hosts that can have a turn.
    private static let lookahead = 256

    /// The next transfer, in the order of the command line or by the turns of the hosts; nil = there is none for now.
    func nextEntry() -> Entry? {
        guard hostsTakeTurns else { return nextTransfer().map(entry) }
        while turns.count < Self.lookahead, let plan = nextTransfer() {
            turns.add(entry(plan), host: host(of: plan.url))
        }
        guard !isStopping, let next = turns.next() else { return nil }
        var entry = next.item
        entry.host = next.host
        return entry
    }

    func entry(_ plan: TransferPlan) -> Entry {
        Entry(plan: plan, sink: TransferOutput.makeSink(plan, operations[plan.operation].plan, context))
    }

    /// The host of `url`, most often that of the URL before.
    private func host(of url: String) -> String {
        if lastHost.isEmpty || !url.hasPrefix(lastHost) { lastHost = String(URLRules.place(of: url)) }
        return lastHost
    }

    /// The next transfer in the order of the command line. An entry that is none is reported and skipped.
    func nextTransfer() -> TransferPlan? {
        while !isStopping, listWait == nil {
            do throws(TransferSequenceError) {
                let transfer = try rounds.next(now: .now)
                number = (transfer?.number ?? number - 1) + 1
                if let transfer { closeIdle(connectorUse?.begin(operation: transfer.operation) ?? []) }
                return transfer
            } catch {
                if case .notYet(let list) = error {
                    waitForLine(of: list)
                    return nil
                }
                refuse(error, number)
                if plan.run.stopsAtFirstFailure { isStopping = true }
            }
        }
        return nil
    }

    /// Closes idle connections that no transfer will use. `connectors` are numbers of the plan's connectors.
    func closeIdle(_ connectors: [Int]) {
        for index in connectors {
            let operation = operations.first { $0.plan.connector == index }
            operation?.connector.closeIdle()
        }
    }

    /// Goes on with the list once it has another line. The transfers that run are not held up.
    private func waitForLine(of list: CInt) {
        listWait = EventLoop.shared.start {
            do throws(Errno) {
                _ = try await EventLoop.shared.untilReadable(list)
            } catch {
                // epoll cannot watch a list of this kind.
                try? await EventLoop.shared.sleep(until: .now + .milliseconds(10))
            }
            self.listWait = nil
            self.fillWindow()
            if self.runningWorkers == 0 { self.allDone.wake() }
        }
    }

    private func refuse(_ error: TransferSequenceError, _ number: Int) {
        let (failure, text, picture) = error.told
        let status = Int(failure.status.rawValue)
        context.diagnostics.error(status, text, below: picture)
        context.reports?.add("URLs", number: number, status: status, failure: text)
        note(number, failure.status, text)
    }
}
