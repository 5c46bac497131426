import CSystem

/// Has the calling thread, and no other, look at files as another user would: 0 is root's own view again. Only root may
/// ask for more than its own.
public func lookAtFiles(asUser user: UInt32) {
    setfsuid(user)
}
