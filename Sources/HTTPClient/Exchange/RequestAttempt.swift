package import Connector
package import HTTPCore

/// One request on its way to its response: a connection is leased, an exchange is run on it, and once, where that is safe,
/// the request is sent again over a new connection.
@LoopActor
package final class RequestAttempt: Machine {
    /// How a request is sent.
    package struct Setting {
        package var handler: any ExchangeHandler
        package var parserOptions: ResponseParser.Options
        package var limits: RequestLimits
        /// nil = as fast as it goes.
        package var pace: (any Pace)?
        /// nil = nobody listens.
        package var events: TransferEvents?
        /// Names the request in the connector's events.
        package var id: ConnectID
        /// The kernel may send files by itself. Only for a process that ignores SIGPIPE: `sendfile` raises it when the
        /// peer has hung up.
        package var sendsFilesUnseen: Bool
        /// The request is sent again when that is safe; see `checkRepeatable`.
        package var mayRepeat: Bool
        /// The handler is told what can be counted: times and figures. False where nobody counts, which saves the calls.
        package var isCounted: Bool

        package init(
            handler: any ExchangeHandler, parserOptions: ResponseParser.Options = ResponseParser.Options(),
            limits: RequestLimits, pace: (any Pace)? = nil, events: TransferEvents? = nil,
            id: ConnectID = ConnectID(0), sendsFilesUnseen: Bool = false, mayRepeat: Bool = true,
            isCounted: Bool = false
        ) {
            self.handler = handler
            self.parserOptions = parserOptions
            self.limits = limits
            self.pace = pace
            self.events = events
            self.id = id
            self.sendsFilesUnseen = sendsFilesUnseen
            self.mayRepeat = mayRepeat
            self.isCounted = isCounted
        }
    }

    private enum State {
        /// → leasing, exchanging.
        case begun
        /// → exchanging.
        case leasing(Lease)
        /// → leasing (once), over.
        case exchanging(Exchange)
        case over
    }

    let request: RequestMessage
    let setting: Setting
    /// True when the request says that none will follow on its connection.
    let endsConnection: Bool
    private let connector: BaseConnector
    private let endpoint: Endpoint
    private var state = State.begun
    private var mayReuse = true
    /// It was lost on a connection that had served before, and may not be sent again.
    package private(set) var wasLostOnReuse = false

    package init(
        _ request: consuming RequestMessage, to endpoint: Endpoint, over connector: BaseConnector,
        _ setting: consuming Setting
    ) {
        endsConnection = request.endsConnection
        self.request = request
        self.endpoint = endpoint
        self.connector = connector
        self.setting = setting
    }

    /// Goes on with the request.
    /// - Throws: as `HTTPClient.send`. The exchange is over then, and the connection is given back.
    package func advance(after outcome: Suspension.Outcome) throws -> Wait {
        switch state {
        case .begun: return try lease()
        case .leasing(let lease): return try advance(lease, outcome)
        case .exchanging(let exchange): return try advance(exchange, outcome)
        case .over: preconditionFailure("a request that is over goes on")
        }
    }

    private func advance(_ exchange: Exchange, _ outcome: Suspension.Outcome) throws -> Wait {
        do {
            let wait = try exchange.advance(after: outcome)
            if case .done = wait { state = .over }
            return wait
        } catch {
            state = .over
            try checkRepeatable(after: error, of: exchange)
            return try lease()
        }
    }

    /// Leases a connection. Most often an idle one is at hand, and there is no wait.
    private func lease() throws -> Wait {
        let lease = Lease(
            of: connector, to: endpoint, timeouts: try setting.limits.connectTimeouts(),
            tracer: setting.events?.tracer, id: setting.id, mayReuse: mayReuse)
        return try advance(lease, .woken)
    }

    private func advance(_ lease: Lease, _ outcome: Suspension.Outcome) throws -> Wait {
        let connection: Connection
        do {
            let wait = try lease.advance(after: outcome)
            guard case .done = wait else {
                state = .leasing(lease)
                return wait
            }
            connection = try lease.take()
        } catch {
            tellTimes(of: lease)
            throw (error as? ConnectorError).map { HTTPClientError.connector($0) } ?? error
        }
        // Most often an idle one was at hand.
        if case .leasing = state { tellTimes(of: lease) }
        return try exchange(on: connection)
    }

    private func tellTimes(of lease: Lease) {
        guard setting.isCounted, lease.queueTime != nil || lease.connectTime != nil else { return }
        setting.handler.connectionTook(ConnectionTimes(queue: lease.queueTime, connect: lease.connectTime))
    }

    private func exchange(on connection: Connection) throws -> Wait {
        guard let exchange = Exchange(self, on: connection) else {
            throw HTTPClientError.connector(.closed)
        }
        state = .exchanging(exchange)
        return try advance(exchange, .woken)
    }

    /// Throws `error`, unless the request may be sent again: it died on a connection that had served before, before a
    /// byte of the answer came, and sending it twice does no harm.
    private func checkRepeatable(after error: any Error, of exchange: Exchange) throws {
        guard let failure = error as? HTTPClientError, exchange.connection.isReused, !exchange.hasReceived,
            failure.isConnectionLoss
        else { throw error }
        wasLostOnReuse = true
        guard request.isIdempotent, setting.mayRepeat else { throw error }
        // The next lease makes a new connection, so this happens once at most.
        mayReuse = false
        guard request.body.rewind() else { throw HTTPClientError.cannotRewind }
        wasLostOnReuse = false
    }
}

extension HTTPClientError {
    /// True when the peer had hung up, as it does with a connection it kept long enough.
    fileprivate var isConnectionLoss: Bool {
        switch self {
        case .http(.emptyReply): true
        case .send(let error), .receive(let error, _): error.isFromPeer
        case .http, .connector, .timedOut, .tooSlow, .source, .cannotRewind, .decoding: false
        }
    }
}
