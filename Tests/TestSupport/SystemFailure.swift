import Glibc

/// What a fixture throws when the system refuses it something.
public struct SystemFailure: Error, CustomStringConvertible, Equatable {
    /// The call or command that failed, with what it was applied to.
    public var operation: String
    /// The `errno`; 0 when the reason is in `operation`.
    public var code: Int32

    /// A failure with a given code; without one, the calling thread's `errno`.
    public init(_ operation: String, code: Int32? = nil) {
        self.operation = operation
        self.code = code ?? errno
    }

    /// `bind 127.0.0.1:80: Permission denied`.
    public var description: String {
        code == 0 ? operation : "\(operation): \(String(cString: strerror(code)))"
    }
}

/// Calls `body` again while it fails with EINTR; throws the `errno` of any other failure.
@discardableResult
func check(_ operation: @autoclosure () -> String, _ body: () -> Int32) throws(SystemFailure) -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemFailure(operation(), code: code) }
    }
}
