/// What a head says about its message and its connection.
extension ResponseHead {
    /// The length that `Content-Length` gives, in bytes; nil if it is absent, malformed or contradicts itself.
    /// Whether it counts is for `BodyFraming` to say: a HEAD response has one and no body.
    public var contentLength: Int64? {
        do throws(HTTPError) { return try parsedContentLength() } catch { return nil }
    }

    /// A 1xx status other than 101: a head that another head follows (RFC 9110 §15.2). After 101 the connection speaks
    /// another protocol and no further head comes.
    public var isInformational: Bool { status < 200 && status != 101 }

    /// A 3xx status other than 304, with a `Location` that is not empty.
    public var isRedirect: Bool {
        (300..<400).contains(status) && status != 304 && firstField("Location")?.valueRange.isEmpty == false
    }

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
        containsToken(option, in: "Connection") || viaProxy && containsToken(option, in: "Proxy-Connection")
    }

    /// The one value of all `Content-Length` fields; equal values collapse (RFC 9110 §8.6).
    func parsedContentLength() throws(HTTPError) -> Int64? {
        guard contains("Content-Length") else { return nil }
        var found: (number: Int64, text: String)?
        for field in fields(named: "Content-Length") {
            for member in field.valueBytes.split(separator: Octet.comma, omittingEmptySubsequences: false) {
                let digits = member.trimmingBlanks()
                guard let number = decimalLength(digits) else {
                    throw .malformedContentLength(Octet.excerpt(field.valueBytes))
                }
                let text = Octet.excerpt(digits)
                if let found, found.number != number { throw .differingContentLengths(found.text, text) }
                found = found ?? (number, text)
            }
        }
        return found?.number
    }
}

/// 1*DIGIT below 2^63: no sign, no space, no empty text, any number of leading zeros.
private func decimalLength(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard !digits.isEmpty else { return nil }
    var number: Int64 = 0
    for byte in digits {
        guard Octet.isDigit(byte) else { return nil }
        let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(Int64(byte - 0x30))
        if overflow || carry { return nil }
        number = sum
    }
    return number
}

extension ArraySlice<UInt8> {
    /// Without surrounding SP and HTAB.
    func trimmingBlanks() -> ArraySlice<UInt8> {
        var rest = drop(while: Octet.isBlank)
        while let last = rest.last, Octet.isBlank(last) { rest.removeLast() }
        return rest
    }
}
