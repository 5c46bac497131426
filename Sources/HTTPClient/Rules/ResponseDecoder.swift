package import Codecs
package import HTTPCore

/// Undoes the codings of one response and watches the size of what comes out.
@LoopActor
package final class ResponseDecoder {
    private let decoder: ContentDecoder

    /// nil when the response has no coding to undo. Transfer codings were applied last, so they are undone first.
    package init?(
        _ head: ResponseHead, content: Bool, transfer: Bool, limit: Int64?, isStrict: Bool = false,
        scratch: DecodingScratch
    ) throws {
        var codings = content ? head.all("Content-Encoding") : []
        if transfer { codings += head.transferCodings }
        guard !codings.isEmpty else { return nil }
        decoder = try ContentDecoder(
            contentEncoding: codings, maxOutputBytes: limit, isStrict: isStrict, scratch: scratch)
        guard !decoder.isIdentity else { return nil }
    }

    package func decode(_ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void)
        throws
    {
        try decoder.decode(bytes, into: sink)
    }

    /// As `ContentDecoder.decodePart`.
    package func decodePart(
        _ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Bool
    ) throws -> Bool {
        try decoder.decodePart(bytes, into: sink)
    }

    /// Tells what was odd about the codings once the body is whole.
    package func finish(_ events: TransferEvents? = nil) throws {
        try decoder.finish()
        guard let events else { return }
        for (coding, format) in decoder.mislabelled {
            events.tell(.oddity(.mislabelledCoding(coding, format: format)))
        }
    }
}
