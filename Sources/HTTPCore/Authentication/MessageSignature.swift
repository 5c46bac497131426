/// The signature of a request by RFC 9421: which parts of it are signed, and the text to sign. Pure: the caller holds
/// the key and signs.
public struct MessageSignature: Hashable, Sendable {
    /// How the text is signed.
    public enum Algorithm: String, CaseIterable, Sendable {
        /// A private key signs, and anybody who has the public one can check it.
        case ed25519
        /// One secret signs and checks.
        case hmacSHA256 = "hmac-sha256"
    }

    /// One signed part of a request.
    public enum Component: Hashable, Sendable {
        case method
        /// Host and port, as the Host field names them.
        case authority
        case path
        /// With its question mark; no more than that where there is none.
        case query
        /// All fields of this name, which is in lower case.
        case field(String)

        /// The name by which signer and verifier know it (§2).
        var identifier: String {
            switch self {
            case .method: "@method"
            case .authority: "@authority"
            case .path: "@path"
            case .query: "@query"
            case .field(let name): name
            }
        }
    }

    /// Signed parts, in the order in which they are signed; each once.
    public struct Components: Hashable, Sendable {
        let list: [Component]

        /// Reads names separated by blanks: `method`, `authority`, `path`, `query`, and fields with a colon behind their
        /// name. Case does not matter.
        public init(_ text: String) throws(ComponentError) {
            var list: [Component] = []
            for word in text.split(separator: " ") {
                let component = try Self.component(word)
                guard !list.contains(component) else { throw .repeated(String(word)) }
                list.append(component)
            }
            guard !list.isEmpty else { throw .none }
            self.list = list
        }

        private static func component(_ word: Substring) throws(ComponentError) -> Component {
            let name = word.lowercased()
            switch name {
            case "method": return .method
            case "authority": return .authority
            case "path": return .path
            case "query": return .query
            default:
                guard name.hasSuffix(":"), HeaderField.isToken(String(name.dropLast())) else {
                    throw .unknown(String(word))
                }
                return .field(String(name.dropLast()))
            }
        }
    }

    /// What is wrong with a list of parts.
    public enum ComponentError: Error, Hashable, Sendable {
        /// There is nothing in it.
        case none
        /// This word is neither a part nor a field's name.
        case unknown(String)
        /// This part stands in it twice (§2).
        case repeated(String)
    }

    /// The parts of a request that can be signed.
    public struct Request: Sendable {
        /// The method as it is sent.
        public var method: String
        /// Host and port for `authority`; taken where there is no Host field.
        public var authority: String
        /// The port that is not named, because it is that of the scheme.
        public var defaultPort: UInt16
        /// The path as it is sent.
        public var path: String
        /// The query as it is sent.
        public var query: String?
        /// All fields as they are sent.
        public var fields: [HeaderField]

        /// A request of these parts.
        public init(
            method: String, authority: String, defaultPort: UInt16, path: String, query: String?,
            fields: [HeaderField]
        ) {
            self.method = method
            self.authority = authority
            self.defaultPort = defaultPort
            self.path = path
            self.query = query
            self.fields = fields
        }
    }

    /// How it is signed.
    public let algorithm: Algorithm
    /// Whether the verifier is told the algorithm, which the key's name may have told it already.
    public let namesAlgorithm: Bool
    /// The name by which the verifier knows the key.
    public let keyID: String
    /// What is signed; nil = method, authority, path, and the query where there is one.
    public let components: Components?

    /// nil where `keyID` is empty or holds what no string of a structured field may: anything but visible ASCII and blanks
    /// (RFC 8941 §3.3.3).
    public init?(
        algorithm: Algorithm, namesAlgorithm: Bool = true, keyID: String, components: Components?
    ) {
        guard !keyID.isEmpty, keyID.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        self.algorithm = algorithm
        self.namesAlgorithm = namesAlgorithm
        self.keyID = keyID
        self.components = components
    }

    /// A request's text to be signed, and the parameters that say how it was made.
    public struct Base: Hashable, Sendable {
        /// The value of `Signature-Input` behind its label.
        public let parameters: String
        /// What the key signs (§2.5).
        public let text: String
    }

    /// A field that is to be signed and that the request has not.
    public struct MissingField: Error, Hashable, Sendable {
        /// Its name in lower case.
        public let name: String
    }

    /// The text of `request`, signed at `created` (seconds since 1970).
    public func base(of request: Request, created: Int64) throws(MissingField) -> Base {
        let components = components?.list ?? Self.usual(request)
        var text = ""
        for component in components {
            text += "\(Self.quoted(component.identifier)): \(try Self.value(component, of: request))\n"
        }
        var parameters = "(\(components.map { Self.quoted($0.identifier) }.joined(separator: " ")))"
        parameters += ";created=\(created);keyid=\(Self.quoted(keyID))"
        if namesAlgorithm { parameters += ";alg=\(Self.quoted(algorithm.rawValue))" }
        return Base(parameters: parameters, text: "\(text)\"@signature-params\": \(parameters)")
    }

    /// The fields that carry a signature to the server (§4).
    public static func fields(_ base: Base, signature: [UInt8]) -> [HeaderField] {
        [
            HeaderField(name: "Signature-Input", value: "sig1=\(base.parameters)"),
            HeaderField(name: "Signature", value: "sig1=:\(Base64.encode(signature)):"),
        ]
    }

    // MARK: Values

    private static func usual(_ request: Request) -> [Component] {
        [.method, .authority, .path] + (request.query?.isEmpty ?? true ? [] : [.query])
    }

    private static func value(
        _ component: Component, of request: Request
    ) throws(MissingField) -> String {
        switch component {
        case .method: return request.method
        case .authority: return authority(request)
        case .path: return request.path.isEmpty ? "/" : request.path
        case .query: return "?\(request.query ?? "")"
        case .field(let name):
            let values = request.fields.filter { $0.isNamed(name) }.map { trimmed($0.value) }
            guard !values.isEmpty else { throw MissingField(name: name) }
            return values.joined(separator: ", ")
        }
    }

    /// Lower case, and without the port that goes without saying (§2.2.3).
    private static func authority(_ request: Request) -> String {
        let own = request.fields.first { $0.isNamed("Host") }.map { trimmed($0.value) }
        let named = own.flatMap { $0.isEmpty ? nil : $0 } ?? request.authority
        let authority = ASCII.lowercased(named)
        let port = ":\(request.defaultPort)"
        return authority.hasSuffix(port) ? String(authority.dropLast(port.count)) : authority
    }

    /// A string of a structured field (RFC 8941 §4.1.6).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + "\""
    }

    private static func trimmed(_ value: String) -> String {
        let bytes = value.utf8.drop(while: ASCII.isBlank)
        let end = bytes.lastIndex { !ASCII.isBlank($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(Substring(bytes[..<end]))
    }
}
