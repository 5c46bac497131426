import Glibc

/// How bytes are handed to a descriptor that others may share.
///
/// `O_NONBLOCK` belongs to the open file, which the shell and other commands of a pipeline have too, so it is never set on
/// it. A pipe or terminal is opened once more instead, which makes an open file of our own; a socket can be told with each
/// write. Where neither works (no /proc, another user's pipe), as much is written as any pipe with room takes.
struct OutputDescriptor {
    /// What a write does when there is no room.
    enum Habit {
        /// It waits.
        case waits
        /// It returns, by the flag of the open file, which is ours alone.
        case returns
        /// It returns, when told so.
        case returnsWhenTold
        /// It waits, so it is asked for room first.
        case isAsked
    }

    let number: Int32
    let habit: Habit
    /// Whether the kernel can move bytes there without waiting: not into a socket or a terminal that may be full.
    let takesSplice: Bool

    /// Waits for room, as files do that have it always.
    init(_ number: Int32) {
        self.init(number, .waits, takesSplice: true)
    }

    /// Never waits where a reader may keep it waiting.
    init(withoutWaiting number: Int32) {
        var status = stat()
        let mayBeWritten = fcntl(number, F_GETFL) & O_ACCMODE != O_RDONLY
        guard mayBeWritten, fstat(number, &status) == 0 else {
            self.init(number)
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: self.init(number, .returnsWhenTold, takesSplice: false)
        case S_IFIFO: self.init(openingAnew: number, takesSplice: true)
        case S_IFCHR where isatty(number) == 1: self.init(openingAnew: number, takesSplice: false)
        default: self.init(number)
        }
    }

    /// A pipe or a device that was opened for us alone with `O_NONBLOCK`: a device that is no terminal does without.
    init(opened number: Int32) {
        var status = stat()
        let isPipe = fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
        guard isPipe || isatty(number) == 1 else {
            _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK)
            self.init(number)
            return
        }
        self.init(number, .returns, takesSplice: isPipe)
    }

    private init(openingAnew number: Int32, takesSplice: Bool) {
        let own = open("/proc/self/fd/\(number)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        self =
            own >= 0
            ? Self(own, .returns, takesSplice: takesSplice)
            : Self(number, .isAsked, takesSplice: takesSplice)
    }

    init(_ number: Int32, _ habit: Habit, takesSplice: Bool) {
        self.number = number
        self.habit = habit
        self.takesSplice = takesSplice
    }

    /// Whether a write may take less than it was given.
    var mayBeFull: Bool {
        switch habit {
        case .waits: false
        case .returns, .returnsWhenTold, .isAsked: true
        }
    }

    /// Writes all, or what there is room for.
    func write(_ bytes: UnsafeRawBufferPointer, shouldStop: () -> Bool) -> WriteOutcome {
        guard mayBeFull else { return writeAll(number, bytes, shouldStop: shouldStop) }
        guard let base = bytes.baseAddress else { return WriteOutcome(written: 0) }
        var written = 0
        while written < bytes.count {
            let count = writeSome(UnsafeRawBufferPointer(start: base + written, count: bytes.count - written))
            if count > 0 {
                written += count
                continue
            }
            switch count == 0 ? EIO : errno {
            case EAGAIN: return WriteOutcome(written: written)
            case EINTR: if shouldStop() { return WriteOutcome(written: written, failure: .interrupted) }
            case let code: return WriteOutcome(written: written, failure: .system(code))
            }
        }
        return WriteOutcome(written: written)
    }

    private func writeSome(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch habit {
        case .waits, .returns: return Glibc.write(number, bytes.baseAddress, bytes.count)
        case .returnsWhenTold:
            return send(number, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        case .isAsked:
            var room = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, 0) > 0 else {
                errno = EAGAIN
                return -1
            }
            // POLLOUT of a pipe means room for so many.
            return Glibc.write(number, bytes.baseAddress, min(bytes.count, 4096))
        }
    }
}
