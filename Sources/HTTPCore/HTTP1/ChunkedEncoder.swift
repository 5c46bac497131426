/// Writes the chunked coding of a request body (RFC 9112 §7.1) around data that the caller sends itself:
/// size line, data, line end, and in the end the last chunk.
public enum ChunkedEncoder {
    /// Appends the line that goes before `count` bytes of data: the size in hexadecimal and CRLF. With a count
    /// below 1 nothing is written, for a chunk of size 0 would end the body.
    public static func appendSizeLine(_ count: Int, to buffer: inout [UInt8]) {
        guard count > 0 else { return }
        buffer.append(contentsOf: String(count, radix: 16).utf8)
        appendLineEnd(to: &buffer)
    }

    /// Appends the CRLF that goes after the data of each chunk.
    public static func appendLineEnd(to buffer: inout [UInt8]) {
        buffer.append(ASCII.cr)
        buffer.append(ASCII.lf)
    }

    /// Appends what ends the body: the last chunk, the trailer fields and the blank line.
    ///
    /// - Throws: `invalidFieldName` or `invalidFieldValue` for a trailer; `buffer` is then as it was.
    public static func appendLastChunk(
        trailers: [HeaderField] = [], to buffer: inout [UInt8]
    ) throws(HTTPError) {
        let lines = try FieldBlock(trailers)
        buffer.append(contentsOf: "0\r\n".utf8)
        buffer.append(contentsOf: lines.bytes)
    }
}
