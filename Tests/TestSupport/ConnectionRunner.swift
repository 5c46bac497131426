import Glibc

/// Runs a script, or the handler's loop, on one connection of a `ScriptedServer`.
final class ConnectionRunner {
    enum Plan {
        case script([ServerStep])
        case handler(ScriptedServer.Handler)
    }

    private let index: Int
    private let channel: ServerChannel
    private let records: Monitor<ScriptedServer.Records>
    private var reader = RequestReader()
    private var pendingHead: String?

    init(index: Int, channel: ServerChannel, records: Monitor<ScriptedServer.Records>) {
        self.index = index
        self.channel = channel
        self.records = records
    }

    func run(context: ServerTLSContext?, plan: Plan) -> ConnectionEnding {
        do {
            if let context { try startTLS(context) }
            switch plan {
            case .script(let steps): for step in steps { try perform(step) }
            case .handler(let handler): try answerRequests(handler)
            }
            try perform(.close)
        } catch let ended as ChannelEnded {
            return ended.ending
        } catch {
            return .failed("\(error)")
        }
        return .serverClosed
    }

    private func answerRequests(_ handler: ScriptedServer.Handler) throws {
        while true {
            let head = try readHead()
            let partial = RecordedRequest(connection: index, head: head, rawBody: [], body: [])
            if partial.header("expect")?.lowercased() == "100-continue" {
                try perform(.send("HTTP/1.1 100 Continue\r\n\r\n"))
            }
            let request = try readBody(head)
            for step in handler(request) { try perform(step) }
            if request.line.hasSuffix("HTTP/1.0") || request.header("connection")?.lowercased() == "close" {
                return
            }
        }
    }

    private func perform(_ step: ServerStep) throws {
        switch step {
        case .expectRequest:
            _ = try readBody(readHead())
        case .expectHead:
            pendingHead = try readHead()
        case .expectBody:
            guard let head = pendingHead else {
                throw ChannelEnded(ending: .failed("expectBody without expectHead"))
            }
            pendingHead = nil
            _ = try readBody(head)
        case .expectBytes(let count):
            _ = try reader.exactly(count, readMore)
        case .send(let text):
            try send(Array(text.utf8))
        case .sendBytes(let bytes):
            try send(bytes)
        case .sendByteByByte(let text):
            for byte in text.utf8 { try send([byte]) }
        case .sendRepeating(let byte, let count):
            let piece = [UInt8](repeating: byte, count: min(count, 256 * 1024))
            var left = count
            while left > 0 {
                try send(left < piece.count ? Array(piece[..<left]) : piece)
                left -= piece.count
            }
        case .pause(let gate):
            try channel.pause(until: gate)
        case .open(let gate):
            gate.open()
        case .delay(let milliseconds):
            try channel.delay(milliseconds: milliseconds)
        case .startTLS(let options):
            try startTLS(ServerTLSContext(options))
        case .tunnel(let address):
            try channel.relay(to: address)
        case .updateKeys:
            channel.updateKeys()
        case .shutdownWrite:
            channel.shutdownWrite()
        case .close:
            channel.shutdownWrite()
            channel.discardInput()
            throw ChannelEnded(ending: .serverClosed)
        case .closeAbruptly:
            channel.shutdownWrite(sendingCloseNotify: false)
            channel.discardInput()
            throw ChannelEnded(ending: .serverClosed)
        case .reset:
            channel.armReset()
            throw ChannelEnded(ending: .serverClosed)
        case .hold:
            while true { _ = try readMore() }
        case .forever(let steps):
            while true { for step in steps { try perform(step) } }
        }
    }

    private func startTLS(_ context: ServerTLSContext) throws {
        let record = try channel.startTLS(context)
        records.withLock { $0.connections[index].tls = record }
    }

    private func readHead() throws -> String {
        try reader.head(readMore)
    }

    private func readBody(_ head: String) throws -> RecordedRequest {
        let body = try reader.body(after: head, readMore)
        let request = RecordedRequest(connection: index, head: head, rawBody: body.raw, body: body.decoded)
        records.withLock { records in
            records.connections[index].requests.append(request)
            records.requests.append(request)
        }
        return request
    }

    private func readMore() throws -> [UInt8] {
        let piece = try [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
            count = try channel.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        records.withLock { $0.connections[index].received += piece }
        return piece
    }

    private func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try channel.write($0) }
    }
}
