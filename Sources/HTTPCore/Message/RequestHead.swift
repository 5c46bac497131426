/// The head of a request: request line and fields, in the order in which they will be written.
public struct RequestHead: Hashable, Sendable {
    /// The method, such as `GET`; case matters.
    public var method: String
    /// The request target exactly as it is sent (RFC 9112 §3.2): origin form, absolute form, authority or `*`. Bytes that are
    /// no UTF-8 may be carried in it.
    public var target: String
    /// The version of the request line.
    public var version: HTTPVersion
    /// The fields; names may repeat and keep their case and order.
    public var fields: [HeaderField]

    /// A head with these parts, unchecked until it is serialized.
    public init(method: String, target: String, version: HTTPVersion = .http11, fields: [HeaderField] = []) {
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
    }

    /// Appends request line, field lines and the blank line to `buffer`. A field with an empty value is written `Name:`.
    ///
    /// - Throws: `invalidMethod`, `invalidTarget`, `invalidFieldName` or `invalidFieldValue`, so that no word of a
    ///   caller can end a line or the head early; `buffer` is then as it was.
    public func serialize(into buffer: inout [UInt8]) throws(HTTPError) {
        let start = buffer.count
        do throws(HTTPError) {
            try Self.appendLine(method: method, target: target, version: version, to: &buffer)
            try fields.append(to: &buffer)
            buffer.append(ASCII.cr)
            buffer.append(ASCII.lf)
        } catch {
            buffer.removeSubrange(start...)
            throw error
        }
    }

    /// Appends the request line alone.
    ///
    /// - Throws: `invalidMethod` or `invalidTarget`; `buffer` may hold part of the line then.
    static func appendLine(
        method: String, target: String, version: HTTPVersion, to buffer: inout [UInt8]
    ) throws(HTTPError) {
        guard !method.isEmpty, buffer.append(method, whileAll: ASCII.isTokenByte) else {
            throw .invalidMethod(method)
        }
        buffer.append(ASCII.space)
        let start = buffer.count
        if !buffer.append(target, whileAll: { $0 > 0x20 && $0 < 0x7F }) {
            buffer.removeSubrange(start...)
            guard buffer.append(carried: target, whileAll: { $0 > 0x20 && $0 != 0x7F }) else {
                throw .invalidTarget(target)
            }
        }
        guard buffer.count > start else { throw .invalidTarget(target) }
        if version == .http11 {
            buffer.append(contentsOf: " HTTP/1.1\r\n".utf8)
        } else {
            buffer.append(contentsOf: " \(version)\r\n".utf8)
        }
    }
}

/// The fields of a request as the bytes of their lines, with the blank line behind them: what requests to one place
/// have in common, checked and written once.
public final class FieldBlock: Sendable {
    /// The fields as they were given.
    public let fields: [HeaderField]
    /// What they say of the connection.
    public let connectionOptions: ConnectionOptions
    /// The value of their first Referer field.
    package let referer: String?
    let bytes: [UInt8]

    /// - Throws: `invalidFieldName` or `invalidFieldValue`.
    public init(_ fields: [HeaderField]) throws(HTTPError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(2) { $0 + $1.name.utf8.count + $1.content.count + 4 })
        try fields.append(to: &bytes)
        bytes.append(ASCII.cr)
        bytes.append(ASCII.lf)
        self.bytes = bytes
        self.fields = fields
        connectionOptions = ConnectionOptions(of: fields)
        referer = fields.first { $0.isNamed("Referer") }?.value
    }

    /// Appends a whole head: the request line, then these fields.
    ///
    /// - Throws: `invalidMethod` or `invalidTarget`; `buffer` may hold part of the line then.
    public func serialize(
        method: String, target: String, version: HTTPVersion = .http11, into buffer: inout [UInt8]
    ) throws(HTTPError) {
        buffer.reserveCapacity(buffer.count + method.utf8.count + target.utf8.count + 12 + bytes.count)
        try RequestHead.appendLine(method: method, target: target, version: version, to: &buffer)
        buffer.append(contentsOf: bytes)
    }
}

/// What the `Connection` and `Upgrade` fields of a request say about what comes after it (RFC 9112 §9.3).
public struct ConnectionOptions: Equatable, Sendable {
    /// `close` is among them.
    public var closes = false
    /// `keep-alive` is among them.
    public var keepsAlive = false
    /// There is an `Upgrade` field (RFC 9110 §7.8).
    public var asksForUpgrade = false

    /// Looks through all of `fields`.
    public init(of fields: [HeaderField]) {
        for field in fields {
            if field.isNamed("Upgrade") { asksForUpgrade = true }
            guard field.isNamed("Connection") else { continue }
            for member in field.value.utf8.split(separator: ASCII.comma) {
                let name = member.trimmingBlanks()
                if ASCII.equalIgnoringCase(name, "close".utf8) { closes = true }
                if ASCII.equalIgnoringCase(name, "keep-alive".utf8) { keepsAlive = true }
            }
        }
    }
}

extension [HeaderField] {
    /// Appends one line per field and refuses what would end a line early.
    ///
    /// - Throws: `invalidFieldName` or `invalidFieldValue`; `buffer` may hold some of the lines then.
    func append(to buffer: inout [UInt8]) throws(HTTPError) {
        for field in self {
            let isGood =
                field.takesAnyName
                ? buffer.append(carried: field.name, whileAll: Self.cannotEndName)
                : buffer.append(field.name, whileAll: ASCII.isTokenByte)
            guard isGood, !field.name.isEmpty else { throw .invalidFieldName(field.name) }
            buffer.append(ASCII.colon)
            if !field.content.isEmpty {
                buffer.append(ASCII.space)
                let isSafe = field.content.withBytes { bytes in
                    buffer.append(contentsOf: bytes)
                    return bytes.allSatisfy {
                        $0 > ASCII.cr || ($0 != ASCII.cr && $0 != ASCII.lf && $0 != 0)
                    }
                }
                guard isSafe else { throw .invalidFieldValue(name: field.name) }
            }
            buffer.append(ASCII.cr)
            buffer.append(ASCII.lf)
        }
    }

    private static func cannotEndName(_ byte: UInt8) -> Bool {
        byte != ASCII.colon && byte != ASCII.cr && byte != ASCII.lf && byte != 0
    }
}

extension [UInt8] {
    /// Appends the text's bytes and says whether all of them passed `test`.
    @inline(__always)
    fileprivate mutating func append(_ text: String, whileAll test: (UInt8) -> Bool) -> Bool {
        let isGood = text.utf8.withContiguousStorageIfAvailable { bytes in
            append(contentsOf: bytes)
            return bytes.allSatisfy(test)
        }
        if let isGood { return isGood }
        append(contentsOf: text.utf8)
        return text.utf8.allSatisfy(test)
    }

    /// The same for text in which bytes that are no UTF-8 may be carried.
    fileprivate mutating func append(carried text: String, whileAll test: (UInt8) -> Bool) -> Bool {
        let bytes = CarriedText.bytes(of: text).bytes
        append(contentsOf: bytes)
        return bytes.allSatisfy(test)
    }
}
