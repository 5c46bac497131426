import Testing

@testable import Codecs

@Suite struct ContentDecoderTests {
    static let plain = Encode.text
    /// A text of one block and random bytes of many buffers, in every coding.
    static let cases: [(name: String, coding: String, encoded: [UInt8], decoded: [UInt8])] = {
        let noise = Encode.noise(700_000)
        return [
            ("gzip", "gzip", Encode.gzip(plain), plain),
            ("x-gzip, any case", "X-GZip", Encode.gzip(plain), plain),
            ("two gzip members", "gzip", Encode.gzip(plain) + Encode.gzip(plain), plain + plain),
            ("zlib", "deflate", Encode.zlib(plain), plain),
            ("bare deflate", "deflate", Encode.bareDeflate(plain), plain),
            ("zlib that is called gzip", "gzip", Encode.zlib(plain), plain),
            (
                "gzip that is called deflate", "deflate", Encode.gzip(plain) + Encode.gzip(plain),
                plain + plain
            ),
            ("zlib that is called gzip, large", "x-gzip", Encode.zlib(noise), noise),
            ("bare deflate of nothing", "deflate", Encode.bareDeflate([]), []),
            ("br", "br", Encode.brotliText, plain),
            ("br of nothing", "br", Encode.brotliNothing, []),
            ("zstd", "zstd", Encode.zstd(plain), plain),
            ("two zstd frames", "zstd", Encode.zstd(plain) + Encode.zstd(plain), plain + plain),
            ("identity", "identity", plain, plain),
            ("none", "None", plain, plain),
            ("gzip, large", "gzip", Encode.gzip(noise), noise),
            ("deflate, large", "deflate", Encode.zlib(noise), noise),
            ("zstd, large", "zstd", Encode.zstd(noise), noise),
            ("deflate then gzip", "deflate, gzip", Encode.gzip(Encode.zlib(noise)), noise),
            ("three", "gzip, zstd,identity , deflate", Encode.zlib(Encode.zstd(Encode.gzip(plain))), plain),
        ]
    }()

    @Test(arguments: cases.indices)
    func `a body decodes whole, in pieces and byte by byte`(index: Int) throws {
        let entry = Self.cases[index]
        #expect(try decode(entry.encoded, entry.coding) == entry.decoded, "\(entry.name)")
        #expect(try decode(entry.encoded, entry.coding, step: 1000) == entry.decoded, "\(entry.name)")
        if entry.encoded.count < 10_000 {
            #expect(try decode(entry.encoded, entry.coding, step: 1) == entry.decoded, "\(entry.name)")
        }
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd"], [1, 7, 1000])
    func `a body cut short is truncated wherever the cut is`(coding: String, step: Int) throws {
        let encoded = Encode.text(coding)
        for length in 1..<encoded.count {
            #expect(throws: ContentDecodingError(coding: coding, reason: .truncated)) {
                try decode(Array(encoded[..<length]), coding, step: step)
            }
        }
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd", ""])
    func `a body without a byte is complete`(coding: String) throws {
        #expect(try decode([], coding) == [])
    }

    @Test(arguments: [
        ("gzip", "the gzip body is corrupt: incorrect header check"),
        ("br", "the br body is corrupt: cl space"),
        ("zstd", "the zstd body is corrupt: unknown frame descriptor"),
    ])
    func `text under a coding's name is corrupt`(coding: String, message: String) {
        #expect(description { try decode(Self.plain, coding) } == message)
    }

    @Test func `a wrong checksum is corrupt`() {
        var gzip = Encode.gzip(Self.plain)
        gzip[gzip.count - 6] ^= 1
        #expect(description { try decode(gzip, "gzip") } == "the gzip body is corrupt: incorrect data check")
        var zlib = Encode.zlib(Self.plain)
        zlib[zlib.count - 1] ^= 1
        #expect(
            description { try decode(zlib, "deflate") } == "the deflate body is corrupt: incorrect data check"
        )
    }

