internal import CZstd

/// `zstd` (RFC 8878): one frame or several in a row.
final class ZstdDecoder: StreamDecoder {
    /// RFC 9659 §3: as a content coding it must not need more than 8 MiB, and a decoder may refuse what does.
    static let maxWindowLog: Int32 = 23

    /// Nil before the first byte.
    private var stream: OpaquePointer?
    private var isBetweenFrames = true
    /// The output had no room left when it was stopped.
    private(set) var hasMore = false

    deinit {
        if let stream { ZSTD_freeDStream(stream) }
    }

    var isComplete: Bool { isBetweenFrames }

    func decode(
        _ input: UnsafeRawBufferPointer, buffer: () -> UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) -> Int {
        let stream = try start()
        let room = buffer()
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        while true {
            var target = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
            let status = ZSTD_decompressStream(stream, &target, &source)
            if ZSTD_isError(status) != 0 { throw .reason(Self.reason(status)) }
            // 0 is the end of a frame.
            isBetweenFrames = status == 0
            hasMore = target.pos == target.size && !isBetweenFrames
            if target.pos > 0, try !emit(UnsafeRawBufferPointer(rebasing: room[..<target.pos])) {
                return source.pos
            }
            if source.pos == source.size && !hasMore { return source.pos }
        }
    }

    private func start() throws(StreamDecodingFailure) -> OpaquePointer {
        if let stream { return stream }
        guard let stream = ZSTD_createDStream() else { throw .reason(.outOfMemory) }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.maxWindowLog)
        self.stream = stream
        return stream
    }

    private static func reason(_ status: Int) -> ContentDecodingError.Reason {
        // The numbers of zstd_errors.h, which says that those below 100 never change.
        switch -status {
        case 16: .windowTooLarge(limitBytes: 1 << Int(maxWindowLog))
        case 64: .outOfMemory
        default: .corrupt(ZSTD_getErrorName(status).map { String(cString: $0).lowercased() } ?? "")
        }
    }
}
