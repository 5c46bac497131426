/// When the steps of a transfer happened, from its start; steps of the last hop replace those of earlier ones.
struct TransferTimes {
    private(set) var start = ContinuousClock.now
    private var redirect = Duration.zero
    var queue = Duration.zero
    var nameLookup = Duration.zero
    var connect = Duration.zero
    var appConnect = Duration.zero
    var preTransfer = Duration.zero
    var postTransfer = Duration.zero
    var startTransfer = Duration.zero
    var total = Duration.zero

    /// Now, from the start.
    var now: Duration { start.duration(to: .now) }

    /// Everything so far was on the way to the next hop.
    mutating func beginNextHop() {
        redirect = now
        (nameLookup, connect, appConnect) = (now, now, .zero)
        (preTransfer, postTransfer, startTransfer) = (.zero, .zero, .zero)
    }

    func fill(_ report: TransferReport) {
        report.queueTime = queue
        report.nameLookupTime = nameLookup
        report.connectTime = max(connect, nameLookup)
        report.appConnectTime = appConnect
        report.preTransferTime = preTransfer
        report.postTransferTime = postTransfer
        report.startTransferTime = startTransfer
        report.totalTime = total
        report.redirectTime = redirect
    }
}
