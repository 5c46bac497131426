import Connector
import HTTPCore
import TestSupport
import Testing

@testable import HTTPClient

@LoopActor
struct CompositeBodySourceTests {
    /// Everything that the source gives, in pieces of this size.
    private func content(_ source: any BodySource, by size: Int) async throws -> String {
        var result: [UInt8] = []
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { room.deallocate() }
        while true {
            let count = try await source.read(into: room)
            guard count > 0 else { return String(decoding: result, as: UTF8.self) }
            result += room[..<count]
        }
    }

    private func pieces(_ folder: TemporaryDirectory) throws -> [CompositeBodySource.Piece] {
        try folder.write("file content", to: "f")
        return [
            .bytes(Array("head|".utf8)),
            .source(OnDemandFileSource(path: "\(folder.path)/f", size: 12), .binary),
            .bytes(Array("|middle|".utf8)), .bytes([]),
            .source(MemoryBodySource(Array("encode me".utf8)), .base64),
            .source(MemoryBodySource([]), .binary), .bytes(Array("|tail".utf8)),
        ]
    }

    @Test(arguments: [1, 2, 7, 1000]) func `pieces come in their order, and again after a rewind`(size: Int)
        async throws
    {
        let folder = try TemporaryDirectory()
        let source = CompositeBodySource(try pieces(folder))
        let expected = "head|file content|middle|ZW5jb2RlIG1l|tail"
        #expect(source.length == Int64(expected.utf8.count))
        #expect(try await content(source, by: size) == expected)
        #expect(try await content(source, by: size) == "")
        #expect(source.rewind())
        #expect(try await content(source, by: size) == expected)
    }

    @Test func `a rewind in the middle begins at the start`() async throws {
        let folder = try TemporaryDirectory()
        let source = CompositeBodySource(try pieces(folder))
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 1)
        defer { room.deallocate() }
        #expect(try await source.read(into: room) == 32)
        #expect(source.rewind())
        #expect(try await content(source, by: 100) == "head|file content|middle|ZW5jb2RlIG1l|tail")
    }

    @Test func `an unknown length makes the sum unknown`() {
        let unknown = CompositeBodySource([
            .bytes([1]), .source(MemoryBodySource([1, 2, 3]), .quotedPrintable),
        ])
        #expect(unknown.length == nil)
        #expect(CompositeBodySource([.source(MemoryBodySource([]), .quotedPrintable)]).length == 0)
    }

    @Test func `a file that went away is an error`() async throws {
        let source = OnDemandFileSource(path: "/nonexistent/f", size: 3)
        await #expect(throws: BodySourceError.self) { try await content(source, by: 10) }
    }

    @Test func `a file that became shorter is an error`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("ab", to: "f")
        let source = OnDemandFileSource(path: "\(folder.path)/f", size: 3)
        await #expect(throws: BodySourceError.self) { try await content(source, by: 10) }
    }
}
