import Codecs
import Connector
import HTTPCore

/// Undoes the content coding of one response and watches the size of what comes out.
@LoopActor
final class ResponseDecoder {
    private let decoder: ContentDecoder

    /// nil when the response has no coding to undo.
    init?(_ head: ResponseHead, limit: Int64?, scratch: DecodingScratch) throws {
        let codings = head.all("Content-Encoding")
        guard !codings.isEmpty else { return nil }
        decoder = try ContentDecoder(contentEncoding: codings, maxOutputBytes: limit, scratch: scratch)
        guard !decoder.isIdentity else { return nil }
    }

    func decode(_ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try decoder.decode(bytes, into: sink)
    }

    func finish() throws {
        try decoder.finish()
    }
}
