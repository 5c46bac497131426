import Connector
import Glibc
import HTTPCore

/// The pipes, terminals and sockets that a run writes to beside standard output. None of them keeps the loop waiting:
/// not while nobody has opened the other end, nor while nobody reads there. What finds no room waits in memory, then in
/// an unnamed temporary file, and is written when there is some.
@LoopActor
final class OutputStreams {
    private var streams: [OutputStream] = []
    /// The time limit of the transfer that had the latest; nil = one had none, or there was none yet.
    private var deadline: ContinuousClock.Instant?
    private var hasEnded = false
    /// In front of what is held back; nil = nothing is.
    private var gates: [StdoutSink]?

    /// From now on what goes to streams that are opened waits for `release`, and can be forgotten until then.
    func hold() { gates = [] }

    func release() {
        for gate in gates.take() ?? [] { try? gate.finish() }
    }

    /// Opens the pipe or terminal at `path`, now or when somebody reads it.
    func open(_ path: String, isBuffered: Bool = false) -> StdoutSink {
        let sequencer = StdoutSequencer(unopened: path, isBuffered: isBuffered, shouldStop: { false })
        gates?.append(sequencer.makeSink())
        let stream = OutputStream(sequencer, opening: path)
        return add(stream, sequencer)
    }

    /// Writes to a descriptor that stays its owner's.
    func use(_ descriptor: CInt, name: String, isBuffered: Bool = false) -> StdoutSink {
        let output = OutputDescriptor(withoutWaiting: descriptor)
        let sequencer = StdoutSequencer(output, name: name, isBuffered: isBuffered, shouldStop: { false })
        return add(OutputStream(sequencer), sequencer)
    }

    private func add(_ stream: OutputStream, _ sequencer: StdoutSequencer) -> StdoutSink {
        streams.append(stream)
        sequencer.onEmpty = { [weak self, unowned stream] in
            stream.end()
            self?.streams.removeAll { $0 === stream }
        }
        let sink = sequencer.makeSink(allowsBinary: true)
        stream.begin()
        return sink
    }

    /// A transfer has ended that had this time limit.
    func noteEnd(_ limit: ContinuousClock.Instant?) {
        deadline = !hasEnded ? limit : deadline.flatMap { deadline in limit.map { max(deadline, $0) } }
        hasEnded = true
    }

    /// What is finished and not written yet. Nothing of it is waited for longer than transfers were.
    var undelivered: StdoutSink? {
        let sink = streams.lazy.compactMap(\.sequencer.undelivered).first { $0.isDelivering }
        if let sink, sink.deadline == nil { sink.deadline = deadline }
        return sink
    }

    /// Whether what is at `path` may keep its writer waiting.
    nonisolated static func isStream(_ path: String) -> Bool {
        switch kind(of: path) {
        case S_IFIFO: true
        case S_IFCHR: !FileSink.isNullDevice(path)
        default: false
        }
    }

    /// The file type in a mode; nil where there is nothing.
    nonisolated static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path.onDisk, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

/// One of them, and who waits for it.
@LoopActor
private final class OutputStream {
    let sequencer: StdoutSequencer
    /// What is to be opened; nil = it is.
    private var path: String?
    private var ownDescriptor: CInt?
    private var watch: WritabilityWatch?
    private var hasEnded = false

    init(_ sequencer: StdoutSequencer, opening path: String? = nil) {
        self.sequencer = sequencer
        self.path = path
    }

    func begin() {
        sequencer.onFull = { [weak self] in self?.waitForRoom() }
        // It is as good as full until it is open.
        if path != nil, !tryToOpen() || sequencer.resume() { waitForRoom() }
    }

    private func waitForRoom() {
        EventLoop.shared.start {
            await self.waitForReader()
            while !self.hasEnded {
                await self.room().untilWritable()
                guard self.sequencer.resume() else { return }
            }
        }
    }

    private func room() -> WritabilityWatch {
        if let watch { return watch }
        let watch = WritabilityWatch(sequencer.descriptor)
        self.watch = watch
        return watch
    }

    /// Nothing tells of a reader, so it is looked for again and again, ever more seldom.
    private func waitForReader() async {
        var pause = Duration.milliseconds(1)
        while !hasEnded, path != nil, !tryToOpen() {
            try? await EventLoop.shared.sleep(until: .now + pause)
            pause = min(pause * 2, .milliseconds(16))
        }
    }

    /// - Returns: false while nobody reads the pipe.
    private func tryToOpen() -> Bool {
        guard let path else { return true }
        let descriptor = Glibc.open(path.onDisk, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        let code = descriptor < 0 ? errno : 0
        if code == EINTR || code == ENXIO && OutputStreams.kind(of: path) == S_IFIFO { return false }
        self.path = nil
        guard descriptor >= 0 else {
            sequencer.fail(OutputError(.open, path, errno: code))
            return true
        }
        ownDescriptor = descriptor
        sequencer.begin(OutputDescriptor(opened: descriptor))
        return true
    }

    /// It is through: whoever reads it sees the end.
    func end() {
        hasEnded = true
        watch?.end()
        if let ownDescriptor { close(ownDescriptor) }
        ownDescriptor = nil
    }
}
