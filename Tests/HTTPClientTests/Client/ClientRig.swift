import HTTPClient
import TestSupport
import Testing

/// A client on a connector that the test can look into.
@LoopActor
struct ClientRig {
    let server: ScriptedServer
    let connector: TCPConnector
    let client: HTTPClient

    init(
        _ server: ScriptedServer, limit: Int? = 100, tls: TLSMode = .verified,
        _ configuration: HTTPClient.Configuration = HTTPClient.Configuration()
    ) throws {
        self.server = server
        connector = try TCPConnector {
            $0.limit = limit
            $0.keepAliveTimeout = .seconds(600)
            $0.tls = tls
        }
        client = HTTPClient(connector: connector, configuration)
    }

    init(
        limit: Int? = 100, _ configuration: HTTPClient.Configuration = HTTPClient.Configuration(),
        handler: @escaping ScriptedServer.Handler
    ) throws {
        try self.init(ScriptedServer(handler: handler), limit: limit, configuration)
    }

    init(
        limit: Int? = 100, _ configuration: HTTPClient.Configuration = HTTPClient.Configuration(),
        scripts: [ServerStep]...
    ) throws {
        try self.init(ScriptedServer(scripts: scripts), limit: limit, configuration)
    }

    func request(
        _ path: String = "/", method: String = "GET", body: ClientRequest.Body = .none
    ) throws -> ClientRequest {
        try ClientRequest(server.url(path), method: method, body: body)
    }

    func get(_ path: String = "/") async throws -> ClientResponse { try await client.get(server.url(path)) }

    /// Sends and returns the text of the body.
    func text(_ request: ClientRequest) async throws -> String {
        try await client.execute(request).text(upTo: 1 << 24)
    }

    /// The reason alone, without the request's name.
    func failure(_ request: ClientRequest, timeout: Duration? = nil) async -> String {
        do {
            _ = try await client.execute(request, timeout: timeout).collect(upTo: 1 << 24)
            return "no error"
        } catch let error as RequestError {
            return "\(error.reason)"
        } catch {
            return "\(error)"
        }
    }

    /// True when nothing is leased, idle or on its way.
    var isEmpty: Bool {
        let counts = connector.statistics
        return counts.idle + counts.inUse + counts.pending + counts.waiting + counts.closing == 0
    }

    /// True when one connection is kept and nothing else is there.
    var keepsOne: Bool {
        let counts = connector.statistics
        return counts.idle == 1 && counts.inUse + counts.pending + counts.waiting == 0
    }

    /// Waits until `condition` holds: for what follows an end that nobody can wait for.
    func until(_ condition: @LoopActor () -> Bool) async throws {
        while !condition() { try await EventLoop.shared.sleep(until: .now + .milliseconds(1)) }
    }
}
