/// Text as somebody wrote it, byte for byte: a cookie, a login, the value of a field.
///
/// Such text is nearly always UTF-8, but nothing says that it must be. What is not UTF-8 is kept and passed on as it came,
/// never repaired. Two are equal if their bytes are; Unicode's equivalences do not count.
///
///     let password: ByteString = "secret"
///     let old = ByteString([0x70, 0xE9])  // "pé" in ISO-8859-1
///     old.text                            // nil
///     old.bytes                           // [0x70, 0xE9]
public struct ByteString: Sendable {
    /// Bytes that are valid UTF-8 are always in `text`, so that one text has one form.
    private enum Storage: Sendable {
        case text(String)
        case other([UInt8])
    }

    private var storage: Storage

    /// The UTF-8 bytes of `text`.
    public init(_ text: String) {
        storage = .text(text)
    }

    /// These bytes.
    public init(_ bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            storage = .text(text)
        } else {
            storage = .other(Array(bytes))
        }
    }

    /// The text, if the bytes are UTF-8.
    public var text: String? {
        if case .text(let text) = storage { text } else { nil }
    }

    /// The bytes.
    public var bytes: [UInt8] {
        switch storage {
        case .text(let text): Array(text.utf8)
        case .other(let bytes): bytes
        }
    }

    /// The number of bytes.
    public var count: Int {
        switch storage {
        case .text(let text): text.utf8.count
        case .other(let bytes): bytes.count
        }
    }

    /// Whether there is no byte.
    public var isEmpty: Bool {
        switch storage {
        case .text(let text): text.isEmpty
        // The empty sequence is valid UTF-8, so it is text.
        case .other: false
        }
    }

    /// Calls `body` with the bytes where they lie.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        switch storage {
        case .text(var text): text.withUTF8(body)
        case .other(let bytes): bytes.withUnsafeBufferPointer(body)
        }
    }

    /// The bytes of `parts`, with those of `separator` between them.
    public static func joined(_ parts: [ByteString], separator: ByteString) -> ByteString {
        ByteString(Array(parts.map(\.bytes).joined(separator: separator.bytes)))
    }

    /// The bytes of the left, then those of the right.
    public static func + (left: ByteString, right: ByteString) -> ByteString {
        if case .text(let start) = left.storage, case .text(let end) = right.storage {
            return ByteString(start + end)
        }
        return ByteString(left.bytes + right.bytes)
    }
}

extension ByteString: Hashable {
    /// Compares the bytes.
    public static func == (left: ByteString, right: ByteString) -> Bool {
        switch (left.storage, right.storage) {
        case (.text(let left), .text(let right)): CarriedText.areSame(left, right)
        case (.other(let left), .other(let right)): left == right
        case (.text, .other), (.other, .text): false
        }
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }
}

extension ByteString: ExpressibleByStringInterpolation {
    /// The UTF-8 bytes of a literal.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension ByteString: CustomStringConvertible {
    /// The text, for display; bytes that are not UTF-8 are read as ISO-8859-1.
    public var description: String {
        switch storage {
        case .text(let text): text
        case .other(let bytes): ASCII.text(bytes)
        }
    }
}
