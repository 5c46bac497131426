internal import Glibc

/// The process's table of open descriptors.
package enum DescriptorTable {
    /// Raises the limit as far as the process may.
    /// - Returns: how many descriptors it may have open.
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let current = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = current }
        return Int(clamping: limit.rlim_cur)
    }
}
