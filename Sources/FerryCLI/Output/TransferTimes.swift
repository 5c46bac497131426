import Connector

/// When the steps of an attempt happened; steps of the last request replace those of earlier ones. nil = not at all.
struct TransferTimes {
    typealias Instant = ContinuousClock.Instant

    var start: Instant
    var preTransfer: Instant?
    var postTransfer: Instant?
    var startTransfer: Instant?
    private var redirect: Instant?
    private var queue: Instant?
    private var nameLookup: Instant?
    private var connect: Instant?
    private var appConnect: Instant?
    /// The lookup of another transfer is waited for.
    private var sharesLookup = false

    init(start: Instant) {
        self.start = start
    }

    /// Everything so far was on the way to the next request.
    mutating func beginNextHop(at instant: Instant) {
        redirect = instant
        (nameLookup, connect, appConnect) = (instant, instant, nil)
        (preTransfer, postTransfer, startTransfer) = (nil, nil, nil)
    }

    /// A step of getting a connection.
    mutating func note(_ step: ConnectorEvent, at instant: Instant) {
        switch step {
        case .dequeued: queue = instant
        case .resolved, .dnsCacheHit: nameLookup = instant
        case .dnsLookupJoined: sharesLookup = true
        // An address needs no lookup, and who shares one is not told of its end: the name is known when the first attempt
        // starts.
        case .attemptStarted:
            if nameLookup == nil || sharesLookup { nameLookup = instant }
            sharesLookup = false
        case .connected: connect = instant
        case .created(_, _, let tls): if tls != nil { appConnect = instant }
        case .queued, .creating, .reused, .resolving, .dnsCacheMiss, .attemptFailed, .socksRequested,
            .tunnelRequested, .tunnelAnswered, .handshakeStarted, .failed, .cancelled:
            break
        }
    }

    /// Tells a report of a transfer that is over.
    func fill(_ report: TransferReport, now: Instant) {
        func sinceStart(_ instant: Instant?) -> Duration { instant.map { start.duration(to: $0) } ?? .zero }
        report.totalTime = sinceStart(now)
        report.queueTime = sinceStart(queue)
        report.nameLookupTime = sinceStart(nameLookup)
        report.connectTime = connect == nil ? .zero : max(sinceStart(connect), report.nameLookupTime)
        report.appConnectTime = sinceStart(appConnect)
        report.preTransferTime = sinceStart(preTransfer)
        report.postTransferTime = sinceStart(postTransfer)
        report.startTransferTime = sinceStart(startTransfer)
        report.redirectTime = sinceStart(redirect)
    }
}
