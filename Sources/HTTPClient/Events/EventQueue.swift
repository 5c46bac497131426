/// Events as they happened, for listeners that can wait to hear of them.
///
/// A busy run tells of some hundred thousand events a second. Between two requests the code that makes something of them
/// would be in no cache, and fetching it take longer than running it: so they are heard many at a time. Each is moved into
/// memory of the queue's own and out of it again, and never copied.
@LoopActor
package final class EventQueue {
    /// One event, and who tells it; nil = who told the one before it. The event is first, so that its parts are read as
    /// they were written: a processor waits where a read spans two writes.
    private struct Kept: ~Copyable {
        let event: TransferEvent
        let events: TransferEvents?
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
    /// Who told the last one, which the queue or `deliver` keeps.
    private var lastTeller: ObjectIdentifier?
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

    /// Adds what `events` tells, to be heard when there are many, or when `deliver` is called. Bytes of bodies are lent for
    /// the duration of a call: only their number is kept.
    @inline(__always)
    func add(
        _ kind: consuming TransferEvent.Kind, _ moment: Moment, _ place: TransferEvent.Place,
        of events: TransferEvents
    ) {
        var isLarge = false
        switch kind {
        case .body(let bytes): kind = .bodySpliced(bytes.count)
        case .requestBody(let bytes): kind = .requestSpliced(bytes.count)
        case .head(let head, _, _): isLarge = head.raw.count > Self.largeHead
        default: break
        }
        if count == capacity { grow() }
        // Transfers tell several events in a row: they are kept alive for each row, and not for each event.
        let teller = ObjectIdentifier(events)
        let isSame = teller == lastTeller
        (memory + count).initialize(
            to: Kept(
                event: TransferEvent(kind, moment, transfer: events.transfer, place),
                events: isSame ? nil : events))
        lastTeller = teller
        count += 1
        if count >= Self.many || isLarge {
            deliver()
        } else if count == 1 {
            onFirst()
        }
    }

    /// Lets all hear what was kept for them.
    @inline(never)
    package func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        defer { isDelivering = false }
        // What is told meanwhile comes behind the others.
        var events: TransferEvents?
        while heard < count {
            let kept = (memory + heard).move()
            heard += 1
            if let next = kept.events { events = next }
            events?.hearLate(kept.event)
        }
        (heard, count, lastTeller) = (0, 0, nil)
    }

    /// More were told while they are heard than there is room for.
    private func grow() {
        let larger = UnsafeMutablePointer<Kept>.allocate(capacity: 2 * capacity)
        larger.moveInitialize(from: memory + heard, count: count - heard)
        memory.deallocate()
        (memory, capacity, count, heard) = (larger, 2 * capacity, count - heard, 0)
    }
}
