import CZlib
import CZstd

/// Bodies to decode, made by the libraries' own compressors; for Brotli, whose compressor isn't linked, kept here.
enum Encode {
    static let text = Array(
        String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 40).utf8)

    /// Bytes that don't compress, the same in every run.
    static func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    /// The text in a coding.
    static func text(_ coding: String) -> [UInt8] {
        switch coding {
        case "gzip": gzip(text)
        case "deflate": zlib(text)
        case "br": brotliText
        default: zstd(text)
        }
    }

    /// Many megabytes of zeros in a coding.
    static func zeros(_ coding: String) -> [UInt8] {
        let zeros = { [UInt8](repeating: 0, count: 32 << 20) }
        return switch coding {
        case "gzip": gzip(zeros())
        case "deflate": zlib(zeros())
        case "br": brotliZeros
        default: zstd(zeros())
        }
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15 + 16) }
    static func zlib(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15) }
    static func bareDeflate(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: -15) }

    static func zstd(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
            count = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, 3)
            precondition(ZSTD_isError(count) == 0)
        }
    }

    /// A frame that announces a window and no size.
    static func zstdStream(_ bytes: [UInt8], windowLog: Int32) -> [UInt8] {
        let stream = ZSTD_createCStream()
        defer { ZSTD_freeCStream(stream) }
        ZSTD_CCtx_setParameter(stream, ZSTD_c_windowLog, windowLog)
        return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count) + 64) { buffer, count in
            var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            bytes.withUnsafeBytes {
                var input = ZSTD_inBuffer(src: $0.baseAddress, size: $0.count, pos: 0)
                // Not ending at once keeps the size out of the frame's header.
                ZSTD_compressStream2(stream, &output, &input, ZSTD_e_flush)
                precondition(ZSTD_compressStream2(stream, &output, &input, ZSTD_e_end) == 0)
            }
            count = output.pos
        }
    }

    private static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        precondition(deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, 0, ZLIB_VERSION, size) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(bytes.count)))) {
            buffer, count in
            input.withUnsafeMutableBufferPointer {
                stream.next_in = $0.baseAddress
                stream.avail_in = UInt32($0.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
            }
            count = Int(stream.total_out)
        }
    }

    /// `text`, quality 11.
    static let brotliText: [UInt8] = [
        0x1b, 0x07, 0x07, 0x88, 0x2c, 0x0e, 0x78, 0xd3, 0xd0, 0x95, 0x5d, 0x97, 0x10, 0xbb, 0x17, 0x2b,
        0xa9, 0xca, 0xd0, 0x92, 0xcc, 0x8c, 0xad, 0x41, 0x5c, 0xe6, 0xf2, 0x36, 0xc8, 0x19, 0x9e, 0x9e,
        0x0a, 0x7b, 0x83, 0x0d, 0x38, 0x70, 0x48, 0x20, 0x6f, 0x24, 0xbf, 0x41, 0xa7, 0x15, 0xce, 0x1c,
        0x1e, 0x27, 0xaa, 0x29, 0x38, 0xc2, 0xa9, 0x74, 0x9f, 0x06, 0x03,
    ]

    static let brotliNothing: [UInt8] = [0x3b]

    /// 64 MiB of zeros.
    static let brotliZeros: [UInt8] = [
        0xcb, 0xff, 0xff, 0x3f, 0x00, 0x24, 0x00, 0xe2, 0xb1, 0x40, 0x72, 0xef, 0xff, 0xf8, 0xff, 0xff,
        0x07, 0x80, 0x04, 0x40, 0x1c, 0x16, 0x80, 0xee, 0xfd, 0x1f, 0xff, 0xff, 0xff, 0x00, 0x90, 0x00,
        0x88, 0xc3, 0x02, 0xd0, 0xbd, 0xff, 0xe3, 0xff, 0xff, 0x1f, 0x00, 0x12, 0x00, 0x71, 0x58, 0x00,
        0xba, 0xf7, 0x7f, 0xfc, 0xff, 0xff, 0x03, 0x40, 0x02, 0x20, 0x0e, 0x0b, 0x40, 0xf7, 0xfe, 0x8f,
        0xff, 0xff, 0x7f, 0x00, 0x48, 0x00, 0xc4, 0x61, 0x01, 0xe8, 0xde, 0xff, 0xf1, 0xff, 0xff, 0x0f,
        0x00, 0x09, 0x80, 0x38, 0x2c, 0x00, 0xdd, 0xfb, 0x3f, 0xfe, 0xff, 0xff, 0x01, 0x20, 0x01, 0x10,
        0x87, 0x05, 0xa0, 0x7b, 0xff, 0x37,
    ]
}
