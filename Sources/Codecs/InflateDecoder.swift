internal import CZlib

/// `gzip` (RFC 1952): one member or several in a row. What follows the last member and doesn't start like another
/// one is ignored, as gzip(1), curl and browsers do.
final class GzipDecoder: StreamDecoder {
    private enum State {
        /// Before the first byte: nothing may come, or a member.
        case start
        case member
        /// After a member, when so many bytes of the next one's magic number have been seen.
        case between(magicBytes: Int)
        case trailing
    }

    static let magic: (UInt8, UInt8) = (0x1f, 0x8b)
    private var state = State.start
    private let inflater = Inflater(windowBits: 15 + 16)

    var isComplete: Bool {
        if case .member = state { false } else { true }
    }

    var hasMore: Bool { inflater.hasMore }

    func decode(
        _ input: UnsafeRawBufferPointer, buffer: () -> UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) -> Int {
        var rest = input
        while !rest.isEmpty || hasMore {
            switch state {
            case .start:
                state = .member
            case .member:
                let pause = try inflater.inflate(&rest, buffer: buffer(), emit: emit)
                if pause.isAtEnd { state = .between(magicBytes: 0) }
                if pause.isStopped { return input.count - rest.count }
            case .between(let count):
                guard rest[0] == (count == 0 ? Self.magic.0 : Self.magic.1) else {
                    state = .trailing
                    continue
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[1...])
                if count == 0 {
                    state = .between(magicBytes: 1)
                } else {
                    try beginMember(buffer: buffer(), emit: emit)
                }
            case .trailing:
                return input.count
            }
        }
        return input.count
    }

    /// Two bytes of a header, of which nothing comes out.
    private func beginMember(
        buffer: UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) {
        state = .member
        inflater.reset()
        try withUnsafeBytes(of: Self.magic) { bytes throws(StreamDecodingFailure) in
            var rest = bytes
            _ = try inflater.inflate(&rest, buffer: buffer, emit: emit)
        }
    }
}

/// `gzip` and `deflate`, which servers take for one another: the first two bytes tell which format it is. `deflate` is the zlib
/// format (RFC 1950) as RFC 9110 §8.4.1.2 says, or the bare stream (RFC 1951) that some servers send under that name. What
/// follows the end of a zlib or bare stream is ignored.
final class InflateDecoder: StreamDecoder {
    /// What the coding promises.
    enum Label {
        case gzip
        case deflate
    }

    private enum State {
        case start
        case firstByte(UInt8)
        case gzip(GzipDecoder)
        case stream(Inflater)
        case trailing
    }

    private let label: Label
    private let isStrict: Bool
    private var state = State.start
    private(set) var otherFormat: String?

    /// `isStrict` takes the label at its word; a bare stream under `deflate` is none then.
    init(_ label: Label, isStrict: Bool = false) {
        self.label = label
        self.isStrict = isStrict
    }

    var isComplete: Bool {
        switch state {
        case .start, .trailing: true
        case .firstByte, .stream: false
        case .gzip(let decoder): decoder.isComplete
        }
    }

    var hasMore: Bool {
        switch state {
        case .start, .firstByte, .trailing: false
        case .gzip(let decoder): decoder.hasMore
        case .stream(let inflater): inflater.hasMore
        }
    }

    func decode(
        _ input: UnsafeRawBufferPointer, buffer: () -> UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) -> Int {
        var rest = input
        while !rest.isEmpty || hasMore {
            switch state {
            case .start:
                state = .firstByte(rest[0])
                rest = UnsafeRawBufferPointer(rebasing: rest[1...])
            case .firstByte(let first):
                state = stream(first, rest[0])
                // One byte, of which nothing comes out.
                try withUnsafeBytes(of: first) { bytes throws(StreamDecodingFailure) in
                    var head = bytes
                    switch state {
                    case .gzip(let decoder): _ = try decoder.decode(bytes, buffer: buffer, emit: emit)
                    case .stream(let inflater): _ = try inflater.inflate(&head, buffer: buffer(), emit: emit)
                    case .start, .firstByte, .trailing: break
                    }
                }
            case .gzip(let decoder):
                return input.count - rest.count + (try decoder.decode(rest, buffer: buffer, emit: emit))
            case .stream(let inflater):
                let pause = try inflater.inflate(&rest, buffer: buffer(), emit: emit)
                if pause.isAtEnd { state = .trailing }
                if pause.isStopped { return input.count - rest.count }
            case .trailing:
                return input.count
            }
        }
        return input.count
    }

