internal import HTTPCore
internal import Sockets

/// Asks an HTTP proxy for a tunnel with CONNECT (RFC 9110 §9.3.6).
@LoopActor
struct ProxyTunnel {
    let proxy: Proxy
    let endpoint: Endpoint
    let context: DialContext

    /// Returns when the tunnel stands and not a byte beyond the answer's head has been read.
    func open(over transport: any Transport) async throws {
        let target = Self.target(of: endpoint)
        // A Host or Proxy-Authorization of the caller's takes the place of ours.
        var fields: [HeaderField] = []
        if !proxy.names("Host") { fields.append(HeaderField(name: "Host", value: target)) }
        if proxy.names("Proxy-Authorization") {
            // The caller's says it all.
        } else if let authenticator = proxy.authenticator {
            if let value = try authenticator.object.authorization(method: "CONNECT", target: target) {
                fields.append(HeaderField(name: "Proxy-Authorization", value: value))
            }
        } else if let user = proxy.user {
            let credentials = Base64.encode(Array("\(user):\(proxy.password ?? "")".utf8))
            fields.append(HeaderField(name: "Proxy-Authorization", value: "Basic \(credentials)"))
        }
        fields += proxy.headers.map { HeaderField(name: $0.name, value: $0.value) }
        var bytes: [UInt8] = []
        do {
            try RequestHead(
                method: "CONNECT", target: target, version: proxy.connectsWithHTTP10 ? .http10 : .http11,
                fields: fields
            ).serialize(into: &bytes)
            context.trace(.tunnelRequested(head: bytes))
            try await transport.writeAll(bytes, deadline: context.deadline)
            try await receive(over: transport)
        } catch let error as HTTPError {
            throw refusal(nil, "\(error)")
        } catch let error as TransportError {
            throw refusal(nil, "\(error)")
        } catch let error as WaitError {
            throw context.translate(error, .proxy, endpoint, [])
        }
    }

    private static func target(of endpoint: Endpoint) -> String {
        guard case .peer(let host, let port) = endpoint.dial else { return endpoint.group.authority }
        return Endpoint.Group(host: host, port: port, isTLS: endpoint.isTLS).authority
    }

    private func receive(over transport: any Transport) async throws {
        var parser = ResponseParser(method: "CONNECT")
        // Whatever follows the answer's head in the same read is refused below, so none of the tunnel's bytes are lost.
        let buffer = EventLoop.shared.readBuffer
        while true {
            try await transport.untilReadable(deadline: context.deadline)
            switch try transport.read(into: buffer) {
            case .wouldBlock: continue
            case .end, .truncated:
                _ = try parser.finish()
                throw refusal(nil, "the proxy closed the connection")
            case .bytes(let count):
                let input = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if try consume(input, &parser) { return }
            }
        }
    }

    private func consume(_ input: UnsafeRawBufferPointer, _ parser: inout ResponseParser) throws -> Bool {
        var offset = 0
        while true {
            switch try parser.next(input, &offset) {
            case .needsMore: return false
            case .informational(let head): context.trace(.tunnelAnswered(head: head.raw))
            case .head(let head, _):
                context.trace(.tunnelAnswered(head: head.raw))
                guard (200..<300).contains(head.status) else {
                    let reason = head.reason.isEmpty ? "" : " \(head.reason)"
                    throw refusal(head.status, "it answered \(head.status)\(reason)", head.raw)
                }
                guard offset == input.count else {
                    throw refusal(head.status, "it sent data before the tunnel was used", head.raw)
                }
                return true
            case .body, .earlierBody, .end: throw refusal(nil, "it sent no answer that opens a tunnel")
            }
        }
    }

    private func refusal(_ status: Int?, _ reason: String, _ head: [UInt8] = []) -> ConnectorError {
        .proxyRefused(
            ProxyRefusal(proxy: proxy, endpoint: endpoint, status: status, reason: reason, head: head))
    }
}

extension Proxy {
    /// Whether the caller gave a header of that name for the CONNECT request.
    fileprivate func names(_ name: String) -> Bool {
        headers.contains { HeaderField(name: $0.name, value: "").isNamed(name) }
    }
}
