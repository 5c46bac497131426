/// Cuts requests out of a connection's bytes. Lenient: it records what a client sent, it doesn't judge it.
struct RequestReader {
    private var buffer: [UInt8] = []
    private var consumed = 0

    /// Reads more bytes from the connection; throws when there are none.
    typealias Source = () throws -> [UInt8]

    /// Everything up to and including the next blank line; what is not UTF-8 is read as ISO-8859-1.
    mutating func head(_ more: Source) throws -> String {
        var searched = consumed
        while true {
            if let end = endOfHead(from: max(consumed, searched - 3)) {
                let head = take(end - consumed)
                return String(validating: head, as: UTF8.self)
                    ?? String(String.UnicodeScalarView(head.map { Unicode.Scalar($0) }))
            }
            searched = buffer.count
            buffer += try more()
        }
    }

    /// The body that the head announces: as framed, and without the framing.
    mutating func body(after head: String, _ more: Source) throws -> (raw: [UInt8], decoded: [UInt8]) {
        let request = RecordedRequest(connection: 0, head: head, rawBody: [], body: [])
        if request.header("transfer-encoding")?.lowercased().hasSuffix("chunked") == true {
            return try chunkedBody(more)
        }
        let length = request.header("content-length").flatMap { Int($0) } ?? 0
        let body = try exactly(length, more)
        return (body, body)
    }

    /// The next `count` bytes.
    mutating func exactly(_ count: Int, _ more: Source) throws -> [UInt8] {
        while buffer.count - consumed < count { buffer += try more() }
        return take(count)
    }

    private mutating func chunkedBody(_ more: Source) throws -> (raw: [UInt8], decoded: [UInt8]) {
        var raw: [UInt8] = []
        var decoded: [UInt8] = []
        while true {
            let line = try self.line(more)
            raw += line
            let digits = text(line).prefix { $0.isHexDigit }
            guard let size = Int(digits, radix: 16) else {
                throw ChannelEnded(ending: .failed("bad chunk size: \(text(line))"))
            }
            guard size > 0 else { break }
            let chunk = try exactly(size + 2, more)
            raw += chunk
            decoded += chunk.dropLast(2)
        }
        while true {
            let line = try self.line(more)
            raw += line
            if line.count <= 2 { return (raw, decoded) }
        }
    }

    private mutating func line(_ more: Source) throws -> [UInt8] {
        while true {
            if let end = buffer[consumed...].firstIndex(of: 10) { return take(end + 1 - consumed) }
            buffer += try more()
        }
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let piece = Array(buffer[consumed..<consumed + count])
        consumed += count
        if consumed == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            consumed = 0
        }
        return piece
    }

    private func endOfHead(from start: Int) -> Int? {
        var index = start
        while index + 4 <= buffer.count {
            if buffer[index] == 13, buffer[index + 1] == 10, buffer[index + 2] == 13, buffer[index + 3] == 10
            {
                return index + 4
            }
            index += 1
        }
        return nil
    }
}
