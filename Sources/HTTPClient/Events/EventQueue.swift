/// Hears of all transfers of a run, by way of a queue.
@LoopActor
package protocol QueuedListener: AnyObject {
    /// What it wants to hear of.
    var interests: TransferEvent.Interests { get }
    /// Something happened to the transfer in this seat. Its seat is what the listener knows a transfer by: a number that it
    /// gave it, so that nothing has to be looked up, or kept alive until it is heard of.
    func hear(_ event: TransferEvent, seat: Int)
}

/// Events as they happened, for a listener that can wait to hear of them.
///
/// A busy run tells of some hundred thousand events a second. Between two requests the code that makes something of them
/// would be in no cache, and fetching it take longer than running it: so they are heard many at a time. Each is moved into
/// memory of the queue's own and out of it again, and never copied.
@LoopActor
package final class EventQueue {
    /// One event, and the seat of its transfer. The event is first, so that its parts are read as they were written: a
    /// processor waits where a read spans two writes.
    private struct Kept: ~Copyable {
        let event: TransferEvent
        let seat: Int
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
    private let listener: any QueuedListener
    private let onFirst: () -> Void

    /// `onFirst` is called when there is something to be heard, and was not before: who made the queue then calls
    /// `deliver` in a while.
    package init(for listener: any QueuedListener, onFirst: @escaping () -> Void) {
        self.listener = listener
        self.onFirst = onFirst
    }

    var interests: TransferEvent.Interests { listener.interests }

    isolated deinit {
        (memory + heard).deinitialize(count: count - heard)
        memory.deallocate()
    }

    /// Adds what is told, to be heard when there are many, or when `deliver` is called. Bytes of bodies are lent for the
    /// duration of a call: only their number is kept.
    @inline(__always)
    func add(
        _ kind: consuming TransferEvent.Kind, _ moment: Moment, _ place: TransferEvent.Place, transfer: Int,
        seat: Int
    ) {
        var isLarge = false
        switch kind {
        case .body(let bytes): kind = .bodySpliced(bytes.count)
        case .requestBody(let bytes): kind = .requestSpliced(bytes.count)
        case .head(let head, _, _): isLarge = head.raw.count > Self.largeHead
        default: break
        }
        if count == capacity { grow() }
        (memory + count).initialize(
            to: Kept(event: TransferEvent(kind, moment, transfer: transfer, place), seat: seat))
        count += 1
        if count >= Self.many || isLarge {
            deliver()
        } else if count == 1 {
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
        while heard < count {
            let kept = (memory + heard).move()
            heard += 1
            listener.hear(kept.event, seat: kept.seat)
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
