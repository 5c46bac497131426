import Connector
import Glibc
import Testing

@testable import FerryCLI

/// What waits at the end of a run.
@Suite(.timeLimit(.minutes(1))) struct RunnerEndingTests {
    @LoopActor private final class Heard {
        var signals: [Int32] = []
        nonisolated init() {}
    }

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
        let heard = Heard()
        EventLoop.shared.handleSignals([SIGUSR1]) { heard.signals.append($0) }
        let delivery = EventLoop.shared.start {
            await Runner.deliver(sink, Suspension()) ? heard.signals : []
        }
        // In the turn of the loop in which the wait ends.
        let writing = EventLoop.shared.start {
            // The loop's own thread may not take it.
            kill(getpid(), SIGUSR1)
            while !EventLoop.hasPendingSignals { sched_yield() }
            _ = sequencer.resume()
        }
        await writing.value
        #expect(await delivery.value == [SIGUSR1])
        #expect(sink.failure?.cause == .interrupted)
    }
}
