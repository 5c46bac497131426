import Glibc

/// Held while a descriptor exists without its close-on-exec flag, and while a child is started, so that no child
/// inherits a pipe or a connection by accident: then its other end would never see the end of file.
///
/// Of a type that takes room: the thread sanitizer sees the access to one that takes none at the head of the object.
let spawnLock = Monitor(false)

/// A pipe whose ends no child inherits.
func makePipe() throws(SystemFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    let status = spawnLock.withLock { _ in
        let status = pipe(&ends)
        for end in ends where status == 0 { setCloseOnExec(end) }
        return status
    }
    guard status == 0 else { throw SystemFailure("pipe") }
    return (ends[0], ends[1])
}

/// Takes a connection off a listener, non-blocking and close-on-exec; nil when there is none.
func acceptConnection(_ listener: Int32) -> Int32? {
    spawnLock.withLock { _ in
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        setCloseOnExec(descriptor)
        setNonBlocking(descriptor)
        return descriptor
    }
}

private func setCloseOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}

/// Turns O_NONBLOCK on.
func setNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}

/// Blocks until one of the descriptors has one of its events; returns the events of each, or nil after
/// `milliseconds` (-1: never).
func waitForEvents(_ wanted: [(descriptor: Int32, events: Int32)], milliseconds: Int32 = -1) -> [Int32]? {
    var entries = wanted.map { pollfd(fd: $0.descriptor, events: Int16($0.events), revents: 0) }
    while true {
        let count = poll(&entries, nfds_t(entries.count), milliseconds)
        if count < 0 && errno == EINTR { continue }
        return count > 0 ? entries.map { Int32($0.revents) } : nil
    }
}
