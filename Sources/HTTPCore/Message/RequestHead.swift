/// The head of a request: request line and fields, in the order in which they will be written.
public struct RequestHead: Hashable, Sendable {
    /// The method, such as `GET`; case matters.
    public var method: String
    /// The request target exactly as it is sent (RFC 9112 §3.2): origin form, absolute form, authority or `*`.
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
        guard HeaderField.isToken(method) else { throw .invalidMethod(method) }
        guard !target.isEmpty, target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidTarget(target)
        }
        try fields.validate()
        buffer.append(contentsOf: method.utf8)
        buffer.append(Octet.space)
        buffer.append(contentsOf: target.utf8)
        buffer.append(contentsOf: " \(version)\r\n".utf8)
        fields.append(to: &buffer)
        buffer.append(contentsOf: "\r\n".utf8)
    }
}

extension [HeaderField] {
    /// Refuses what would end a line early.
    func validate() throws(HTTPError) {
        for field in self {
            guard HeaderField.isToken(field.name) else { throw .invalidFieldName(field.name) }
            guard HeaderField.isFieldValue(field.value) else { throw .invalidFieldValue(name: field.name) }
        }
    }

    /// Appends one line per field; the fields have been validated.
    func append(to buffer: inout [UInt8]) {
        for field in self {
            buffer.append(contentsOf: field.name.utf8)
            buffer.append(Octet.colon)
            if !field.value.isEmpty {
                buffer.append(Octet.space)
                buffer.append(contentsOf: field.value.utf8)
            }
            buffer.append(Octet.cr)
            buffer.append(Octet.lf)
        }
    }
}
