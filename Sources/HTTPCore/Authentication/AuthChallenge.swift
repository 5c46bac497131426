/// One challenge of a server or proxy: a member of `WWW-Authenticate` or `Proxy-Authenticate` (RFC 9110 §11.6.1).
public struct AuthChallenge: Hashable, Sendable {
    /// In lower case: `basic`, `digest`.
    public let scheme: String
    /// The one opaque value that some schemes have in place of parameters.
    public let token68: String?
    /// In order, names in lower case, quotes and escapes undone.
    public let parameters: [Parameter]

    /// `name=value` or `name="value"`.
    public struct Parameter: Hashable, Sendable {
        /// In lower case.
        public let name: String
        /// Without quotes.
        public let value: ByteString
    }

    /// The first parameter of this name, given in lower case.
    public func value(of name: String) -> ByteString? {
        parameters.first { $0.name == name }?.value
    }

    /// All challenges that the fields of this name hold, in order.
    public static func all(in head: ResponseHead, _ name: String) -> [AuthChallenge] {
        head.fields(named: name).flatMap { parse($0.valueBytes) }
    }

    /// The challenges of one field's value, in linear time. Where a challenge breaks the grammar, its further
    /// parameters are dropped; reading goes on after the next comma.
    public static func parse(_ value: ArraySlice<UInt8>) -> [AuthChallenge] {
        var parser = Parser(rest: value)
        return parser.challenges()
    }
}

extension AuthChallenge {
    private struct Parser {
        var rest: ArraySlice<UInt8>
        private var scheme: String?
        private var token68: String?
        private var parameters: [Parameter] = []
        private var found: [AuthChallenge] = []

        init(rest: ArraySlice<UInt8>) {
            self.rest = rest
        }

        /// Members of the list are told apart by what follows their first token: `=` makes it a parameter of the challenge
        /// before it, anything else a scheme.
        mutating func challenges() -> [AuthChallenge] {
            while true {
                rest = rest.drop { ASCII.isBlank($0) || $0 == ASCII.comma }
                guard !rest.isEmpty else { break }
                let token = takeToken()
                if token.isEmpty {
                    skipMember()
                } else if takeEquals() {
                    takeValue(of: token)
                } else if atEndOfMember {
                    begin(token)
                } else if let blank = rest.first, ASCII.isBlank(blank) {
                    begin(token)
                    takeCredentials()
                } else {
                    skipMember()
                }
            }
            end()
            return found
        }

        private mutating func begin(_ token: ArraySlice<UInt8>) {
            end()
            scheme = ASCII.text(token).lowercased()
        }

        private mutating func end() {
            if let scheme {
                found.append(AuthChallenge(scheme: scheme, token68: token68, parameters: parameters))
            }
            (scheme, token68, parameters) = (nil, nil, [])
        }

        /// What follows a scheme and a blank: a parameter, or a token68, which nothing but the end of the member follows.
        private mutating func takeCredentials() {
            rest = rest.drop(while: ASCII.isBlank)
            let opaque = rest.prefix(while: Self.isToken68Byte)
            let padded = opaque.endIndex + rest[opaque.endIndex...].prefix { $0 == ASCII.equals }.count
            if !opaque.isEmpty, Self.isEnd(rest[padded...].drop(while: ASCII.isBlank)) {
                token68 = ASCII.text(rest[..<padded])
                rest = rest[padded...]
                return
            }
            let token = takeToken()
            if !token.isEmpty, takeEquals() { takeValue(of: token) } else { skipMember() }
        }

        private mutating func takeValue(of name: ArraySlice<UInt8>) {
            guard let value = rest.first == ASCII.quote ? takeQuoted() : ByteString(takeToken()) else {
                return rest = rest[rest.endIndex...]
            }
            guard atEndOfMember else { return skipMember() }
            if scheme != nil {
                parameters.append(Parameter(name: ASCII.text(name).lowercased(), value: value))
            }
        }

        private var atEndOfMember: Bool { Self.isEnd(rest.drop(while: ASCII.isBlank)) }

        private static func isEnd(_ rest: ArraySlice<UInt8>) -> Bool {
            rest.isEmpty || rest.first == ASCII.comma
        }

        private mutating func takeToken() -> ArraySlice<UInt8> {
            let token = rest.prefix(while: ASCII.isTokenByte)
            rest = rest[token.endIndex...]
            return token
        }

        /// `=` with optional blanks around it.
        private mutating func takeEquals() -> Bool {
            let next = rest.drop(while: ASCII.isBlank)
            guard next.first == ASCII.equals else { return false }
            rest = next.dropFirst().drop(while: ASCII.isBlank)
            return true
        }

        /// nil when nothing closes it.
        private mutating func takeQuoted() -> ByteString? {
            var bytes: [UInt8] = []
            rest.removeFirst()
            while let byte = rest.popFirst() {
                if byte == ASCII.quote { return ByteString(bytes) }
                if byte == ASCII.backslash {
                    guard let escaped = rest.popFirst() else { return nil }
                    bytes.append(escaped)
                } else {
                    bytes.append(byte)
                }
            }
            return nil
        }

        /// To the next comma outside of quotes.
        private mutating func skipMember() {
            while let byte = rest.first, byte != ASCII.comma {
                if byte == ASCII.quote {
                    if takeQuoted() == nil { return }
                } else {
                    rest.removeFirst()
                }
            }
        }

        private static func isToken68Byte(_ byte: UInt8) -> Bool {
            ASCII.isLetter(byte) || ASCII.isDigit(byte) || "-._~+/".utf8.contains(byte)
        }
    }
}
