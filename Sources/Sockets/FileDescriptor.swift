internal import Glibc

/// A descriptor with one owner. Passing it on is handing it over; the last owner's end closes it.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for calls that only borrow it.
    public let rawValue: CInt

    /// Takes over `rawValue`, which nobody else may close from here on.
    public init(owning rawValue: CInt) {
        self.rawValue = rawValue
    }

    deinit {
        // Linux releases the descriptor even when close reports an error, so there is nothing to repeat.
        _ = Glibc.close(rawValue)
    }
}
