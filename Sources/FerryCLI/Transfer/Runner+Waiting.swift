import Connector
import HTTPClient
import HTTPCore

// `--wait-ready`: all services are probed side by side, and no other transfer begins before all of them are ready.
extension Runner {
    /// The most URLs of a run that waits: each has its transfer, and its connection, from the start.
    private static let mostWaiting = 1000

    /// One transfer of a run that waits.
    private struct Job {
        let transfer: Transfer
        let worker: Worker
        /// The transfer that probes the service; nil = `transfer` probes it itself, or does not wait.
        var probe: Transfer?

        /// The wait of the one that probes; nil = it does not wait.
        @LoopActor var waiting: Waiting? { probe?.waiting ?? transfer.waiting }
        /// True when `transfer` is run once all are ready.
        @LoopActor var followsWait: Bool {
            guard let probe else { return transfer.waiting == nil }
            return !(probe.waiting.map { $0.isForEnd } ?? false)
        }
    }

    func transferAllWhenReady() async {
        // Answers that have come wait for this share of standard output, which is ended when all are ready, or before
        // other pipes.
        let gate = context.standardOutput.makeSink()
        context.streams.hold()
        func deliver() {
            try? gate.finish()
            context.streams.release()
        }
        guard let (jobs, room) = makeJobs(deliver) else {
            deliver()
            return
        }
        for job in jobs where job.waiting != nil { startWaiting(job) }
        while runningWorkers > 0, !(room.isOpen && plan.run.isParallel) { await oneMoreEnded() }
        deliver()
        await follow(jobs, isReady: room.isOpen)
    }

    private func oneMoreEnded() async {
        allDone.arm()
        _ = await allDone.wait()
    }

    /// Makes all transfers in order, which gives them their order on standard output; nil = there are too many.
    private func makeJobs(_ opened: @escaping () -> Void) -> ([Job], WaitingRoom)? {
        var plans: [TransferPlan] = []
        while let next = nextTransfer() {
            plans.append(next)
            guard plans.count <= min(Self.mostWaiting, Self.mostTransfers) else {
                let status = ExitStatus.usage
                context.diagnostics.error(
                    Int(status.rawValue), "--wait-ready waits for \(plans.count - 1) URLs at the most")
                note(plans.count - 1, status)
                return nil
            }
        }
        let room = WaitingRoom(
            for: plans.count { operations[$0.operation].plan.wait != nil },
            tell: { [context] in context.diagnostics.news($0) },
            opened: { [allDone] in
                opened()
                allDone.wake()
            })
        return (plans.map { makeJob($0, room) }, room)
    }

    private func makeJob(_ plan: TransferPlan, _ room: WaitingRoom) -> Job {
        let worker = Worker()
        let operation = operations[plan.operation]
        guard let wait = operation.plan.wait else {
            return Job(transfer: make(plan, worker), worker: worker)
        }
        let probed = wait.url ?? plan.url
        let isItself = wait.url == nil && operation.asksHarmlessly && plan.isDownload
        let waiting = Waiting(
            wait.settings, since: waitBegan, for: operation.service(of: probed), isProbeOnly: !isItself,
            room: room)
        guard !isItself else {
            return Job(
                transfer: Transfer(
                    plan, operation: operation, context: context, cancellation: worker.cancellation,
                    sink: TransferOutput.makeSink(plan, operation.plan, context), waiting: waiting),
                worker: worker)
        }
        let transfer = make(plan, worker)
        let probe = Transfer(
            TransferPlan(
                operation: plan.operation, number: plan.number, urlNumber: plan.urlNumber,
                outputNumber: plan.outputNumber, url: probed, destination: .nowhere, upload: nil),
            operation: operation.probing(isHead: wait.url == nil), context: context,
            cancellation: worker.cancellation,
            sink: nil, waiting: waiting)
        return Job(transfer: transfer, worker: worker, probe: probe)
    }

    private func startWaiting(_ job: Job) {
        if job.probe == nil { job.worker.transfer = job.transfer }
        run(job) { [self] in
            try? await drive(job.probe ?? job.transfer, cancelledBy: job.worker.cancellation)
            let failure = job.probe == nil ? nil : job.waiting?.failure
            if job.probe == nil {
                ended(job.transfer)
            } else if failure != nil || !job.followsWait {
                await giveUp(job, failure)
            }
            if !(job.waiting?.isOver ?? true), !isStopping {
                context.stopReason = "another URL is not ready (--wait-ready)"
                stopAll()
            }
        }
    }

    /// Ends a transfer before it began.
    private func giveUp(_ job: Job, _ failure: TransferFailure?) async {
        job.transfer.giveUp(failure)
        try? await drive(job.transfer, cancelledBy: job.worker.cancellation)
        ended(job.transfer)
    }

    private func run(_ job: Job, _ body: @escaping @LoopActor () async -> Void) {
        add(job.worker)
        runningWorkers += 1
        let worker = job.worker
        worker.task = EventLoop.shared.start {
            await body()
            self.ended(worker)
        }
    }

    /// Runs the transfers that have waited; those of a run that is not ready are given up.
    private func follow(_ jobs: [Job], isReady: Bool) async {
        for job in jobs where job.followsWait && !job.transfer.isOver {
            guard isReady, !isStopping else {
                await giveUp(job, TransferFailure(CancellationError()))
                continue
            }
            job.worker.transfer = job.transfer
            run(job) { [self] in
                try? await drive(job.transfer, cancelledBy: job.worker.cancellation)
                ended(job.transfer)
            }
            while !plan.run.isParallel, runningWorkers > 0 { await oneMoreEnded() }
        }
        while runningWorkers > 0 { await oneMoreEnded() }
    }
}

extension Operation {
    /// True when its requests may be sent any number of times without harm.
    fileprivate var asksHarmlessly: Bool {
        guard plan.request.kind == .get || plan.request.kind == .head else { return false }
        return firstMethod == "GET" || firstMethod == "HEAD"
    }

    /// The service behind a URL, for messages.
    func service(of text: String) -> String {
        guard let url = try? plan.urls.parse(text) else { return SecretRedactor.redact(url: text) }
        if let path = socket(for: url) { return "unix:\(path)" }
        let host = url.host.utf8.contains(UInt8(ascii: ":")) ? "[\(url.host)]" : url.host
        return "\(host):\(url.effectivePort)"
    }
}

extension TransferPlan {
    fileprivate var isDownload: Bool { upload == nil || upload == .some(.none) }
}
