import Glibc
import TestSupport

/// The N-th call of one function, and what it does in place of its work.
struct Fault: Equatable {
    /// The function.
    var call: String
    /// Which of its calls, from 1 on.
    var number: Int
    /// How it fails.
    var kind: Kind

    /// As `--fault` takes it and a finding shows it: `recv 3 ECONNRESET`.
    var text: String { "\(call) \(number) \(kind.name)" }
    /// As the preloaded library takes it.
    var order: String { "\(call) \(number) \(kind.code)" }

    /// A number that the function fails with, or a byte where more were asked for.
    struct Kind: Equatable {
        var name: String
        var code: Int32
    }
}

/// What each function that the preloaded library wraps may fail with on a real machine.
enum FaultTable {
    /// Moves one byte only.
    static let short = Fault.Kind(name: "short", code: -1)

    private static let numbers: [String: Int32] = [
        "EACCES": EACCES, "EADDRINUSE": EADDRINUSE, "EADDRNOTAVAIL": EADDRNOTAVAIL,
        "EAFNOSUPPORT": EAFNOSUPPORT, "EAGAIN": EAGAIN, "EBADF": EBADF, "EBUSY": EBUSY,
        "ECONNREFUSED": ECONNREFUSED, "ECONNRESET": ECONNRESET, "EINTR": EINTR, "EINVAL": EINVAL, "EIO": EIO,
        "EMFILE": EMFILE, "ENETUNREACH": ENETUNREACH, "ENOBUFS": ENOBUFS, "ENOLCK": ENOLCK, "ENOMEM": ENOMEM,
        "ENOSPC": ENOSPC,
        "ENOPROTOOPT": ENOPROTOOPT, "ENOTCONN": ENOTCONN, "ENOTSUP": ENOTSUP, "ENOTTY": ENOTTY,
        "EPERM": EPERM,
        "EPIPE": EPIPE, "ESPIPE": ESPIPE, "ETIMEDOUT": ETIMEDOUT, "EWOULDBLOCK": EWOULDBLOCK, "EXDEV": EXDEV,
        "short": -1,
        // These are `EAI_AGAIN` and `EAI_MEMORY`, turned.
        "AGAIN": 3, "MEMORY": 10,
    ]

    private static let names: [String: String] = [
        "open": "EACCES EMFILE ENOSPC EIO", "openat": "EACCES EMFILE EIO", "close": "EINTR EIO ENOSPC",
        "read": "EINTR EIO short", "write": "EINTR EIO ENOSPC EPIPE short", "pread": "EINTR EIO short",
        "pwrite": "EINTR EIO ENOSPC short", "lseek": "ESPIPE EIO", "ftruncate": "EINTR EIO ENOSPC",
        "fsync": "EIO", "flock": "EWOULDBLOCK ENOLCK", "fchmod": "EPERM", "fchown": "EPERM",
        "stat": "EACCES EIO", "fstat": "EIO ENOMEM",
        "lstat": "EACCES EIO", "access": "EACCES", "faccessat": "EACCES",
        "link": "EPERM ENOSPC", "rename": "EBUSY ENOSPC EXDEV",
        "unlink": "EBUSY EIO", "mkdir": "EACCES", "futimens": "EPERM", "fsetxattr": "ENOTSUP ENOSPC",
        "opendir": "EACCES EMFILE", "fcntl": "EINVAL EBADF", "ioctl": "ENOTTY EIO", "dup2": "EBUSY EMFILE",
        "pipe2": "EMFILE", "splice": "EINTR EAGAIN EINVAL ENOMEM EPIPE short",
        "sendfile": "EINTR EAGAIN EINVAL EIO short",
        "socket": "EMFILE ENOBUFS EAFNOSUPPORT", "bind": "EADDRINUSE EADDRNOTAVAIL",
        "connect": "EINTR ECONNREFUSED ENETUNREACH EADDRNOTAVAIL ETIMEDOUT EAGAIN",
        "setsockopt": "ENOPROTOOPT ENOMEM", "getsockopt": "ENOBUFS EBADF", "getsockname": "ENOBUFS",
        "getpeername": "ENOTCONN ENOBUFS", "recv": "EINTR EAGAIN ECONNRESET ETIMEDOUT ENOMEM short",
        "recvmsg": "EINTR EAGAIN ECONNRESET ENOMEM",
        "send": "EINTR EAGAIN ECONNRESET EPIPE ENOBUFS short",
        "sendmsg": "EINTR EAGAIN ECONNRESET EPIPE", "preadv2": "EINTR EAGAIN EIO ENOTSUP",
        "epoll_create1": "EMFILE ENOMEM", "epoll_ctl": "ENOMEM ENOSPC", "epoll_wait": "EINTR",
        "poll": "EINTR ENOMEM", "eventfd": "EMFILE", "signalfd": "EMFILE", "timerfd_create": "EMFILE",
        "timerfd_settime": "EINVAL", "pthread_create": "EAGAIN", "getaddrinfo": "AGAIN MEMORY",
    ]

    /// The functions of the table.
    static var calls: Set<String> { Set(names.keys) }

    /// What `call` may fail with.
    static func kinds(of call: String) -> [Fault.Kind] {
        (names[call] ?? "").split(separator: " ").compactMap { kind(String($0)) }
    }

    /// The fault that `text` describes; nil when it describes none.
    static func fault(_ text: String) -> Fault? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, names[words[0]] != nil, let number = Int(words[1]), let kind = kind(words[2])
        else { return nil }
        return Fault(call: words[0], number: number, kind: kind)
    }

    /// All faults of a run that makes `counts` calls; fewer when only a `sample` of them is wanted.
    static func faults(_ counts: [String: Int], sample: Bool) -> [Fault] {
        var faults: [Fault] = []
        for (call, count) in counts.sorted(by: { $0.key < $1.key }) {
            let kinds = kinds(of: call)
            guard !kinds.isEmpty else { continue }
            // What a body of many pieces repeats is tried at its start, at its end and now and then between.
            let (edge, steps) = sample ? (2, 2) : (12, 30)
            for number in 1...max(1, count) where count > 0 {
                let isAtEdge = number <= edge || number > count - edge
                guard isAtEdge || number % max(1, count / steps) == 0 else { continue }
                for (index, kind) in kinds.enumerated() where !sample || index == number % kinds.count {
                    faults.append(Fault(call: call, number: number, kind: kind))
                }
            }
        }
        return faults
    }

    private static func kind(_ name: String) -> Fault.Kind? {
        numbers[name].map { Fault.Kind(name: name, code: $0) }
    }
}
