import Glibc
import Testing

@testable import FerryCLI

@Suite struct StdoutSequencerTests {
    let output = OutputFile()

    func makeSequencer(perSink: Int = 16, inAll: Int = 40) -> StdoutSequencer {
        StdoutSequencer(
            OutputDescriptor(output.descriptor), limits: .init(bytesPerSink: perSink, bytesInAll: inAll))
    }

    @Test func `one transfer writes through`() throws {
        let sequencer = makeSequencer()
        let sink = sequencer.makeSink()
        #expect(sink.isCurrent)
        try sink.write("hello")
        try sink.flush()
        #expect(output.text == "hello")
        try sink.finish()
        #expect(sequencer.waitingCount == 0)
    }

    @Test func `parallel transfers come in order whoever ends first`() throws {
        let sequencer = makeSequencer()
        let sinks = (0..<3).map { _ in sequencer.makeSink() }
        try sinks[2].write("c1 ")
        try sinks[1].write("b1 ")
        try sinks[0].write("a1 ")
        try sinks[2].write("c2 ")
        try sinks[2].finish()
        try sinks[0].write("a2 ")
        try sinks[0].finish()
        #expect(output.text == "a1 a2 ")
        try sinks[1].write("b2 ")
        try sinks[1].finish()
        #expect(output.text == "a1 a2 b1 b2 c1 c2 ")
        #expect(sequencer.waitingCount == 0)
    }

    @Test func `what waits past its share goes to the temporary file and comes back in order`() throws {
        let sequencer = makeSequencer()
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        var expected = ""
        for number in 0..<200 {
            try second.write("[\(number)]")
            expected += "[\(number)]"
        }
        try second.write(String(repeating: "x", count: 300_000))
        expected += String(repeating: "x", count: 300_000)
        try second.write("end")
        try second.finish()
        try first.write("first")
        try first.finish()
        #expect(output.text == "first" + expected + "end")
    }

    @Test func `the bound over all transfers holds with many small answers`() throws {
        let sequencer = makeSequencer(perSink: 1000, inAll: 50)
        let sinks = (0..<3000).map { _ in sequencer.makeSink() }
        for (number, sink) in sinks.enumerated().reversed() where number > 0 {
            try sink.write("\(number) ")
            try sink.finish()
        }
        try sinks[0].write("0 ")
        try sinks[0].finish()
        #expect(output.text == (0..<3000).map { "\($0) " }.joined())
    }

    @Test func `finished neighbours that wait are melted into one`() throws {
        let sequencer = makeSequencer()
        let first = sequencer.makeSink()
        for number in 1...5000 {
            let sink = sequencer.makeSink()
            try sink.write("\(number) ")
            try sink.finish()
            #expect(sequencer.waitingCount == 2)
        }
        try first.finish()
        #expect(output.text == (1...5000).map { "\($0) " }.joined())
        #expect(sequencer.waitingCount == 0)
    }

    @Test func `any order of ends and any sizes come out in order`() throws {
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let sequencer = makeSequencer(perSink: 100, inAll: 1000)
        var expected: [String] = []
        var running: [(index: Int, sink: StdoutSink)] = []
        for index in 0..<2000 {
            running.append((index, sequencer.makeSink()))
            expected.append("")
            while running.count > 10 || (index == 1999 && !running.isEmpty) {
                let place = random(running.count)
                let (index, sink) = running[place]
                let text = "<\(index):" + String(repeating: "x", count: random(150)) + ">"
                try sink.write(text)
                expected[index] += text
                if random(3) == 0 {
                    try sink.finish()
                    running.remove(at: place)
                }
                #expect(sequencer.waitingCount <= 2 * running.count + 1)
            }
        }
        #expect(output.text == expected.joined())
        #expect(sequencer.waitingCount == 0)
    }

    @Test func `a transfer whose turn comes halfway writes through from then on`() throws {
        let sequencer = makeSequencer()
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        try second.write("before ")
        try first.finish()
        #expect(second.isCurrent)
        try second.write("after")
        try second.flush()
        #expect(output.text == "before after")
    }

