internal import HTTPCore
internal import Sockets

/// Asks an HTTP proxy for a tunnel with CONNECT (RFC 9110 §9.3.6).
@LoopActor
struct ProxyTunnel {
    let proxy: Proxy
    let endpoint: Endpoint
    let context: DialContext

    /// How many challenges of a proxy are answered on one connection.
    private static let mostAnswers = 2
    /// The longest body of a refusal that is skipped to keep the connection.
    private static let longestQuestion: Int64 = 256 * 1024

    /// Returns when the tunnel stands and not a byte beyond the answer's head has been read.
    func open(over transport: any Transport) async throws {
        do {
            for round in 0... {
                let (bytes, sentCredentials) = try request()
                context.trace(.tunnelRequested(head: bytes))
                try await send(bytes, over: transport)
                guard let question = try await receive(over: transport, sentCredentials) else { return }
                try answer(question, sentCredentials, round: round)
            }
        } catch let error as HTTPError {
            throw refusal(nil, "\(error)")
        } catch TransportError.proxyTLS(let error) {
            throw TLSFailure(
                endpoint: endpoint, peer: transport.peerAddress, cause: error, attempts: [], isProxy: true)
        } catch let error as TransportError {
            throw refusal(nil, "\(error)")
        } catch let error as WaitError {
            throw context.translate(error, .proxy, endpoint, [])
        }
    }

    private func send(_ bytes: [UInt8], over transport: any Transport) async throws {
        do {
            try await transport.writeAll(bytes, deadline: context.deadline)
        } catch let error as TransportError {
            // An https proxy that hangs up may have said why in an alert before.
            _ = try transport.read(into: EventLoop.shared.readBuffer)
            throw error
        }
    }

    /// The bytes of a CONNECT request, and whether they hold credentials.
    private func request() throws -> (bytes: [UInt8], sentCredentials: Bool) {
        let target = Self.target(of: endpoint)
        // The caller's Host or Proxy-Authorization takes the place of ours.
        var fields: [HeaderField] = []
        if !proxy.names("Host") { fields.append(HeaderField(name: "Host", value: target)) }
        if proxy.names("Proxy-Authorization") {
            // The caller's says it all.
        } else if let authenticator = proxy.authenticator {
            if let value = try authenticator.object.authorization(method: "CONNECT", target: target) {
                fields.append(HeaderField(name: "Proxy-Authorization", content: value))
            }
        } else if let user = proxy.user {
            let credentials = Base64.encode((user + ":" + (proxy.password ?? "")).bytes)
            fields.append(HeaderField(name: "Proxy-Authorization", value: "Basic \(credentials)"))
        }
        let sentCredentials = fields.last?.isNamed("Proxy-Authorization") ?? false
        fields += proxy.headers.map(\.field)
        var bytes: [UInt8] = []
        try RequestHead(
            method: "CONNECT", target: target, version: proxy.connectsWithHTTP10 ? .http10 : .http11,
            fields: fields
        ).serialize(into: &bytes)
        return (bytes, sentCredentials)
    }

    /// Returns when the authenticator has an answer to a proxy's challenge, to be sent on the same connection.
    private func answer(_ question: ResponseHead, _ sentCredentials: Bool, round: Int) throws {
        if round < Self.mostAnswers, let authenticator = proxy.authenticator,
            try authenticator.object.hear(question.raw, sentCredentials: sentCredentials)
        {
            return
        }
        throw refusal(question, sentCredentials)
    }

    private static func target(of endpoint: Endpoint) -> String {
        let destination = endpoint.destination.withoutZone
        return Endpoint.Group(host: destination.host, port: destination.port, isTLS: endpoint.isTLS).authority
    }

    /// nil = the tunnel stands. Otherwise the proxy's challenge, after which the connection can be used again.
    private func receive(over transport: any Transport, _ sentCredentials: Bool) async throws -> ResponseHead?
    {
        var answer = Answer(sentCredentials: sentCredentials)
        // Whatever follows the answer's head in the same read is refused below, so none of the tunnel's bytes are lost.
        let buffer = EventLoop.shared.readBuffer
        while true {
            do {
                try await transport.untilReadable(deadline: context.deadline)
                let count: Int
                switch try transport.read(into: buffer) {
                case .wouldBlock: continue
                case .end, .truncated: count = 0
                case .bytes(let read): count = read
                }
                if try consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &answer) {
                    return answer.question
                }
            } catch {
                // What follows a challenge matters only where it is answered.
                guard let question = answer.question, !(error is WaitError) else { throw error }
                throw refusal(question, sentCredentials)
            }
        }
    }

    /// An answer to CONNECT as far as it has been read.
    private struct Answer {
        var parser = ResponseParser(method: "CONNECT", options: ResponseParser.Options(isViaProxy: true))
        /// Whether the request had credentials.
        var sentCredentials: Bool
        /// The head of a refusal that can be answered when its body has been read.
        var question: ResponseHead?
    }

    /// True when the answer has been read as far as it has to be. No input is the end of the stream.
    private func consume(_ input: UnsafeRawBufferPointer, _ answer: inout Answer) throws -> Bool {
        if input.isEmpty {
            _ = try answer.parser.finish()
            throw refusal(nil, "the proxy closed the connection")
        }
        var offset = 0
        while true {
            switch try answer.parser.next(input, &offset) {
            case .needsMore: return false
            case .informational(let head): context.trace(.tunnelAnswered(head: head.raw))
            case .head(let head, let framing):
                context.trace(.tunnelAnswered(head: head.raw))
                guard (200..<300).contains(head.status) else {
                    guard isAnswerable(head, framing) else { throw refusal(head, answer.sentCredentials) }
                    answer.question = head
                    continue
                }
                guard offset == input.count else {
                    throw refusal(head.status, "it sent data before the tunnel was used", head.raw)
                }
                return true
            case .body where answer.question != nil:
                guard answer.parser.bodyBytesReceived <= Self.longestQuestion else {
                    throw refusal(nil, "its question is too long")
                }
            case .end where answer.question != nil:
                guard answer.parser.connectionIsReusable, offset == input.count else {
                    throw refusal(nil, "the connection cannot be used again")
                }
                return true
            case .body, .earlierBody, .end: throw refusal(nil, "it sent no answer that opens a tunnel")
            }
        }
    }

    /// Whether a refusal is a challenge that leaves the connection open for the answer.
    private func isAnswerable(_ head: ResponseHead, _ framing: BodyFraming) -> Bool {
        guard head.status == 407, proxy.authenticator != nil, !proxy.names("Proxy-Authorization"),
            head.keepsAlive(viaProxy: true)
        else { return false }
        switch framing {
        case .none, .chunked: return true
        case .length(let length): return length <= Self.longestQuestion
        case .untilClose: return false
        }
    }

    private func refusal(_ head: ResponseHead, _ sentCredentials: Bool) -> ConnectorError {
        let reason = head.reason.isEmpty ? "" : " \(head.reason)"
        return .proxyRefused(
            ProxyRefusal(
                proxy: proxy, endpoint: endpoint, status: head.status,
                reason: "it answered \(head.status)\(reason)", head: head.raw,
                sentCredentials: sentCredentials))
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
