import HTTPCore

extension FuzzTarget {
    /// What a server sends: responses, dates, challenges, file names, fields that count.
    static let messages = [
        FuzzTarget(
            "responses",
            seeds: [
                "\0HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "\u{1}HTTP/1.1 204 No Content\r\n\r\n",
                "\0HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
                "\u{2}hello", "\u{4}HTTP/1.0 200\r\nConnection: keep-alive\r\n\r\nto the end",
                "\u{8}HTTP/1.1 200 OK\nSet-Cookie: a=b\n folded\n\nx",
                "\u{10}HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nwhatever",
                "\u{20}HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                "\0HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1",
                "\0HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            ], responses),
        FuzzTarget(
            "chunks",
            seeds: [
                "5\r\nhello\r\n0\r\n\r\n", "5;name=\"va\\\"lue\"\r\nhello\r\n00\r\nA: b\r\nC: d\r\n\r\n",
                "A\n0123456789\n0\n\n", "ffffffffffffffff\r\n", "7fffffffffffffff\r\nx",
                "1 \r\nx\r\n0\r\n\r\n", "-1\r\n",
            ]
        ) { responses(Array("\0HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8) + $0) },
        FuzzTarget(
            "json",
            seeds: [
                #".a[0]"# + "\n" + #"{"a":[1,-2.5e+3,"\u00e4\ud83d\ude00",null,true]}"#,
                ".[] | length\n[[],{},\"x\",0]",
                ".[\"o d\"].b[-1] | type\n{\"o d\":{\"b\":[false]}}", ". | length\n{\"a\":1,\"a\":2}",
                ".\n\u{FEFF}1",
            ]
        ) { input in
            let parts = input.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
            let path = try? JSONPath.parse(Array(parts[0])).path
            guard parts.count == 2, let value = try? JSONValue(Array(parts[1])) else { return nil }
            guard let order = try? JSONValue.compare(value, value) else { return nil }
            _ = try? path?.evaluate(value) { _ in true }
            return order == 0 ? nil : "a value differs from itself"
        },
        FuzzTarget(
            "dates",
            seeds: [
                "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                "Wdy, 30-Feb-2020 25:61:61 GMT", "1994-11-06 08:49:37", "20201231", "6 Nov 94 08:49 +0100",
                "120", "99999999999999999999", "12:00:00 pm tomorrow",
            ]
        ) { input in
            let text = words(input)
            _ = CookieDate.parse(text)
            _ = LooseDate.parse(text)
            _ = RetryAfter.parse(text, now: 1_700_000_000)
            guard let seconds = HTTPDate.parse(text) else { return nil }
            let again = HTTPDate.parse(HTTPDate.format(seconds))
            return again == seconds ? nil : "\(text) is \(seconds), written and read again \(again ?? -1)"
        },
        FuzzTarget(
            "challenges",
            seeds: [
                "Basic realm=\"a\"",
                "Digest realm=\"r\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256, stale=true",
                "Negotiate, NTLM abc==, Basic realm=x, charset=\"UTF-8\"",
                "Digest nonce=\"\\\"\", opaque=,, realm",
                "Bearer error=\"invalid\" ,Digest nonce=a,algorithm=MD5-sess,userhash=true",
            ]
        ) { input in
            // These no field's value holds: heads with them are refused.
            let input = input.filter { ![0, 10, 13].contains($0) }
            for challenge in AuthChallenge.parse(input[...]) {
                _ = challenge.value(of: "realm")
                guard let digest = try? DigestChallenge(challenge) else { continue }
                let request = DigestChallenge.Request(
                    method: "GET", target: "/", user: "u\"", password: "p", clientNonce: "c", count: 1)
                let answer = try? digest.answer(to: request) { _, bytes in bytes.suffix(8) }
                // It goes into a field of its own.
                if let answer, answer.bytes.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) {
                    return "the answer holds a line end: \(answer)"
                }
            }
            return nil
        },
        FuzzTarget(
            "dispositions",
            seeds: [
                "attachment; filename=\"a b.txt\"",
                "attachment; filename*=UTF-8''%e2%82%ac%20rates; filename=x",
                "inline; FILENAME=a\\b", "filename=\"../../etc/passwd\"", "a; filename*=ISO-8859-1'en'%A3",
                ";;;=\"",
            ]
        ) { input in
            ContentDisposition(words(input)).filename?.isEmpty == true ? "the name is empty" : nil
        },
        FuzzTarget(
            "numbers",
            seeds: [
                "Content-Range: bytes 5-9/10\r\nRateLimit: \"a\";r=5;t=9, \"b\";r=1;t=1",
                "Content-Range: bytes */99999999999999999999\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000060000",
                "RateLimit: limit=100, remaining=50, reset=5\r\nRetry-After: 1.5\r\nETag: W/\"x\"",
                "Repr-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;a=\"b\", sha-512=::\r\nContent-Range: =0-0",
                "ETag: \"1\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 08:49:38 GMT",
            ], numbers),
    ]
}

/// Fields that count: places, lengths, what is left of a limit, digests.
@Sendable private func numbers(_ input: [UInt8]) -> String? {
    let block = Array("HTTP/1.1 206 Some\r\n".utf8) + input + "\r\n\r\n".utf8
    guard let head = try? ResponseHead(parsing: block) else { return nil }
    if let range = ContentRange(of: head) {
        let isRight = range.first >= 0 && range.first <= range.last && range.last < range.total ?? .max
        guard isRight, ContentRange.countsBytes(in: head) else { return "impossible: \(range)" }
    }
    if let length = ContentRange.wholeLength(in: head), length < 0 { return "a length of \(length)" }
    if let limit = RateLimit.read(head, now: 1_700_000_000) {
        guard limit.remaining >= 0, limit.reset > .zero, limit.reset <= .seconds(86_400) else {
            return "\(limit)"
        }
    }
    for digest in DigestField.digests("Repr-Digest", in: head) {
        if let bytes = digest.bytes, bytes.count != digest.algorithm.length { return "\(digest)" }
    }
    guard let validator = StrongValidator(of: head) else { return nil }
    return validator.matches(head) ? nil : "\(validator) does not match its own head"
}

/// What came of a response: the same whole and byte by byte, whatever the bytes are.
@Sendable private func responses(_ input: [UInt8]) -> String? {
    guard let first = input.first else { return nil }
    let options = ResponseParser.Options(
        ignoresContentLength: first & 8 != 0, allowsHTTP09: first & 2 != 0,
        acceptsTransferCodings: first & 32 != 0,
        isViaProxy: first & 4 != 0, keepsFraming: first & 64 != 0, acceptsUpgrade: first & 16 != 0)
    let method = first & 1 != 0 ? "HEAD" : "GET"
    let stream = Array(input.dropFirst())
    let whole = outcome(stream, stream.count, method, options)
    let pieces = outcome(stream, 1, method, options)
    return whole == pieces ? nil : "whole \(whole), byte by byte \(pieces)"
}

private func outcome(_ stream: [UInt8], _ size: Int, _ method: String, _ options: ResponseParser.Options)
    -> [String]
{
    let limits = ResponseParser.Limits(
        headBytes: 2000, fields: 30, informationalHeads: 5, chunkLineBytes: 100)
    var parser = ResponseParser(method: method, options: options, limits: limits)
    var notes: [String] = []
    var body: [UInt8] = []
    /// True once the response has ended.
    func note(_ event: ResponseParser.Event, _ piece: ArraySlice<UInt8>) -> Bool {
        switch event {
        case .needsMore: break
        case .informational(let head): notes.append("\(head.status)")
        case .head(let head, let framing):
            notes.append("\(head.status) \(framing) \(head.contentLength ?? -1) \(parser.transferCodings)")
            _ = (
                head.first("Location"), head.containsToken("close", in: "Connection"),
                head.keepsAlive(viaProxy: false)
            )
        case .body(let range):
            body += piece[(piece.startIndex + range.lowerBound)..<(piece.startIndex + range.upperBound)]
        case .earlierBody(let bytes): body += bytes
        case .end(let trailers):
            notes.append("\(trailers) \(parser.connectionIsReusable) \(body)")
            return true
        }
        return false
    }
    do throws(HTTPError) {
        var position = 0
        while position < stream.count {
            let piece = stream[position..<min(position + size, stream.count)]
            var offset = 0
            while offset < piece.count {
                let event = try piece.withUnsafeBufferPointer { (bytes) throws(HTTPError) in
                    try parser.next(UnsafeRawBufferPointer(bytes), &offset)
                }
                if note(event, piece) { return notes }
                if case .needsMore = event, offset < piece.count {
                    return notes + ["needs more with input left"]
                }
            }
            position += piece.count
        }
        while !note(try parser.finish(), []) {}
    } catch {
        notes.append("\(error)")
    }
    return notes
}
