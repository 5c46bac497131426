import Connector
import HTTPClient

extension Runner {
    /// Fetches the sums of `--checksum-url`, which the files are checked against. Without them nothing is fetched.
    func fetchSums() async {
        for operation in operations where operation.problem == nil {
            guard let plan = operation.plan.sums else { continue }
            let fetch = files.makeOperation(plan, like: operation)
            for (index, url) in operation.plan.checksums.urls.enumerated() where !isStopping {
                let worker = Worker()
                add(worker)
                let transfer = Transfer(
                    TransferPlan(
                        operation: 0, number: 0, urlNumber: index, outputNumber: index,
                        url: URLRules.withHost(url), destination: .memory, upload: nil),
                    operation: fetch, context: context, cancellation: worker.cancellation, sink: nil)
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

/// Who runs transfers one after another.
@LoopActor
final class Worker {
    /// nil when it is through.
    var task: Task<Void, Never>?
    /// Where it stands among all.
    var place = 0
    /// What it runs now.
    var transfer: Transfer?
    /// The number of the host of its transfer, where hosts take turns.
    var host: Int?
    let cancellation = CancellationToken()

    func cancel() {
        task?.cancel()
        cancellation.cancel()
    }
}
