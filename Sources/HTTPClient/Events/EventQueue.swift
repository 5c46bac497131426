package import Connector
package import HTTPCore

/// What a queue keeps: what every transfer tells, some of it several events as one, and anything else. It is handed on and
/// never copied, which would count the references of what it tells of each time.
package enum QueuedEvent: ~Copyable {
    /// `.hopBegan`. The first one of a transfer says as well that its attempt began, where nothing was told in between.
    case hopBegan(TransferEvent.Request)
    /// `.exchangeBegan`, and `.connector(.reused)` where nothing was told between them; nil = it was told before, or is not so.
    case exchangeBegan(Connection, Reuse?)
    /// `.hopBegan` and what `exchangeBegan` says, where nothing was told between them.
    case requestBegan(TransferEvent.Request, Connection, Reuse?)
    case requestEnded
    /// `.head`, and `.responseBegan` where all of it came in one piece.
    case head(Head)
    /// `.connectionLeft`, whatever became of the connection.
    case connectionLeft
    /// The last bytes of a body, `.connectionLeft` when they came, and a good end.
    case finished(bytes: Int, left: Moment)
    /// What `head` and `finished` say, where all of it came in one piece.
    case answered(Head, bytes: Int, left: Moment)
    case ended(failure: String?, code: CInt)
    /// Any other event.
    case other(TransferEvent.Kind)

    /// What `.head` tells.
    package struct Head {
        package let head: ResponseHead
        package let framing: BodyFraming
        package let fate: TransferEvent.Fate

        package init(_ head: ResponseHead, _ framing: BodyFraming, _ fate: TransferEvent.Fate) {
            (self.head, self.framing, self.fate) = (head, framing, fate)
        }
    }

    /// What `.connector(.reused)` tells.
    package struct Reuse {
        /// In microseconds.
        package let idle: Int
        package let uses: Int
    }
}

/// When something happened, and to which transfer. One value, so that it is copied in one go.
package struct EventStamp {
    package var moment: Moment
    package var place = TransferEvent.Place()
    package var transfer: Int
    /// The seat of the transfer; see `QueuedListener`.
    package var seat: Int
}

/// Hears of all transfers of a run, by way of a queue.
@LoopActor
package protocol QueuedListener: AnyObject {
    /// What it wants to hear of.
    var interests: TransferEvent.Interests { get }
    /// A seat for a transfer, which it has until its end is heard of: what the listener knows it by, so that nothing has to be
    /// looked up, or kept alive until it is heard of.
    func takeSeat(transfer: Int) -> Int
    /// Something happened to the transfer in this seat.
    func hear(_ event: consuming QueuedEvent, _ stamp: EventStamp)
    /// All that there was has been heard, for now.
    func heardAll()
}

/// Events as they happened, for a listener that can wait to hear of them.
///
/// A busy run tells of some hundred thousand events a second. Between two requests the code that makes something of them
/// would be in no cache, and fetching it take longer than running it: so they are heard many at a time.
@LoopActor
package final class EventQueue {
    /// An event until it is heard.
    private struct Kept: ~Copyable {
        let event: QueuedEvent
        let stamp: EventStamp
    }

    /// Events in the order in which they were told.
    private struct Batch: ~Copyable {
        private var memory = UnsafeMutablePointer<Kept>.allocate(capacity: EventQueue.many)
        private var capacity = EventQueue.many
        private(set) var count = 0

        deinit {
            memory.deinitialize(count: count)
            memory.deallocate()
        }

        mutating func append(_ kept: consuming Kept) {
            if count == capacity { grow() }
            (memory + count).initialize(to: kept)
            count += 1
        }

        /// Lets the listener hear all of them, one after another.
        @LoopActor mutating func drain(to listener: any QueuedListener) {
            let all = count
            count = 0
            for index in 0..<all {
                let kept = (memory + index).move()
                let stamp = kept.stamp
                listener.hear(kept.event, stamp)
            }
        }

        /// More were told while others were heard than there is room for.
        @inline(never)
        private mutating func grow() {
            capacity *= 2
            let larger = UnsafeMutablePointer<Kept>.allocate(capacity: capacity)
            larger.moveInitialize(from: memory, count: count)
            memory.deallocate()
            memory = larger
        }
    }

    /// So many are heard at once. They keep what they tell of alive, and the allocator has seven places of each size at
    /// hand; a plain transfer tells three.
    private nonisolated static let many = 18
    /// A head that is larger is heard at once.
    private static let largeHead = 64 * 1024
    // Safe, both: what is called while one of them is used is told of neither.
    /// What is to be heard next.
    @exclusivity(unchecked) private var told = Batch()
    /// What is heard now.
    @exclusivity(unchecked) private var heard = Batch()
    private var isDelivering = false
    private let listener: any QueuedListener
    private let onFirst: () -> Void

    /// `onFirst` is called when there is something to be heard, and was not before: who made the queue then calls
    /// `deliver` in a while.
    package init(for listener: any QueuedListener, onFirst: @escaping () -> Void) {
        self.listener = listener
        interests = listener.interests
        self.onFirst = onFirst
    }

    let interests: TransferEvent.Interests

    func takeSeat(transfer: Int) -> Int { listener.takeSeat(transfer: transfer) }

    /// Adds what is told, to be heard when there are many, or when `deliver` is called.
    @inline(__always)
    func add(_ event: consuming QueuedEvent, _ stamp: EventStamp) {
        let isLarge = event.headBytes > Self.largeHead
        told.append(Kept(event: event, stamp: stamp))
        if told.count >= Self.many || isLarge {
            deliver()
        } else if told.count == 1, !isDelivering {
            onFirst()
        }
    }

    /// Lets the listener hear what was kept for it.
    @inline(never)
    package func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        // What is told meanwhile comes behind the others.
        while told.count > 0 {
            swap(&told, &heard)
            heard.drain(to: listener)
        }
        listener.heardAll()
    }
}

extension QueuedEvent {
    /// How many bytes the head has that it tells of; 0 = it tells of none.
    fileprivate var headBytes: Int {
        switch self {
        case .head(let told): told.head.byteCount
        case .answered(let told, _, _): told.head.byteCount
        default: 0
        }
    }
}
