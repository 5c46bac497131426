import CSystem
import Glibc

/// Has the calling thread, and no other, look at files as another user would: 0 is root's own view again. Only root may
/// ask for more than its own.
/// - Returns: whether it does so now. Where users are mapped, even root may not be anybody.
@discardableResult
public func lookAtFiles(asUser user: UInt32) -> Bool {
    setfsuid(user)
    // What there is no user for changes nothing, and the answer is whoever looked before.
    return setfsuid(.max) == CInt(bitPattern: user)
}

/// Whether a test may be refused a file by its mode: true for all but a root that cannot look at files as others do.
public let isSubjectToModes: Bool = {
    guard getuid() == 0 else { return true }
    defer { lookAtFiles(asUser: 0) }
    return lookAtFiles(asUser: 65_534)
}()
