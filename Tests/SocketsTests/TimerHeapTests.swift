import Sockets
import Testing

struct TimerHeapTests {
    private let start = ContinuousClock.now

    private func instant(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    @Test func `nothing is due in an empty heap`() {
        var heap = TimerHeap<Int>()
        #expect(heap.isEmpty)
        #expect(heap.nextDeadline == nil)
        #expect(heap.popDue(now: instant(1)) == nil)
    }

    @Test func `timers leave by deadline and equal ones as they came`() {
        var heap = TimerHeap<Int>()
        for (payload, deadline) in [(1, 30), (2, 10), (3, 20), (4, 10), (5, 10)] {
            heap.insert(payload, at: instant(deadline))
        }
        var order: [Int] = []
        while let payload = heap.popDue(now: instant(30)) { order.append(payload) }
        #expect(order == [2, 4, 5, 3, 1])
    }

    @Test func `a timer is due at its deadline and not before (PARAM-07, SWIFT-05)`() {
        var heap = TimerHeap<Int>()
        heap.insert(1, at: instant(10))
        #expect(heap.nextDeadline == instant(10))
        #expect(heap.popDue(now: instant(10) - .nanoseconds(1)) == nil)
        #expect(heap.popDue(now: instant(10)) == 1)
    }

    @Test func `a cancelled timer is gone at once and gives its payload back once`() {
        var heap = TimerHeap<Int>()
        let id = heap.insert(1, at: instant(10))
        heap.insert(2, at: instant(20))
        #expect(heap.cancel(id) == 1)
        #expect(heap.cancel(id) == nil)
        #expect(heap.count == 1)
        #expect(heap.popDue(now: instant(20)) == 2)
    }

    @Test func `a stale name does not reach the timer that took its slot`() {
        var heap = TimerHeap<Int>()
        let old = heap.insert(1, at: instant(10))
        heap.cancel(old)
        let new = heap.insert(2, at: instant(10))
        #expect(heap.cancel(old) == nil)
        #expect(heap.cancel(new) == 2)
    }

    @Test func `a removed timer keeps no payload alive`() {
        final class Marker {}
        var heap = TimerHeap<Marker>()
        weak var remembered: Marker?
        do {
            let marker = Marker()
            remembered = marker
            heap.insert(Marker(), at: instant(5))
            let id = heap.insert(marker, at: instant(10))
            heap.cancel(id)
        }
        #expect(remembered == nil)
        #expect(heap.count == 1)
    }

    /// A sorted array does the same, slowly; 20,000 random steps must not tell them apart.
    @Test(arguments: [1, 7, 42] as [UInt64])
    func `the heap agrees with a sorted array`(seed: UInt64) {
        var random = SplitMix(state: seed)
        var heap = TimerHeap<Int>()
        var model: [(deadline: Int, payload: Int, id: TimerHeap<Int>.ID)] = []
        var retired: [TimerHeap<Int>.ID] = []
        var now = 0
        for step in 0..<20_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let deadline = now + Int.random(in: -2...50, using: &random)
                let id = heap.insert(step, at: instant(deadline))
                let place = model.firstIndex { $0.deadline > deadline } ?? model.count
                model.insert((deadline, step, id), at: place)
            case 5..<7 where !model.isEmpty:
                let entry = model.remove(at: Int.random(in: 0..<model.count, using: &random))
                #expect(heap.cancel(entry.id) == entry.payload, "seed \(seed), step \(step)")
                retired.append(entry.id)
            case 7 where !retired.isEmpty:
                let stale = retired[Int.random(in: 0..<retired.count, using: &random)]
                #expect(heap.cancel(stale) == nil, "seed \(seed), step \(step)")
            default:
                now += Int.random(in: 0...4, using: &random)
                while let first = model.first, first.deadline <= now {
                    model.removeFirst()
                    retired.append(first.id)
                    #expect(heap.popDue(now: instant(now)) == first.payload, "seed \(seed), step \(step)")
                }
                #expect(heap.popDue(now: instant(now)) == nil, "seed \(seed), step \(step)")
            }
            #expect(heap.count == model.count)
            #expect(heap.nextDeadline == model.first.map { instant($0.deadline) })
        }
    }
}

/// A small generator whose run a seed repeats.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