    @Test func `stored bytes can be discarded for a retry`() throws {
        let sequencer = makeSequencer()
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        try second.write("bad attempt that is long enough to be in the file")
        #expect(second.discardUndelivered())
        #expect(second.bytesWritten == 0)
        try second.write("good")
        try second.finish()
        try first.finish()
        #expect(output.text == "good")
    }

    @Test func `delivered bytes cannot be discarded`() throws {
        let sequencer = makeSequencer()
        let sink = sequencer.makeSink()
        try sink.write("gathered only")
        #expect(sink.discardUndelivered())
        try sink.write("delivered")
        try sink.flush()
        #expect(!sink.discardUndelivered())
        try sink.finish()
        #expect(output.text == "delivered")
    }

    @Test func `spliced bytes count as delivered`() throws {
        let sequencer = makeSequencer()
        let sink = sequencer.makeSink()
        let descriptor = try #require(try sink.descriptorForSplice())
        #expect(Glibc.write(descriptor, "abc", 3) == 3)
        sink.didSplice(3)
        #expect(sink.bytesWritten == 3)
        #expect(!sink.discardUndelivered())
    }

    @Test func `only the current transfer may splice`() throws {
        let sequencer = makeSequencer()
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        #expect(try second.descriptorForSplice() == nil)
        try first.finish()
        #expect(try second.descriptorForSplice() == output.descriptor)
    }

    @Test func `a reader that went away is a broken pipe for every transfer`() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        close(ends[0])
        defer { close(ends[1]) }
        let sequencer = StdoutSequencer(OutputDescriptor(ends[1]))
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        try second.write("stored")
        try first.write("gathered")
        var failure: OutputError?
        do throws(OutputError) { try first.finish() } catch { failure = error }
        #expect(failure?.isBrokenPipe == true)
        #expect(sequencer.failure?.isBrokenPipe == true)
        #expect(throws: OutputError.self) { try second.write("more") }
        #expect(failure?.description == "cannot write to standard output: Broken pipe")
    }

    @Test func `a full disk behind standard output is told`() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let sink = StdoutSequencer(OutputDescriptor(full)).makeSink()
        try sink.write("x")
        #expect(throws: OutputError(.write, "standard output", errno: ENOSPC)) { try sink.finish() }
    }

    @Test func `a pipe that somebody made non-blocking is waited for`() throws {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let outcome = [UInt8](repeating: 1, count: 4).withUnsafeBytes {
            writeAll(ends[1], $0, shouldStop: { true })
        }
        #expect(outcome.written == 4)
        #expect(outcome.failure == nil)
        close(ends[0])
        close(ends[1])
    }

    @Test func `binary bytes are refused on a terminal unless asked for`() throws {
        var main: Int32 = -1
        var terminal: Int32 = -1
        try #require(openpty(&main, &terminal, nil, nil, nil) == 0)
        defer {
            close(main)
            close(terminal)
        }
        let sequencer = StdoutSequencer(OutputDescriptor(terminal))
        let guarded = sequencer.makeSink()
        #expect(throws: OutputError(.write, "standard output", .binaryToTerminal)) {
            try guarded.write([1, 0, 2])
        }
        #expect(try guarded.descriptorForSplice() == nil)
        try guarded.finish()
        let allowed = sequencer.makeSink(allowsBinary: true)
        try allowed.write([1, 0, 2])
        try allowed.finish()
        let late = sequencer.makeSink()
        try late.write(String(repeating: "t", count: 2000))
        try late.write([0])
        try late.finish()
    }

    @Test func `no temporary file has a name`() throws {
        let sequencer = makeSequencer()
        // What others left there is theirs.
        let before = Set(ScratchFolder.names(in: "/tmp"))
        let first = sequencer.makeSink()
        let second = sequencer.makeSink()
        try second.write(String(repeating: "y", count: 5000))
        let added = Set(ScratchFolder.names(in: "/tmp")).subtracting(before)
        #expect(!added.contains { $0.hasPrefix("ferry.") })
        try first.finish()
        try second.finish()
        #expect(output.text.utf8.count == 5000)
    }
}
