internal import Glibc

/// A descriptor with one owner. Passing it on is handing it over; the last owner's end closes it.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for calls that only borrow it.
    public let rawValue: CInt

    /// Takes over `rawValue`, which nobody else may close from here on.
    public init(owning rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// Gives the number up without closing it: the caller owns it from here on.
    package consuming func release() -> CInt {
        let number = rawValue
        discard self
        return number
    }

    deinit {
        // Linux releases the descriptor even when close reports an error, so there is nothing to repeat.
        _ = Glibc.close(rawValue)
    }
}
