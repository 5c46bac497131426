internal import Sockets

/// Carries out a `SOCKSHandshake` over a transport.
@LoopActor
struct SOCKSTunnel {
    let route: SOCKSRoute
    let endpoint: Endpoint
    let context: DialContext

    /// A refusal, and the error it becomes when no other address is left to ask for.
    struct Refusal: Error {
        let failure: SOCKSFailure
        let error: ConnectorError
    }

    /// Returns when the proxy has connected and nothing beyond its answer has been read.
    /// - Throws: `Refusal`, `ConnectorError`, `CancellationError`.
    func open(over transport: any Transport) async throws {
        do {
            var handshake = try route.handshake()
            if let destination = route.destination {
                context.trace(.socksRequested(proxy: route.proxy, destination: "\(destination)"))
            }
            try await exchange(&handshake, over: transport)
        } catch let failure as SOCKSFailure {
            throw refusal(failure, "\(failure)")
        } catch let error as TransportError {
            throw refusal(.ended(inAnswer: false), "\(error)")
        } catch let error as WaitError {
            throw context.translate(error, .proxy, endpoint, [])
        }
    }

    private func exchange(_ handshake: inout SOCKSHandshake, over transport: any Transport) async throws {
        while handshake.wanted > 0 {
            let output = handshake.takeOutput()
            if !output.isEmpty { try await transport.writeAll(output, deadline: context.deadline) }
            try await transport.untilReadable(deadline: context.deadline)
            // No more than the answer has: the bytes behind it are the destination's.
            let buffer = UnsafeMutableRawBufferPointer(
                rebasing: EventLoop.shared.readBuffer[..<handshake.wanted])
            switch try transport.read(into: buffer) {
            case .wouldBlock: continue
            case .end, .truncated: throw handshake.prematureEnd
            case .bytes(let count):
                _ = try handshake.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    private func refusal(_ failure: SOCKSFailure, _ reason: String) -> Refusal {
        Refusal(
            failure: failure,
            error: .proxyRefused(
                ProxyRefusal(proxy: route.proxy, endpoint: endpoint, status: nil, reason: reason, head: [])))
    }
}
