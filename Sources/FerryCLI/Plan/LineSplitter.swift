internal import Glibc

/// Cuts what a function reads into lines. Holds one buffer, which grows no further than the longest line.
final class LineSplitter {
    /// Fills the room with the next bytes and returns how many there are; 0 = no more.
    typealias Source = (UnsafeMutableRawBufferPointer) throws(FileReadError) -> Int

    private let longest: Int
    private let source: Source
    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 8)
    /// Where the bytes that are still to be handed out begin, and where they end.
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// Lines have `longest` bytes at most.
    init(longest: Int, source: @escaping Source) {
        self.longest = longest
        self.source = source
    }

    deinit {
        buffer.deallocate()
    }

    /// The next line without its line feed, as a part of what `withBytes` shows; nil at the end, and for good
    /// after a throw other than `.notYet`.
    func next() throws(FileReadError) -> Range<Int>? {
        var searched = start
        while true {
            if let feed = firstFeed(from: searched) {
                guard feed - start <= longest else { throw tooLong() }
                defer { start = feed + 1 }
                return start..<feed
            }
            guard !isAtEnd else {
                defer { start = end }
                return start < end ? start..<end : nil
            }
            searched = end - start
            try fill()
        }
    }

    /// The bytes of a line; valid until the next is asked for.
    func withBytes<Result, Failure: Error>(
        _ line: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: buffer[line]))
    }

    private func firstFeed(from position: Int) -> Int? {
        guard position < end, let base = buffer.baseAddress,
            let feed = memchr(base + position, 0x0A, end - position)
        else { return nil }
        return feed - base
    }

    private func fill() throws(FileReadError) {
        guard end - start <= longest else { throw tooLong() }
        makeRoom()
        do throws(FileReadError) {
            let got = try source(UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            isAtEnd = got == 0
            end += got
        } catch {
            if error != .notYet { stop() }
            throw error
        }
    }

    /// Moves what is left to the front, or doubles the buffer.
    private func makeRoom() {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
        if start > 0 {
            buffer.copyMemory(from: rest)
        } else if end == buffer.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * end, alignment: 8)
            larger.copyMemory(from: rest)
            buffer.deallocate()
            buffer = larger
        }
        end -= start
        start = 0
    }

    private func tooLong() -> FileReadError {
        stop()
        return .tooLarge(limit: longest)
    }

    /// What is left is not handed out.
    private func stop() {
        isAtEnd = true
        start = end
    }
}
