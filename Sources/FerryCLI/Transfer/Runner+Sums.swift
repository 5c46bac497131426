import Connector
import HTTPClient

extension Runner {
    /// Fetches the checksums of `--checksum-url`, which the files are checked against. If that fails, so does every transfer
    /// that needs them. `--wait-ready` waits for them first, within the same time.
    func fetchSums() async {
        var sumsFetched = 0
        for operation in operations where operation.problem == nil {
            let wait = operation.plan.wait?.settings
            // Nothing is fetched from a service whose end is waited for.
            guard let plan = operation.plan.sums, !(wait?.isForEnd ?? false) else { continue }
            let fetch = files.makeOperation(plan, like: operation)
            for (index, url) in operation.plan.checksums.urls.enumerated() where !isStopping {
                let (worker, number) = (Worker(), sumsFetched)
                sumsFetched += 1
                add(worker)
                let transfer = Transfer(
                    TransferPlan(
                        operation: 0, number: number, urlNumber: index, outputNumber: index,
                        url: URLRules.withHost(url), destination: .memory, upload: nil),
                    operation: fetch, context: context, cancellation: worker.cancellation, sink: nil,
                    waiting: wait.map {
                        Waiting(
                            $0, since: waitBegan, for: fetch.service(of: url), isProbeOnly: false,
                            room: WaitingRoom(for: 1, tellsEnd: false, tell: context.diagnostics.news) {})
                    })
                let task = EventLoop.shared.start {
                    _ = try? await drive(transfer, cancelledBy: worker.cancellation)
                }
                worker.task = task
                await task.value
                remove(worker)
                let sums = SumsFile(transfer.output.memory, source: SecretRedactor.redact(url: url))
                operation.sums.append(sums)
                if transfer.result.status != .success {
                    operation.problem = TransferFailure(
                        transfer.result.status, "the checksums of \(sums.source) were not to be had")
                } else if sums.isEmpty {
                    operation.problem = TransferFailure(
                        .checksumDiffers, "\(sums.source) holds no line with a checksum and a name")
                }
            }
        }
    }
}

/// Runs transfers one after another, in one task.
@LoopActor
final class Worker {
    /// nil = it has not begun, or it is over.
    var task: Task<Void, Never>?
    /// Its index in `Runner.workers`.
    var place = 0
    /// The transfer that it runs; nil = none now.
    var transfer: Transfer?
    /// The number of its transfer's host in `Runner.turns`; nil = hosts do not take turns.
    var host: Int?
    let cancellation = CancellationToken()

    func cancel() {
        task?.cancel()
        cancellation.cancel()
    }
}
