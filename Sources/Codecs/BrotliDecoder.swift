internal import CBrotli

/// `br` (RFC 7932). Bytes behind the end of the stream are an error, as in curl.
final class BrotliDecoder: StreamDecoder {
    /// Nil before the first byte.
    private var state: OpaquePointer?
    private var isAtEnd = false

    deinit {
        if let state { BrotliDecoderDestroyInstance(state) }
    }

    var isComplete: Bool { isAtEnd || state == nil }

    /// The end of the stream is seen only once all its output was taken, so it is asked again in any case.
    private(set) var hasMore = false

    func decode(
        _ input: UnsafeRawBufferPointer, buffer: () -> UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) -> Int {
        guard !isAtEnd else { throw .reason(.corrupt("bytes follow its end")) }
        guard let state = state ?? BrotliDecoderCreateInstance(nil, nil, nil) else {
            throw .reason(.outOfMemory)
        }
        self.state = state
        hasMore = false
        var available = input.count
        var next = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        while true {
            // No output buffer: the blocks are taken out of the decoder's own window, which saves a copy.
            var room = 0
            let result = BrotliDecoderDecompressStream(state, &available, &next, &room, nil, nil)
            while BrotliDecoderHasMoreOutput(state) != 0 {
                var count = DecodingScratch.bufferBytes
                guard let block = BrotliDecoderTakeOutput(state, &count), count > 0 else { break }
                guard try emit(UnsafeRawBufferPointer(start: block, count: count)) else {
                    hasMore = true
                    return input.count - available
                }
            }
            switch result {
            case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
                continue
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
                return input.count
            case BROTLI_DECODER_RESULT_SUCCESS:
                isAtEnd = true
                guard available == 0 else { throw .reason(.corrupt("bytes follow its end")) }
                return input.count
            default:
                throw .reason(.corrupt(Self.words(BrotliDecoderGetErrorCode(state))))
            }
        }
    }

    /// `ERROR_FORMAT_PADDING_1` and its like, without what they have in common.
    private static func words(_ code: BrotliDecoderErrorCode) -> String {
        guard let name = BrotliDecoderErrorString(code) else { return "" }
        var words = String(cString: name)
        for prefix in ["BROTLI_DECODER_", "_ERROR_", "ERROR_", "FORMAT_"] where words.hasPrefix(prefix) {
            words.removeFirst(prefix.count)
        }
        return words.lowercased().split(separator: "_").joined(separator: " ")
    }
}
