/// When the steps of a transfer happened, from its start; steps of the last hop replace those of earlier ones.
///
/// A class that exists only where somebody will read it: reading the clock five times is not free.
final class TransferTimes {
    private var start = ContinuousClock.now
    private var redirect = Duration.zero
    private var queue = Duration.zero
    private var nameLookup = Duration.zero
    private var connect = Duration.zero
    private var appConnect = Duration.zero
    private var preTransfer = Duration.zero
    private var postTransfer = Duration.zero
    private var startTransfer = Duration.zero

    /// Now, from the start.
    private var now: Duration { start.duration(to: .now) }

    /// An attempt begins, which is timed by itself.
    func restart() {
        start = .now
        (redirect, queue, nameLookup, connect, appConnect) = (.zero, .zero, .zero, .zero, .zero)
        (preTransfer, postTransfer, startTransfer) = (.zero, .zero, .zero)
    }

    /// Everything so far was on the way to the next hop.
    func beginNextHop() {
        redirect = now
        (nameLookup, connect, appConnect) = (now, now, .zero)
        (preTransfer, postTransfer, startTransfer) = (.zero, .zero, .zero)
    }

    func gotSlot() { queue = now }

    func resolvedName() { nameLookup = now }

    /// An address needs no lookup: its name is known when the first attempt starts.
    func startedAttempt() { if nameLookup == .zero { nameLookup = now } }

    func connected() { connect = now }

    func finishedTLS() { appConnect = now }

    func beganExchange() { preTransfer = now }

    func finishedRequest() { postTransfer = now }

    func receivedFirstByte() { startTransfer = now }

    /// The transfer is over.
    func fill(_ report: TransferReport) {
        report.totalTime = now
        report.queueTime = queue
        report.nameLookupTime = nameLookup
        report.connectTime = max(connect, nameLookup)
        report.appConnectTime = appConnect
        report.preTransferTime = preTransfer
        report.postTransferTime = postTransfer
        report.startTransferTime = startTransfer
        report.redirectTime = redirect
    }
}
