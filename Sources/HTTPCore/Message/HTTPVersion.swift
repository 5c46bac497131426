/// An HTTP version as it stands on a start line, such as `HTTP/1.1`.
public struct HTTPVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number before the dot.
    public var major: Int
    /// The number after the dot.
    public var minor: Int

    /// HTTP/1.0.
    public static let http10 = HTTPVersion(major: 1, minor: 0)
    /// HTTP/1.1.
    public static let http11 = HTTPVersion(major: 1, minor: 1)

    /// Any pair of numbers; only `http10` and `http11` are ever written or read by this module.
    public init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// `HTTP/1.1`: the spelling of the start line.
    public var description: String { "HTTP/\(major).\(minor)" }

    /// Orders by major, then minor number.
    public static func < (left: HTTPVersion, right: HTTPVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
