import Connector
import Glibc
import Testing

@testable import FerryCLI

/// What waits at the end of a run.
@Suite struct RunnerEndingTests {
    @Test @LoopActor func `a signal that ends the last write has been heard when the wait is over`()
        async throws
    {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        defer { for end in ends { close(end) } }
        let sequencer = StdoutSequencer(
            OutputDescriptor(withoutWaiting: ends[1]), shouldStop: { EventLoop.hasPendingSignals })
        let sink = sequencer.makeSink()
        try sink.write(String(repeating: "x", count: 200_000))
        try sink.finish()
        #expect(sink.isDelivering)
        var heard: [Int32] = []
        EventLoop.shared.handleSignals([SIGUSR1]) { heard.append($0) }
        // In one turn of the loop with the end of the wait.
        let writing = EventLoop.shared.start {
            raise(SIGUSR1)
            _ = sequencer.resume()
        }
        defer { writing.cancel() }
        #expect(await Runner.deliver(sink, Suspension()))
        #expect(sink.failure?.cause == .interrupted)
        #expect(heard == [SIGUSR1])
    }
}
