import Connector
import HTTPClient

/// Shows the progress of the transfers of a run.
@LoopActor
protocol ProgressListener: TransferListener {
    /// A transfer begins; false where nothing of it is shown, so that no events are needed.
    func begin(_ start: TransferBoard.Start) -> Bool
    /// It is about to end well: the file that it wrote, and what a check of the body came to.
    func settle(_ number: Int, path: String?, verdict: String?)
    /// The process is about to be stopped, for example by Ctrl-Z.
    func suspend()
    /// It goes on.
    func resume()
    /// The run is over.
    func finish()
}

extension ProgressListener {
    func settle(_ number: Int, path: String?, verdict: String?) {}
    func suspend() {}
    func resume() {}
}

/// A form in which a board is shown.
@LoopActor
protocol ProgressView: AnyObject, Sendable {
    /// How often `show` is called.
    var interval: Duration { get }
    /// Where bodies are printed among it, it has to give way.
    var givesWayToBodies: Bool { get }
    /// Time for the next picture. `isHidden` is true while a body is printed.
    func show(_ board: inout TransferBoard, isHidden: Bool, now: ContinuousClock.Instant)
    /// A transfer is over.
    func end(_ ended: TransferBoard.Ended)
    /// A body is about to be printed, or the process to be stopped.
    func giveWay()
    /// The process was stopped and goes on.
    func resume()
    /// The run is over.
    func finish()
}

extension ProgressView {
    var givesWayToBodies: Bool { false }
    func giveWay() {}
    func resume() {}
    func finish() {}
}

/// Keeps the board of a run by what it hears, and has a view show it.
@LoopActor
final class ProgressDriver: ProgressListener {
    private let view: any ProgressView
    private let secrets: Secrets
    private var board = TransferBoard()
    /// Transfers whose body goes to the terminal.
    private var printing: Set<Int> = []
    private var ticker: Task<Void, Never>?

    init(_ view: any ProgressView, _ secrets: Secrets) {
        self.view = view
        self.secrets = secrets
    }

    let interests = TransferEvent.Interests.all.subtracting(.connecting)

    func begin(_ start: TransferBoard.Start) -> Bool {
        board.begin(start, now: .now)
        if start.bodyGoesToTerminal, view.givesWayToBodies {
            printing.insert(start.number)
            view.giveWay()
        }
        if ticker == nil { startTicking() }
        return true
    }

    private func startTicking() {
        let interval = view.interval
        ticker = EventLoop.shared.start {
            while true {
                // From the end of one picture to the next, so that a busy loop never draws more of them.
                do { try await EventLoop.shared.sleep(until: .now + interval) } catch { return }
                self.view.show(&self.board, isHidden: !self.printing.isEmpty, now: .now)
            }
        }
    }

    func hear(_ event: TransferEvent) {
        let number = event.transfer
        switch event.kind {
        case .attemptBegan: board.beginAttempt(number)
        case .hopBegan(let request): board.beginRequest(number, toSend: request.bodyBytes)
        case .requestBody(let bytes): board.send(bytes.count, of: number)
        case .requestSpliced(let count): board.send(count, of: number)
        case .head(_, let framing, .delivered):
            var length: Int64?
            if case .length(let bytes) = framing { length = bytes }
            board.beginBody(number, length: length)
        case .resumed(let offset): board.resume(number, from: offset)
        case .body(let bytes): board.receive(bytes.count, of: number)
        case .bodySpliced(let count): board.receive(count, of: number)
        case .retry(_, let pause, _): board.pause(number, until: event.instant + pause)
        case .ended(let failure, let code):
            printing.remove(number)
            let shown = failure.map(secrets.sentence)
            let ended = board.end(number, failure: shown, code: Int(code), now: event.instant)
            if let ended { view.end(ended) }
        default: break
        }
    }

    func settle(_ number: Int, path: String?, verdict: String?) {
        board.settle(number, path: path.map(secrets.text), verdict: verdict)
    }

    func suspend() { view.giveWay() }

    func resume() { view.resume() }

    func finish() {
        ticker?.cancel()
        ticker = nil
        view.finish()
    }
}