    @Test(arguments: [
        ("gzip", Encode.zlib(plain)), ("deflate", Encode.gzip(plain)), ("deflate", Encode.bareDeflate(plain)),
    ])
    func `a strict decoder takes a coding at its word`(coding: String, encoded: [UInt8]) throws {
        let decoder = try ContentDecoder(contentEncoding: [coding], isStrict: true)
        #expect(throws: ContentDecodingError.self) {
            try encoded.withUnsafeBytes { try decoder.decode($0) { _ in } }
            try decoder.finish()
        }
    }

    @Test(arguments: [1, 1000], ["gzip", "deflate"])
    func `what follows gzip and deflate is ignored`(step: Int, coding: String) throws {
        for tail: [UInt8] in [[0, 0, 0], [0x1f], [0x1f, 0], Array("garbage".utf8)] {
            #expect(try decode(Encode.text(coding) + tail, coding, step: step) == Self.plain)
        }
    }

    @Test(arguments: [1, 1000], ["br", "zstd"])
    func `what follows br and zstd is an error`(step: Int, coding: String) {
        let error = #expect(throws: ContentDecodingError.self) {
            try decode(Encode.text(coding) + Array("garbage".utf8), coding, step: step)
        }
        #expect(error?.coding == coding)
    }

    @Test func `a second member that is broken is an error`() {
        #expect(
            description { try decode(Encode.gzip(Self.plain) + [0x1f, 0x8b, 0, 0], "gzip", step: 1) }
                == "the gzip body is corrupt: unknown compression method")
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd"])
    func `a bomb stops at the limit`(coding: String) throws {
        let limit: Int64 = 1_000_000
        let decoder = try ContentDecoder(contentEncoding: [coding], maxOutputBytes: limit)
        var taken = 0
        var largest = 0
        #expect(throws: ContentDecodingError(coding: coding, reason: .outputTooLarge(limitBytes: limit))) {
            try Encode.zeros(coding).withUnsafeBytes { bytes in
                try decoder.decode(bytes) { block in
                    taken += block.count
                    largest = max(largest, block.count)
                }
            }
        }
        #expect(taken <= limit)
        #expect(largest <= 1 << 24)
        #expect(decoder.outputBytes == taken)
    }

    @Test(arguments: cases.indices, [7, Int.max])
    func `a sink that wants no more gets the rest when it asks`(index: Int, step: Int) throws {
        let entry = Self.cases[index]
        guard step > 10 || entry.encoded.count < 10_000 else { return }
        let decoder = try ContentDecoder(contentEncoding: [entry.coding])
        var result: [UInt8] = []
        var blocks = 0
        var start = 0
        func decode(_ piece: ArraySlice<UInt8>) throws -> Bool {
            let before = blocks
            let goesOn = try piece.withUnsafeBytes { bytes in
                try decoder.decodePart(bytes) {
                    #expect($0.count <= max(DecodingScratch.bufferBytes, entry.encoded.count))
                    result += $0
                    blocks += 1
                    return false
                }
            }
            #expect(blocks - before == (goesOn ? 0 : 1))
            return goesOn
        }
        while start < entry.encoded.count {
            let end = step < entry.encoded.count - start ? start + step : entry.encoded.count
            var goesOn = try decode(entry.encoded[start..<end])
            start = end
            // Every other time more input comes before what was stopped has gone on.
            if start / max(1, min(step, 7)) % 2 == 0 { continue }
            while !goesOn { goesOn = try decode([]) }
        }
        while try !decode([]) {}
        try decoder.finish()
        #expect(result == entry.decoded, "\(entry.name)")
    }

    @Test(arguments: ["gzip", "deflate", "br", "zstd", "gzip, gzip", "zstd, gzip"])
    func `a bomb waits for its reader`(coding: String) throws {
        let encoded =
            switch coding {
            case "gzip, gzip": Encode.gzip(Encode.zeros("gzip"))
            case "zstd, gzip": Encode.gzip(Encode.zeros("zstd"))
            default: Encode.zeros(coding)
            }
        let decoder = try ContentDecoder(contentEncoding: [coding])
        var taken = 0
        let sink = { (block: UnsafeRawBufferPointer) in
            taken += block.count
            return false
        }
        for turn in 1...3 {
            #expect(
                try encoded.withUnsafeBytes { bytes in
                    try !decoder.decodePart(
                        turn == 1 ? bytes : UnsafeRawBufferPointer(rebasing: bytes[..<0]), into: sink)
                })
            #expect(taken <= turn * DecodingScratch.bufferBytes)
        }
    }

    @Test func `a bomb inside a coding counts too`() throws {
        let bomb = Encode.gzip(Encode.gzip([UInt8](repeating: 0, count: 8 << 20)))
        #expect(
            description { try decode(bomb, "gzip, gzip", maxOutputBytes: 100_000) }
                == "the decoded gzip body is larger than 100000 bytes")
    }

    @Test func `a zstd window over 8 MiB is refused and one of 8 MiB is not`() throws {
        #expect(try decode(Encode.zstdStream(Self.plain, windowLog: 23), "zstd") == Self.plain)
        #expect(
            description { try decode(Encode.zstdStream(Self.plain, windowLog: 24), "zstd") }
                == "the zstd body needs a window of more than 8 MiB")
    }

    @Test func `unknown codings and towers of them are refused by name`() {
        #expect(
            description { try decode([], "gzip, rot13") }
                == "the content coding 'rot13' is not supported: it should be gzip, deflate, br or zstd")
        #expect(
            description { try decode([], "gzip,gzip,gzip,gzip,gzip,gzip") }
                == "the body is encoded more than 5 times: gzip,gzip,gzip,gzip,gzip,gzip")
    }

    @Test func `several fields are one list, and blanks mean nothing`() throws {
        let decoder = try ContentDecoder(contentEncoding: [" deflate ", "", " ,\tgzip"])
        var result: [UInt8] = []
        try Encode.gzip(Encode.zlib(Self.plain)).withUnsafeBytes { bytes in
            try decoder.decode(bytes) { result += $0 }
        }
        try decoder.finish()
        #expect(result == Self.plain)
        #expect(try ContentDecoder(contentEncoding: [" identity,, "]).isIdentity)
    }

    @Test func `what the sink throws comes through and an error stays`() throws {
        struct Full: Error {}
        let decoder = try ContentDecoder(contentEncoding: ["gzip"])
        let bytes = Encode.gzip(Self.plain)
        #expect(throws: Full.self) {
            try bytes.withUnsafeBytes { bytes in try decoder.decode(bytes) { _ in throw Full() } }
        }
        let broken = try ContentDecoder(contentEncoding: ["gzip"])
        for _ in 0..<2 {
            #expect(throws: ContentDecodingError.self) {
                try Self.plain.withUnsafeBytes { bytes in try broken.decode(bytes) { _ in } }
            }
        }
        #expect(throws: ContentDecodingError.self) { try broken.finish() }
    }

    @Test func `decoders that share their scratch don't disturb each other`() throws {
        let scratch = DecodingScratch()
        let decoders = try ["gzip", "deflate", "zstd"].map {
            try ContentDecoder(contentEncoding: [$0], scratch: scratch)
        }
        let noise = Encode.noise(300_000)
        let encoded = [Encode.gzip(noise), Encode.zlib(noise), Encode.zstd(noise)]
        var results: [[UInt8]] = [[], [], []]
        for start in stride(from: 0, to: encoded.map(\.count).max() ?? 0, by: 5000) {
            for index in decoders.indices where start < encoded[index].count {
                let piece = encoded[index][start..<min(start + 5000, encoded[index].count)]
                try piece.withUnsafeBytes { bytes in
                    try decoders[index].decode(bytes) { results[index] += $0 }
                }
            }
        }
        #expect(results == [noise, noise, noise])
    }

    private func description(_ body: () throws -> [UInt8]) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}

private func decode(
    _ input: [UInt8], _ coding: String, step: Int = .max, maxOutputBytes: Int64? = nil
) throws -> [UInt8] {
    let decoder = try ContentDecoder(contentEncoding: [coding], maxOutputBytes: maxOutputBytes)
    var result: [UInt8] = []
    var start = 0
    while start < input.count {
        let end = step < input.count - start ? start + step : input.count
        try input[start..<end].withUnsafeBytes { bytes in
            try decoder.decode(bytes) { result += $0 }
        }
        start = end
    }
    try decoder.finish()
    return result
}
