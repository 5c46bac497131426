/// What a head says about its message and its connection.
extension ResponseHead {
    /// The length that `Content-Length` gives, in bytes; nil if it is absent, malformed or contradicts itself, and
    /// `Int64.max` for 2^63 and more. `BodyFraming` decides whether it counts: a HEAD response has one and no body.
    public var contentLength: Int64? {
        do throws(HTTPError) {
            switch try parsedContentLength() {
            case .bytes(let count): return count
            case .countless: return .max
            case nil: return nil
            }
        } catch {
            return nil
        }
    }

    /// A `Content-Length` in digits.
    enum DeclaredLength: Equatable {
        case bytes(Int64)
        /// 2^63 or more: the digits without leading zeros. No body is so long: it ends with the connection.
        case countless(String)
    }

    /// The transfer codings under `chunked`, in the order in which they were applied, lower case; not checked.
    public var transferCodings: [String] {
        var codings: [String] = []
        _ = anyMember(of: "Transfer-Encoding") { member in
            let name = ASCII.text(member.map(ASCII.lowercased))
            if !name.isEmpty, name != "chunked" { codings.append(name) }
            return false
        }
        return codings
    }

    /// A 1xx status other than 101: a head that another head follows (RFC 9110 §15.2). After 101 the connection speaks
    /// another protocol and no further head comes.
    public var isInformational: Bool { status < 200 && status != 101 }

    /// Whether the sender means to keep the connection open after this response (RFC 9112 §9.3).
    public var keepsAlive: Bool { keepsAlive(viaProxy: false) }

    /// Whether the sender means to keep the connection open after this response (RFC 9112 §9.3). `viaProxy` says that
    /// it came from a proxy (not through a tunnel): `Proxy-Connection`, which old proxies send, counts too.
    public func keepsAlive(viaProxy: Bool) -> Bool {
        if hasConnectionOption("close", viaProxy) { return false }
        if version >= .http11 { return true }
        return version == .http10 && hasConnectionOption("keep-alive", viaProxy)
    }

    private func hasConnectionOption(_ option: String, _ viaProxy: Bool) -> Bool {
        hasMember(option, in: "Connection") || viaProxy && hasMember(option, in: "Proxy-Connection")
    }

    private func hasMember(_ option: String, in name: StaticString) -> Bool {
        guard let first = index(named: name) else { return false }
        // Most often there is one field with one member.
        let answer = withOnlyValue(named: name, at: first) { value -> Bool? in
            value.contains(where: { $0 == ASCII.comma || $0 == ASCII.lf })
                ? nil : ASCII.equalIgnoringCase(value, option.utf8)
        }
        return answer ?? containsToken(option, in: name.description)
    }

    /// The one value of all `Content-Length` fields; equal values collapse (RFC 9110 §8.6).
    func parsedContentLength() throws(HTTPError) -> DeclaredLength? {
        guard let first = index(named: "Content-Length") else { return nil }
        if let length = withOnlyValue(named: "Content-Length", at: first, shortDecimal) {
            return .bytes(length)
        }
        var found: DeclaredLength?
        var fault: HTTPError?
        _ = anyMember(of: "Content-Length") { member in
            guard let length = DeclaredLength(member) else {
                fault = .malformedContentLength(
                    ASCII.excerpt(all("Content-Length").joined(separator: ", ").utf8))
                return true
            }
            if let found, found != length { fault = .differingContentLengths(found.text, length.text) }
            found = length
            return fault != nil
        }
        if let fault { throw fault }
        return found
    }
}

/// One to eighteen digits and nothing else, which cannot overflow; nil leaves the value to a closer look.
private func shortDecimal(_ digits: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard (1...18).contains(digits.count) else { return nil }
    var number: Int64 = 0
    for byte in digits {
        guard ASCII.isDigit(byte) else { return nil }
        number = number &* 10 &+ Int64(byte &- 0x30)
    }
    return number
}

extension ResponseHead.DeclaredLength {
    /// Reads 1*DIGIT: no sign, no space, no empty text, any number of leading zeros. nil for anything else.
    fileprivate init?(_ digits: ArraySlice<UInt8>) {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        let text = String(decoding: digits.drop { $0 == 0x30 }, as: UTF8.self)
        self = text.isEmpty ? .bytes(0) : Int64(text).map { .bytes($0) } ?? .countless(text)
    }

    fileprivate var text: String {
        switch self {
        case .bytes(let count): "\(count)"
        case .countless(let text): ASCII.excerpt(text.utf8)
        }
    }
}
