internal import CLazyLibraries

/// Undoes the codings of a body, piece by piece as it comes (RFC 9110 §8.4).
///
/// Synchronous: what a piece decodes to has gone to the sink before `decode` returns, unless the sink stops it, so memory
/// stays bounded by the scratch buffers and the libraries' windows, however much a small piece expands to. After an
/// error the decoder is spent: it gives the same error again.
package final class ContentDecoder {
    /// What to send as `Accept-Encoding`; every coding in it is decoded.
    package static let acceptEncoding = "deflate, gzip, br, zstd"

    /// The most codings one on top of the other. Each one multiplies what a bomb can do.
    package static let maxCodings = 5

    /// Bytes delivered to the sink so far.
    package private(set) var outputBytes: Int64 = 0

    /// The stages in the order of decoding: the coding that was applied last comes first.
    private var stages: [Stage]
    private let scratch: DecodingScratch
    private let maxOutputBytes: Int64
    private var failure: ContentDecodingError?

    private struct Stage {
        let coding: String
        let decoder: any StreamDecoder
        /// Bytes that came out of this stage.
        var outputBytes: Int64 = 0
        /// What came after it wanted no more, to be decoded before anything else: it has stopped.
        var held: [UInt8]?
    }

    /// Reads the values of a response's `Content-Encoding` fields, in order. Nothing is allocated for the codings
    /// before their first byte.
    ///
    /// - Parameters:
    ///   - contentEncoding: the field values, each a comma-separated list; `identity`, `none` and empty items mean nothing.
    ///   - maxOutputBytes: the most that any coding may expand to; nil: no limit.
    ///   - isStrict: a stream that is in another format than its coding says is corrupt.
    ///   - scratch: buffers to share with other decoders of the same thread; they need none of their own then.
    /// - Throws: `unsupported` or `tooManyCodings`.
    package init(
        contentEncoding: [String], maxOutputBytes: Int64? = nil, isStrict: Bool = false,
        scratch: DecodingScratch = DecodingScratch()
    ) throws(ContentDecodingError) {
        let names = contentEncoding.flatMap(Self.codings)
        guard names.count <= Self.maxCodings else {
            throw ContentDecodingError(
                coding: contentEncoding.joined(separator: ", "),
                reason: .tooManyCodings(limit: Self.maxCodings))
        }
        var stages: [Stage] = []
        for name in names.reversed() {
            guard let decoder = Self.makeDecoder(name, isStrict) else {
                throw ContentDecodingError(coding: name, reason: .unsupported)
            }
            stages.append(Stage(coding: name, decoder: decoder))
        }
        self.stages = stages
        self.scratch = scratch
        self.maxOutputBytes = maxOutputBytes ?? .max
    }

    /// Whether there is nothing to undo, so that bytes may go straight to where they belong.
    package var isIdentity: Bool { stages.isEmpty }

    /// Decodes the next piece and hands the result to `sink` in blocks, which are valid only during the call.
    ///
    /// - Parameters:
    ///   - input: the next bytes of the body.
    ///   - sink: takes decoded bytes; what it throws ends the decoding and is thrown on.
    /// - Throws: `ContentDecodingError`, or what `sink` threw.
    package func decode(
        _ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        _ = try decodePart(input) {
            try sink($0)
            return true
        }
    }

    /// As `decode`, until `sink` wants no more.
    ///
    /// - Parameters:
    ///   - input: the next bytes of the body. Empty, it goes on with what was stopped.
    ///   - sink: takes decoded bytes, at most a scratch buffer's worth; false = no more for now.
    /// - Returns: false when it was stopped. What was not decoded is kept, and comes before what follows.
    /// - Throws: as `decode`.
    package func decodePart(
        _ input: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Bool
    ) throws -> Bool {
        if let failure { throw failure }
        for index in stages.indices.reversed() {
            guard let held = stages[index].held else { continue }
            stages[index].held = nil
            guard try held.withUnsafeBytes({ try run($0, stage: index, sink) }) else {
                stages[0].held = (stages[0].held ?? []) + input
                return false
            }
        }
        return try input.isEmpty || run(input, stage: 0, sink)
    }

    /// Tells that the body is complete. Throws `truncated` when a coding isn't at its end; a body without a single
    /// byte is complete, since servers mark even empty answers as encoded.
    package func finish() throws(ContentDecodingError) {
        if let failure { throw failure }
        for stage in stages {
            if !stage.decoder.isComplete {
                try fail(ContentDecodingError(coding: stage.coding, reason: .truncated))
            }
        }
    }

    /// Codings that turned out to be another format than their names say, with that format's name.
    package var mislabelled: [(coding: String, format: String)] {
        stages.compactMap { stage in stage.decoder.otherFormat.map { (stage.coding, $0) } }
    }

    /// False when the sink wants no more: each stage on the way keeps what it has not decoded.
    private func run(
        _ input: UnsafeRawBufferPointer, stage index: Int, _ sink: (UnsafeRawBufferPointer) throws -> Bool
    ) throws -> Bool {
        guard index < stages.count else {
            outputBytes += Int64(input.count)
            return try sink(input)
        }
        let stage = stages[index]
        guard !input.isEmpty || stage.decoder.hasMore else { return true }
        var goesOn = true
        do throws(StreamDecodingFailure) {
            let taken = try stage.decoder.decode(input, buffer: { self.scratch.buffer(depth: index) }) {
                output throws(StreamDecodingFailure) in
                self.stages[index].outputBytes += Int64(output.count)
                guard self.stages[index].outputBytes <= self.maxOutputBytes else {
                    throw .reason(.outputTooLarge(limitBytes: self.maxOutputBytes))
                }
                do {
                    goesOn = try self.run(output, stage: index + 1, sink)
                } catch {
                    throw .sink(error)
                }
                return goesOn
            }
            if !goesOn { stages[index].held = Array(input[taken...]) }
            return goesOn
        } catch {
            switch error {
            case .sink(let error): throw error
            case .reason(let reason): try fail(ContentDecodingError(coding: stage.coding, reason: reason))
            }
        }
    }

    private func fail(_ error: ContentDecodingError) throws(ContentDecodingError) -> Never {
        failure = error
        throw error
    }

    /// The codings that a `Content-Encoding` value names, in the order in which they were applied; those that change nothing
    /// are left out (RFC 9110 §8.4).
    package static func codings(_ value: String) -> [String] {
        value.utf8.split(separator: UInt8(ascii: ",")).compactMap { item in
            let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
            guard let first = item.firstIndex(where: { !isBlank($0) }),
                let last = item.lastIndex(where: { !isBlank($0) })
            else { return nil }
            let name = String(decoding: item[first...last], as: UTF8.self)
            // `none` is no coding of any standard; it is how people tell servers not to compress.
            return ["identity", "none"].contains(name.lowercased()) ? nil : name
        }
    }

    private static func makeDecoder(_ coding: String, _ isStrict: Bool) -> (any StreamDecoder)? {
        switch coding.lowercased() {
        case "gzip", "x-gzip": isThere(FERRY_LIBRARY_ZLIB) ? InflateDecoder(.gzip, isStrict: isStrict) : nil
        case "deflate": isThere(FERRY_LIBRARY_ZLIB) ? InflateDecoder(.deflate, isStrict: isStrict) : nil
        case "br": isThere(FERRY_LIBRARY_BROTLI) ? BrotliDecoder() : nil
        case "zstd": isThere(FERRY_LIBRARY_ZSTD) ? ZstdDecoder() : nil
        default: nil
        }
    }

    private static func isThere(_ library: ferry_library) -> Bool {
        ferry_library_load(library) == 1
    }
}

