public import Connector
import Glibc

/// Tells the listeners of one transfer what happens to it, and where it stands. Exists only where somebody listens.
@LoopActor
public final class TransferEvents: ConnectorTracer {
    /// The number that its events carry.
    public let transfer: Int
    /// True when one of the listeners reads bodies.
    let readsBodies: Bool
    /// Most often there is one: an array would be walked for every event.
    private let first: (any TransferListener)?
    private let others: [any TransferListener]
    private let numbers: ConnectionNumbers
    private let hearsConnector: Bool
    private let hearsSteps: Bool
    private let hearsDetails: Bool
    private var attempt = 0
    private var hop = 0
    private var connection: Int?

    /// For one transfer and those who want to hear of it, each told in the order given.
    /// - Parameters:
    ///   - transfer: comes back in each event.
    ///   - listeners: at least one.
    ///   - numbers: what numbers connections; shared by all transfers of a run.
    public init(transfer: Int, listeners: [any TransferListener], numbers: ConnectionNumbers) {
        self.transfer = transfer
        first = listeners.first
        others = listeners.count > 1 ? Array(listeners.dropFirst()) : []
        self.numbers = numbers
        var (bodies, connector, steps, details) = (false, false, false, false)
        for listener in listeners {
            bodies = bodies || listener.readsBodies
            connector = connector || listener.hearsConnector
            steps = steps || listener.hearsSteps
            details = details || listener.hearsDetails
        }
        (readsBodies, hearsConnector, hearsSteps, hearsDetails) = (bodies, connector, steps, details)
    }

    /// Tells that `kind` happened now.
    public func tell(_ kind: consuming TransferEvent.Kind) {
        switch kind {
        case .attemptBegan:
            attempt += 1
            (hop, connection) = (0, nil)
        case .hopBegan:
            hop += 1
            connection = nil
        case .exchangeBegan(let lease): connection = numbers.number(of: lease)
        case .urlSettled, .requestEnded, .interim, .resumed, .redirected, .loginAsked, .expectationRefused,
            .hostPaused, .checked, .retry:
            if !hearsSteps { return }
        case .securedByHSTS, .requestHead, .cookieRefused, .delivered, .trailers, .oddity, .headRefused:
            if !hearsDetails { return }
        default: break
        }
        let event = TransferEvent(
            moment: .now, transfer: transfer, attempt: attempt, hop: hop, connection: connection,
            kind: consume kind)
        first?.hear(event)
        if !others.isEmpty { for listener in others { listener.hear(event) } }
    }

    /// Who tells the connector's steps on; nil when nobody wants to hear of them.
    var tracer: (any ConnectorTracer)? { hearsConnector ? self : nil }

    /// Tells a step of getting a connection on.
    public func record(_ event: ConnectorEvent, id: ConnectID) { tell(.connector(event)) }
}

/// Numbers connections from 0, in the order in which they first carried a request.
@LoopActor
public final class ConnectionNumbers {
    private var known: [ObjectIdentifier: Int] = [:]
    private var next = 0

    /// Begins at 0.
    public nonisolated init() {}

    /// The number of a leased connection, given now if it has none; -1 once it was given back.
    func number(of connection: Connection) -> Int {
        guard let transport = connection.transport else { return -1 }
        let identifier = ObjectIdentifier(transport)
        // A new transport may live where a dead one did.
        if connection.isReused, let number = known[identifier] { return number }
        defer { next += 1 }
        known[identifier] = next
        return next
    }
}

/// A reading of the system's steady clock, cheaper to take and to subtract than an instant of `ContinuousClock`, which
/// counts in 128 bits.
package struct Moment: Sendable {
    /// Since the system was started, time asleep included.
    package let nanoseconds: Int

    /// The present.
    package static var now: Moment {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Moment(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    package init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

    /// The same reading of `ContinuousClock`.
    package var instant: ContinuousClock.Instant { ContinuousClock().systemEpoch + .nanoseconds(nanoseconds) }
}
