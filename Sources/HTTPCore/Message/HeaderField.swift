/// One field line of a request (or a trailer): a name and a value.
///
/// Nothing is checked on creation; `RequestHead.serialize(into:)` refuses what would break the message.
public struct HeaderField: Hashable, Sendable, CustomStringConvertible {
    /// The name as it will be written; its case is kept.
    public var name: String
    /// The value as it will be written, byte for byte, without surrounding whitespace.
    public var content: ByteString

    /// The value as text; see `ByteString.description` for bytes that are not UTF-8.
    public var value: String {
        get { content.description }
        set { content = ByteString(newValue) }
    }

    /// A name that is no token is written all the same, unless it would end its line or itself: for tools that send what a
    /// person typed.
    public var takesAnyName = false

    /// A field line with these words, unchecked.
    public init(name: String, value: String) {
        self.init(name: name, content: ByteString(value))
    }

    /// A field line whose value is these bytes, unchecked.
    public init(name: String, content: ByteString) {
        self.name = name
        self.content = content
    }

    /// `name: value`, without a line end.
    public var description: String { content.isEmpty ? "\(name):" : "\(name): \(value)" }

    /// Whether this field's name is `name`, without regard to ASCII case.
    public func isNamed(_ name: String) -> Bool { ASCII.equalIgnoringCase(self.name, name) }

    /// Whether `text` is a `token` (RFC 9110 §5.6.2): not empty, and made of letters, digits and ``!#$%&'*+-.^_`|~``.
    /// Methods and field names must be.
    public static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(ASCII.isTokenByte)
    }

    /// Whether `text` can stand as a field value without ending the line or the message: no CR, LF or NUL
    /// (RFC 9110 §5.5). Other control bytes and bytes above 0x7F are let through.
    public static func isFieldValue(_ text: String) -> Bool {
        !text.utf8.contains { $0 == ASCII.cr || $0 == ASCII.lf || $0 == 0 }
    }
}
