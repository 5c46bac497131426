import Connector
import HTTPClient

// `--speed-limit`: the hops run in a task of their own, which is cancelled when they are too slow.
extension Transfer {
    func followWatched() async throws {
        guard let floor = operation.plan.speedFloor else { return }
        speedWatch = SpeedWatch(floor)
        hasBeenTooSlow = false
        let work = EventLoop.shared.startThrowing { try await self.follow() }
        let watch = EventLoop.shared.start { await self.waitUntilTooSlow(then: work) }
        defer {
            watch.cancel()
            speedWatch = nil
        }
        do {
            try await withTaskCancellationHandler {
                try await work.value
            } onCancel: {
                work.cancel()
            }
        } catch {
            guard hasBeenTooSlow, !Task.isCancelled else { throw error }
            throw TransferFailure(
                .timedOut,
                "too slow: less than \(floor.bytesPerSecond) bytes a second during \(ProgressText.seconds(floor.duration)) "
                    + "seconds (--speed-limit, --speed-time)", outcome: .transientError)
        }
    }

    private func waitUntilTooSlow(then work: Task<Void, any Error>) async {
        while let interval = speedWatch?.interval {
            do { try await EventLoop.shared.sleep(until: .now + interval) } catch { return }
            if speedWatch?.isTooSlow(bytes: figures.received + figures.sent, now: .now) ?? false {
                hasBeenTooSlow = true
                return work.cancel()
            }
        }
    }
}
