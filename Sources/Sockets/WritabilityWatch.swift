/// Tells when a descriptor that was full may take bytes again. The descriptor stays its owner's, with all its flags.
@LoopActor
package final class WritabilityWatch {
    private let descriptor: CInt
    private let readiness = Readiness(generation: EventLoop.shared.nextGeneration())
    private var isRegistered = false

    /// Watches nothing yet.
    package init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Returns once the descriptor may have room, or an error to tell. The first time, and now and then, that is too early:
    /// whoever waits tries again.
    package func untilWritable() async {
        do throws(Errno) { try register() } catch {
            // Nothing tells of room in such a thing.
            try? await EventLoop.shared.sleep(until: .now + .milliseconds(10))
            return
        }
        if !readiness.mayWrite {
            readiness.writer.arm()
            _ = await readiness.writer.wait()
        }
        readiness.noteWriteBlocked()
    }

    private func register() throws(Errno) {
        guard !isRegistered else { return }
        try EventLoop.shared.add(readiness, descriptor: descriptor, generation: readiness.generation)
        isRegistered = true
        readiness.noteWriteBlocked()
    }

    /// Forgets the descriptor, which is about to be closed.
    package func end() {
        guard isRegistered else { return }
        isRegistered = false
        EventLoop.shared.remove(descriptor: descriptor)
        readiness.writer.wake(.closed)
    }
}
