import HTTPClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) @LoopActor struct MeasuredBodySourceTests {
    private func read(_ source: MeasuredBodySource) async -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { buffer.deallocate() }
        var result = ""
        do {
            while true {
                let count = try await source.read(into: buffer)
                guard count > 0 else { return result }
                result += text(Array(buffer[..<count]))
            }
        } catch {
            return "\(result); \(error)"
        }
    }

    @Test func `exactly so many bytes`() async {
        let source = MeasuredBodySource(TestSource([.bytes(bytes("abc")), .bytes(bytes("def"))]), length: 6)
        #expect(await read(source) == "abcdef")
        #expect(source.rewind())
        #expect(await read(source) == "abcdef")
    }

    @Test func `too few are an error of the request`() async throws {
        let source = MeasuredBodySource(TestSource([.bytes(bytes("abc"))]), length: 5)
        let rig = try Rig { _ in [.respond()] }
        #expect(await rig.failure(.upload(.sized(source))) == "the request body ended 2 bytes too early")
        #expect(rig.isEmpty)
    }

    @Test func `too many are an error before the last piece is given`() async {
        for steps in [["abcd", "e"], ["abcd"]] {
            let source = MeasuredBodySource(MemoryBodySource(bytes(steps.joined())), length: 3)
            #expect(
                await read(source)
                    == "; the request body is longer than the 3 bytes that were given as its length")
        }
    }
}