    private func stream(_ first: UInt8, _ second: UInt8) -> State {
        let isGzip = first == GzipDecoder.magic.0 && second == GzipDecoder.magic.1
        let isZlib = Self.isZlibHeader(first, second)
        switch label {
        case .gzip:
            guard !isStrict, !isGzip, isZlib else { return .gzip(GzipDecoder()) }
            otherFormat = "a zlib stream"
            return .stream(Inflater(windowBits: 15))
        case .deflate:
            guard !isStrict, !isZlib else { return .stream(Inflater(windowBits: 15)) }
            otherFormat = isGzip ? "a gzip stream" : "a bare deflate stream"
            return isGzip ? .gzip(GzipDecoder()) : .stream(Inflater(windowBits: -15))
        }
    }

    /// RFC 1950 §2.2: the method is 8, the window at most 32 KiB, and the two bytes are a multiple of 31.
    private static func isZlibHeader(_ first: UInt8, _ second: UInt8) -> Bool {
        first & 0x0f == 8 && first >> 4 <= 7 && (Int(first) * 256 + Int(second)) % 31 == 0
    }
}

/// zlib's inflate on one stream, started on its first byte.
final class Inflater {
    private let windowBits: Int32
    /// zlib keeps the stream's address, so it must not move; nil before the first byte.
    private var stream: UnsafeMutablePointer<z_stream>?
    /// The output had no room left when it was stopped.
    private(set) var hasMore = false

    /// Why it went no further: the input is used up, unless one of these holds.
    struct Pause {
        /// The stream is over.
        var isAtEnd = false
        /// Nobody wanted more.
        var isStopped = false
    }

    /// `windowBits` as zlib's: 15 zlib format, -15 bare, 15 + 16 gzip.
    init(windowBits: Int32) {
        self.windowBits = windowBits
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Makes ready for another stream of the same format.
    func reset() {
        if let stream { inflateReset(stream) }
    }

    /// Decodes from the front of `input` and leaves there what was not decoded.
    func inflate(
        _ input: inout UnsafeRawBufferPointer, buffer: UnsafeMutableRawBufferPointer,
        emit: StreamDecoder.Emit
    ) throws(StreamDecodingFailure) -> Pause {
        let stream = try start()
        while true {
            let given = min(input.count, Int(UInt32.max))
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(given)
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(buffer.count)
            let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
            let taken = given - Int(stream.pointee.avail_in)
            let made = buffer.count - Int(stream.pointee.avail_out)
            input = UnsafeRawBufferPointer(rebasing: input[taken...])
            // Without room left in the buffer there may be more to come of what was taken in.
            hasMore = status == Z_OK && made == buffer.count
            var goesOn = true
            if made > 0 { goesOn = try emit(UnsafeRawBufferPointer(rebasing: buffer[..<made])) }

            switch status {
            case Z_STREAM_END: return Pause(isAtEnd: true, isStopped: !goesOn)
            case Z_OK:
                guard goesOn else { return Pause(isStopped: true) }
                if input.isEmpty && !hasMore { return Pause() }
            // No progress: everything taken in was given out.
            case Z_BUF_ERROR: return Pause()
            case Z_MEM_ERROR: throw .reason(.outOfMemory)
            case Z_NEED_DICT: throw .reason(.corrupt("it asks for a preset dictionary"))
            default: throw .reason(.corrupt(stream.pointee.msg.map { String(cString: $0) } ?? ""))
            }
        }
    }

    private func start() throws(StreamDecodingFailure) -> UnsafeMutablePointer<z_stream> {
        if let stream { return stream }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw .reason(.outOfMemory)
        }
        self.stream = stream
        return stream
    }
}
