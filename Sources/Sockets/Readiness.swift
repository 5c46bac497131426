internal import CSystem

/// What epoll last said about one descriptor, and the two tasks that may wait for it to change.
///
/// Readiness is edge-triggered: `mayRead` stays true until a read came back short or empty-handed, and only the next
/// edge sets it again. A hang-up never goes away, so after one every read may bring something. A read also stops
/// short at TCP's urgent mark, with more behind it that brings no edge; so once there is such a mark, only a read
/// that finds nothing counts.
@LoopActor
final class Readiness {
    nonisolated let generation: UInt32
    private(set) var mayRead = false
    private(set) var mayWrite = true
    private(set) var hasHungUp = false
    private var hasUrgentMark = false
    let reader = Suspension()
    let writer = Suspension()
    /// Woken as well when the socket becomes writable or fails; for a task that waits for several sockets at once.
    var observer: Suspension?

    init(generation: UInt32) {
        self.generation = generation
    }

    /// A read came back with less than it had room for.
    func noteShortRead() {
        if !hasUrgentMark { noteReadDrained() }
    }

    /// Nothing is left to read. The end or the error of a connection that hung up is still to be read.
    func noteReadDrained() {
        if !hasHungUp { mayRead = false }
    }

    /// A read found nothing at all. What comes next comes with an edge; without this, a reader would spin.
    func noteReadBlocked() {
        mayRead = false
    }

    func noteWriteBlocked() {
        mayWrite = false
    }

    /// Called by the loop outside a job, where the compiler cannot see the isolation.
    nonisolated func handle(_ events: UInt32) {
        LoopActor.assumeIsolated {
            let ended = EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue
            if events & ended != 0 { hasHungUp = true }
            if events & EPOLLPRI.rawValue != 0 { hasUrgentMark = true }
            if events & (EPOLLIN.rawValue | ended) != 0 {
                mayRead = true
                reader.wake()
            }
            if events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
                mayWrite = true
                writer.wake()
                observer?.wake()
            }
        }
    }
}
