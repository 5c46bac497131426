/// Events as they happened, for listeners that can wait to hear of them.
///
/// A busy run tells of some hundred thousand events a second. Between two requests the code that makes something of them
/// would be in no cache, and fetching it take longer than running it: so they are heard many at a time. Each is moved into
/// memory of the queue's own and out of it again, and never copied.
@LoopActor
package final class EventQueue {
    /// One event, and who tells it.
    struct Kept {
        let events: TransferEvents
        let kind: TransferEvent.Kind
        let moment: Moment
        let place: TransferEvent.Place

        /// Bytes of bodies are lent for the duration of a call: only their number is kept.
        init(
            _ events: TransferEvents, _ kind: consuming TransferEvent.Kind, _ moment: Moment,
            _ place: TransferEvent.Place
        ) {
            self.events = events
            self.moment = moment
            self.place = place
            self.kind =
                switch kind {
                case .body(let bytes): .bodySpliced(bytes.count)
                case .requestBody(let bytes): .requestSpliced(bytes.count)
                default: consume kind
                }
        }
    }

    /// So many are heard at once. They keep what they tell of alive, and the allocator has few places of each size at hand.
    private static let many = 64
    /// A head that is larger is heard at once.
    private static let largeHead = 64 * 1024
    private var memory = UnsafeMutablePointer<Kept>.allocate(capacity: many)
    private var capacity = many
    private var count = 0
    /// How many of them have been heard.
    private var heard = 0
    private var isDelivering = false
    private let onFirst: () -> Void

    /// `onFirst` is called when there is something to be heard, and was not before: who made the queue then calls
    /// `deliver` in a while.
    package init(onFirst: @escaping () -> Void) {
        self.onFirst = onFirst
    }

    isolated deinit {
        (memory + heard).deinitialize(count: count - heard)
        memory.deallocate()
    }

    /// Adds one, to be heard when there are many, or when `deliver` is called.
    func add(_ kept: consuming Kept) {
        var isLarge = false
        if case .head(let head, _, _) = kept.kind { isLarge = head.raw.count > Self.largeHead }
        if count == capacity { grow() }
        (memory + count).initialize(to: kept)
        count += 1
        if count >= Self.many || isLarge {
            deliver()
        } else if count == 1 {
            onFirst()
        }
    }

    /// Lets all hear what was kept for them.
    package func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        // What is told meanwhile comes behind the others.
        while heard < count {
            let kept = (memory + heard).move()
            heard += 1
            kept.events.hearLate(kept)
        }
        (heard, count) = (0, 0)
    }

    /// More were told while they are heard than there is room for.
    private func grow() {
        let larger = UnsafeMutablePointer<Kept>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: memory + heard, count: count - heard)
        memory.deallocate()
        (memory, capacity, count, heard) = (larger, 2 * capacity, count - heard, 0)
    }
}
