internal import Sockets

extension BaseConnector {
    /// Leases a connection for `body`: released when it returns, closed when it throws or its task was cancelled.
    /// - Returns: what `body` returns.
    /// - Throws: what `connect` or `body` throws.
    public final func withConnection<Result>(
        to request: ConnectionRequest, timeouts: ConnectTimeouts = .none,
        _ body: @LoopActor (Connection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect(to: request, timeouts: timeouts)
        do {
            let result = try await body(connection)
            if Task.isCancelled { connection.close() } else { connection.release() }
            return result
        } catch {
            connection.close()
            throw error
        }
    }
}

/// Runs `body` and closes `connector` on every way out; the closing is not cut short by a cancelled task.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
@LoopActor
public func withConnector<Wrapped: BaseConnector, Result>(
    _ connector: Wrapped, _ body: @LoopActor (Wrapped) async throws -> Result
) async rethrows -> Result {
    do {
        let result = try await body(connector)
        await EventLoop.shared.start { await connector.close() }.value
        return result
    } catch {
        await EventLoop.shared.start { await connector.close() }.value
        throw error
    }
}