/// Output buffers that decoders share: decoding is synchronous, so one buffer for each depth of stacking serves
/// all decoders of a thread.
package final class DecodingScratch {
    /// The size of a buffer.
    package static let bufferBytes = 128 * 1024

    private var buffers: [UnsafeMutableRawBufferPointer] = []

    /// Without buffers; each is allocated when first asked for.
    package init() {}

    deinit {
        for buffer in buffers { buffer.deallocate() }
    }

    func buffer(depth: Int) -> UnsafeMutableRawBufferPointer {
        while buffers.count <= depth {
            buffers.append(.allocate(byteCount: Self.bufferBytes, alignment: 16))
        }
        return buffers[depth]
    }
}

/// One coding of a body.
protocol StreamDecoder: AnyObject {
    typealias Emit = (UnsafeRawBufferPointer) throws(StreamDecodingFailure) -> Bool

    /// Decodes `input` until `emit` returns false. `buffer` gives room for output; blocks go to `emit`.
    /// - Returns: how many bytes were taken: all, unless it was stopped.
    func decode(
        _ input: UnsafeRawBufferPointer, buffer: () -> UnsafeMutableRawBufferPointer, emit: Emit
    ) throws(StreamDecodingFailure) -> Int

    /// Whether something may come out without more input, after `emit` has stopped it.
    var hasMore: Bool { get }

    /// Whether the body may end here.
    var isComplete: Bool { get }

    /// The format that came, where that is another one than the coding's name says.
    var otherFormat: String? { get }
}

extension StreamDecoder {
    var otherFormat: String? { nil }
}

/// What stops a `StreamDecoder`: its own reason, or whatever took its output.
enum StreamDecodingFailure: Error {
    case reason(ContentDecodingError.Reason)
    case sink(any Error)
}
