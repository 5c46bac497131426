package import Connector
internal import HTTPCore

/// One request on its way: what is sent and to where, what bounds it, and who hears of it.
///
/// Its `run` and that of `Exchange` stay with their caller, who is on the loop. Each call of an isolated function asks
/// the runtime for the executor on the way in and on the way out, which many small requests feel; so what waits is not
/// isolated, and what decides is done in one step between two waits.
@LoopActor
package final class Dispatch {
    let request: HTTPRequest
    /// True when the request says that none will follow on its connection.
    let endsConnection: Bool
    let handler: any ExchangeHandler
    let parserOptions: ResponseParser.Options
    let limits: HTTPClient.Limits
    let scope: CancellationScope?
    private let connector: BaseConnector
    private let endpoint: Endpoint
    private let tracer: (any ConnectorTracer)?
    private let id: ConnectID
    private var mayReuse = true

    init(
        _ request: HTTPRequest, to endpoint: Endpoint, over connector: BaseConnector,
        handler: any ExchangeHandler,
        parserOptions: ResponseParser.Options, limits: HTTPClient.Limits, tracer: (any ConnectorTracer)?,
        id: ConnectID, in scope: CancellationScope?
    ) {
        endsConnection = request.endsConnection
        self.request = request
        self.endpoint = endpoint
        self.connector = connector
        self.handler = handler
        self.parserOptions = parserOptions
        self.limits = limits
        self.tracer = tracer
        self.id = id
        self.scope = scope
    }

    /// Sends the request and hands the response to the handler. To be called on the loop.
    /// - Throws: as `HTTPClient.send`.
    package nonisolated func run() async throws {
        while true {
            let exchange: Exchange
            switch try begin() {
            case .ready(let ready): exchange = ready
            case .pending(let lease): exchange = try await finish(lease)
            }
            do {
                return try await exchange.run()
            } catch {
                try judge(error, of: exchange)
            }
        }
    }

    private enum Beginning {
        case ready(Exchange)
        case pending(BaseConnector.PendingLease)
    }

    // No part of `run`, whose frame is there as often as somebody waits: see `Exchange`.

    @inline(never)
    private nonisolated func begin() throws -> Beginning {
        try LoopActor.assumeIsolated(self) { try $0.lease() }
    }

    @inline(never)
    private nonisolated func judge(_ error: any Error, of exchange: Exchange) throws {
        try LoopActor.assumeIsolated((self, exchange, error)) {
            try $0.0.checkRepeatable(after: $0.2, of: $0.1)
        }
    }

    /// Most often an idle connection is at hand, and nothing has to be waited for.
    private func lease() throws -> Beginning {
        do {
            switch try connector.startLease(
                endpoint, try limits.connectTimeouts(), tracer, id, mayReuse: mayReuse)
            {
            case .ready(let idle): return .ready(try exchange(on: idle))
            case .pending(let lease): return .pending(lease)
            }
        } catch let error as ConnectorError {
            throw HTTPClientError.connector(error)
        }
    }

    @inline(never)
    private func finish(_ lease: BaseConnector.PendingLease) async throws -> Exchange {
        do {
            return try exchange(on: try await connector.finish(lease))
        } catch let error as ConnectorError {
            throw HTTPClientError.connector(error)
        }
    }

    private func exchange(on connection: Connection) throws -> Exchange {
        guard let exchange = Exchange(self, on: connection) else {
            throw HTTPClientError.connector(.closed)
        }
        return exchange
    }

    /// Throws `error`, unless the request may be sent again: it died on a connection that had served before, before a
    /// byte of the answer came, and sending it twice does no harm.
    private func checkRepeatable(after error: any Error, of exchange: Exchange) throws {
        guard let failure = error as? HTTPClientError, exchange.connection.isReused, !exchange.hasReceived,
            failure.isConnectionLoss, request.isIdempotent
        else { throw error }
        // Once: a new connection never served before.
        mayReuse = false
        guard request.body.rewind() else { throw HTTPClientError.cannotRewind }
    }
}

extension HTTPClientError {
    /// True when the peer had hung up, as it does with a connection it kept long enough.
    fileprivate var isConnectionLoss: Bool {
        switch self {
        case .http(.emptyReply): true
        case .send(let error), .receive(let error, _): error.isFromPeer
        case .http, .connector, .timedOut, .source, .cannotRewind: false
        }
    }
}
