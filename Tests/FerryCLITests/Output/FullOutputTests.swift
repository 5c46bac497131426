import Glibc
import Testing

@testable import FerryCLI

/// Standard output whose reader is slow: nobody waits for it inside a write, and nothing is lost, doubled or out of order.
@Suite struct FullOutputTests {
    enum Kind: CaseIterable {
        case pipe
        case socket
        case askedPipe
    }

    /// Both ends of something that fills up.
    private final class Channel {
        let output: OutputDescriptor
        private let ends: [Int32]

        init(_ kind: Kind) {
            var ends: [Int32] = [0, 0]
            switch kind {
            case .pipe, .askedPipe: pipe(&ends)
            case .socket: socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            }
            self.ends = ends
            output =
                kind == .askedPipe
                ? OutputDescriptor(ends[1], .isAsked, takesSplice: true)
                : OutputDescriptor(withoutWaiting: ends[1])
        }

        deinit {
            for end in ends { close(end) }
            if !ends.contains(output.number) { close(output.number) }
        }

        var flags: Int32 { fcntl(ends[1], F_GETFL) }

        /// All that is in it now.
        func read() -> [UInt8] {
            var result: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            var ready = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            while poll(&ready, 1, 0) > 0 {
                let count = Glibc.read(ends[0], &buffer, buffer.count)
                guard count > 0 else { break }
                result += buffer[..<count]
            }
            return result
        }

        func closeReader() { close(ends[0]) }
    }

    private func bytes(_ count: Int, from start: UInt8 = 0) -> [UInt8] {
        (0..<count).map { start &+ UInt8(truncatingIfNeeded: $0 / 251 &+ $0) }
    }

    /// Reads and resumes until nothing waits.
    private func drain(_ channel: Channel, _ sequencer: StdoutSequencer) -> [UInt8] {
        var result: [UInt8] = []
        repeat { result += channel.read() } while sequencer.resume()
        return result + channel.read()
    }

    @Test(arguments: Kind.allCases)
    func `what does not fit waits and comes whole and in order`(kind: Kind) throws {
        let channel = Channel(kind)
        let flags = channel.flags
        let sequencer = StdoutSequencer(
            channel.output, limits: .init(bytesPerSink: 10_000, bytesInAll: 20_000))
        var calls = 0
        sequencer.onFull = { calls += 1 }
        let (first, second, third) = (sequencer.makeSink(), sequencer.makeSink(), sequencer.makeSink())
        try third.write(bytes(500_000, from: 3))
        try third.finish()
        try first.write(bytes(700_000, from: 1))
        #expect(first.isFull && calls == 1)
        try first.write(bytes(100, from: 9))
        try first.finish()
        #expect(first.isDelivering)
        try second.write(bytes(30_000, from: 2))
        let got = drain(channel, sequencer)
        #expect(!first.isDelivering && first.failure == nil && calls == 1)
        try second.finish()
        #expect(
            got + drain(channel, sequencer) == bytes(700_000, from: 1) + bytes(100, from: 9)
                + bytes(30_000, from: 2)
                + bytes(500_000, from: 3))
        #expect(sequencer.undelivered == nil)
        // Others have it open as well.
        #expect(channel.flags == flags && flags & O_NONBLOCK == 0)
    }

    @Test func `small pieces wait, too`() throws {
        let channel = Channel(.pipe)
        let sequencer = StdoutSequencer(channel.output)
        let sink = sequencer.makeSink()
        var expected: [UInt8] = []
        for number in 0..<5000 {
            let piece = bytes(number % 200, from: UInt8(number % 256))
            try sink.write(piece)
            expected += piece
        }
        try sink.finish()
        #expect(drain(channel, sequencer) == expected)
    }

    @Test func `a sink tells once when there is room`() throws {
        let channel = Channel(.pipe)
        let sequencer = StdoutSequencer(channel.output)
        let sink = sequencer.makeSink()
        try sink.write(bytes(300_000))
        var changes = 0
        sink.onChange = { changes += 1 }
        #expect(sequencer.resume())
        #expect(changes == 0)
        _ = drain(channel, sequencer)
        #expect(changes == 1 && !sink.isFull)
        #expect(try sink.descriptorForSplice() == channel.output.number)
    }

    @Test func `what is given up is forgotten, and the next one's bytes come`() throws {
        let channel = Channel(.pipe)
        let sequencer = StdoutSequencer(channel.output)
        let (first, second) = (sequencer.makeSink(), sequencer.makeSink())
        try first.write(bytes(300_000))
        try first.finish()
        try second.write("second")
        try second.finish()
        first.abandon()
        #expect(!first.isDelivering && sequencer.undelivered === second)
        let got = drain(channel, sequencer)
        #expect(got.count < 300_000 && got.suffix(6) == Array("second".utf8))
    }

    @Test func `a full output without a byte delivered takes back what waits`() throws {
        let channel = Channel(.pipe)
        let sequencer = StdoutSequencer(channel.output)
        let first = sequencer.makeSink()
        try first.write(bytes(200_000))
        try first.finish()
        let second = sequencer.makeSink()
        try second.write("old")
        #expect(second.discardUndelivered())
        try second.write("new")
        try second.finish()
        #expect(drain(channel, sequencer) == bytes(200_000) + Array("new".utf8))
    }

    @Test(arguments: [Kind.pipe, .socket])
    func `a reader that goes away while it is waited for is told to whoever waits`(kind: Kind) throws {
        signal(SIGPIPE, SIG_IGN)
        let channel = Channel(kind)
        let sequencer = StdoutSequencer(channel.output)
        let sink = sequencer.makeSink()
        try sink.write(bytes(500_000))
        try sink.finish()
        var changes = 0
        sink.onChange = { changes += 1 }
        channel.closeReader()
        #expect(!sequencer.resume())
        #expect(changes == 1 && sink.failure?.isBrokenPipe == true && !sink.isDelivering)
        #expect(sequencer.failure?.isBrokenPipe == true)
    }

    @Test func `who stands behind does not hear of a reader that went away before who writes`() throws {
        signal(SIGPIPE, SIG_IGN)
        let channel = Channel(.pipe)
        let sequencer = StdoutSequencer(channel.output)
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        try first.write(bytes(500_000))
        channel.closeReader()
        #expect(!sequencer.resume())
        try second.write("behind")
        #expect(first.broken?.isBrokenPipe == true && second.broken == nil)
        #expect(throws: OutputError.self) { try first.write("more") }
        try? first.finish()
        #expect(throws: OutputError.self) { try second.write("its turn") }
        #expect(second.broken?.isBrokenPipe == true)
    }

    @Test func `files and devices without a reader never fill up`() throws {
        let null = open("/dev/null", O_WRONLY)
        defer { close(null) }
        #expect(!OutputDescriptor(withoutWaiting: null).mayBeFull)
        #expect(OutputDescriptor(withoutWaiting: OutputFile().descriptor).mayBeFull == false)
        #expect(!OutputDescriptor(withoutWaiting: -1).mayBeFull)
    }
}
