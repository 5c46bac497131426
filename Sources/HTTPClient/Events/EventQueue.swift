package import Connector
package import HTTPCore

/// What a queue keeps: what every transfer tells, some of it several events as one, and anything else.
package enum QueuedEvent {
    /// `.hopBegan`. The first one of a transfer says as well that its attempt began, and with which URL, where nothing else
    /// was told in between.
    case hopBegan(TransferEvent.Request)
    /// `.exchangeBegan`. Over a connection that had been idle for so many microseconds and served so often it is
    /// `.connector(.reused)` as well; nil = it had not been idle.
    case exchangeBegan(Connection, idle: Int?, uses: Int)
    case requestEnded
    /// `.head`, and `.responseBegan` where all of it came in one piece.
    case head(ResponseHead, BodyFraming, TransferEvent.Fate)
    /// `.connectionLeft`, whatever became of the connection.
    case connectionLeft
    /// The last bytes of a body, `.connectionLeft` when they came, and a good end.
    case finished(bytes: Int, left: Moment)
    case ended(failure: String?, code: CInt)
    /// Any other event.
    case other(TransferEvent.Kind)
}

/// Hears of all transfers of a run, by way of a queue.
@LoopActor
package protocol QueuedListener: AnyObject {
    /// What it wants to hear of.
    var interests: TransferEvent.Interests { get }
    /// A seat for a transfer, which it has until its end is heard of: what the listener knows it by, so that nothing has to be
    /// looked up, or kept alive until it is heard of.
    func takeSeat(transfer: Int) -> Int
    /// Something happened to the transfer in this seat. In parts, which stay in registers where an event would be
    /// copied from one place in memory to another.
    func hear(
        _ event: QueuedEvent, _ moment: Moment, _ place: TransferEvent.Place, transfer: Int, seat: Int)
}

/// Events as they happened, for a listener that can wait to hear of them.
///
/// A busy run tells of some hundred thousand events a second. Between two requests the code that makes something of them
/// would be in no cache, and fetching it take longer than running it: so they are heard many at a time.
@LoopActor
package final class EventQueue {
    /// What makes an event, and the seat of its transfer.
    private struct Kept: ~Copyable {
        let event: QueuedEvent
        let moment: Moment
        let place: TransferEvent.Place
        let transfer: Int
        let seat: Int
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

        /// Moves all of them out, one after another.
        mutating func drain(_ take: (consuming Kept) -> Void) {
            let all = count
            count = 0
            for index in 0..<all { take((memory + index).move()) }
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

    /// So many are heard at once. They keep what they tell of alive, and the allocator has few places of each size at hand.
    private nonisolated static let many = 32
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
    func add(
        _ event: consuming QueuedEvent, _ moment: Moment, _ place: TransferEvent.Place, transfer: Int,
        seat: Int
    ) {
        var isLarge = false
        if case .head(let head, _, _) = event { isLarge = head.byteCount > Self.largeHead }
        told.append(Kept(event: event, moment: moment, place: place, transfer: transfer, seat: seat))
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
            heard.drain {
                listener.hear($0.event, $0.moment, $0.place, transfer: $0.transfer, seat: $0.seat)
            }
        }
    }
}
