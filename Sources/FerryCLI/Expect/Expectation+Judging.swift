import HTTPCore

/// An expectation that does not hold, and what was seen in its place.
struct ExpectationFailure: Equatable, Sendable {
    let expectation: String
    let seen: String

    /// For people: behind the name of what is judged.
    var text: String { "expected \(expectation), but \(seen)" }
}

extension Expectation {
    /// Judges an answer; nil = it is as expected. What `seen` says of a secret is that it is one, unless `showsSecrets`.
    func judge(_ seen: Observations, showsSecrets: Bool = false) -> ExpectationFailure? {
        guard let problem = problem(seen, showsSecrets) else { return nil }
        return ExpectationFailure(expectation: text, seen: problem)
    }

    /// Judges a run in which so many of the requests went over connections that had served before.
    func judge(reused: Int, of requests: Int) -> ExpectationFailure? {
        guard case .reuse(let percent) = kind, reused * 100 < percent * requests || requests == 0 else {
            return nil
        }
        return ExpectationFailure(
            expectation: text,
            seen: "\(reused) of \(requests) requests went over a connection that had served before")
    }

    private func problem(_ seen: Observations, _ showsSecrets: Bool) -> String? {
        switch kind {
        case .status(let list): return list.contains(seen.status) ? nil : "the status is \(seen.status)"
        case .header(let name, let comparison): return header(name, comparison, seen, showsSecrets)
        case .noHeader(let name):
            let values = seen.values(of: name)
            return values.first.map { "it is \(Self.shown($0.description, of: name, showsSecrets))" }
        case .body(let comparison): return body(comparison, seen, showsSecrets)
        case .json(let path, let comparison): return json(path, comparison, seen, showsSecrets)
        case .time(let limit):
            return seen.time <= limit ? nil : "it took \(Self.seconds(seen.time)) seconds"
        case .size(let op, let size):
            return op.holds(seen.size < size ? -1 : seen.size > size ? 1 : 0)
                ? nil : "the body has \(seen.size) bytes"
        case .certificateDays(let days):
            guard let end = seen.certificateEnd else { return "there is no certificate: it came without TLS" }
            let left = (end - seen.now) / 86_400
            if end < seen.now { return "the certificate has expired" }
            return left >= days ? nil : "the certificate ends in \(left) \(left == 1 ? "day" : "days")"
        case .redirects(let count):
            return seen.redirects == count
                ? nil
                : "\(seen.redirects) \(seen.redirects == 1 ? "redirect was" : "redirects were") followed"
        case .reuse: return nil
        }
    }

    // MARK: Fields

    private func header(
        _ name: String, _ comparison: Comparison?, _ seen: Observations, _ showsSecrets: Bool
    ) -> String? {
        let values = seen.values(of: name)
        guard let comparison else { return values.isEmpty ? "there is none" : nil }
        // Of several fields one has to fit; what must not be must not be in any.
        let isNegative = comparison.op == .notEqual || comparison.op == .notLike
        if isNegative {
            let wrong = values.first { !comparison.holds(forField: $0) }
            return wrong.map { "it is \(Self.shown($0.description, of: name, showsSecrets))" }
        }
        guard let first = values.first else { return "there is none" }
        if values.contains(where: comparison.holds(forField:)) { return nil }
        let rest = values.count > 1 ? ", and none of the \(values.count - 1) others fits" : ""
        return "it is \(Self.shown(first.description, of: name, showsSecrets))\(rest)"
    }

    private static func shown(_ value: String, of name: String, _ showsSecrets: Bool) -> String {
        if showsSecrets { return Quoting.quoted(value) }
        return SecretNames.contains(name)
            ? "[redacted]" : Quoting.quoted(SecretRedactor.redact(value: value, of: name))
    }

    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let thousandths = String(attoseconds / 1_000_000_000_000_000)
        return "\(seconds)." + String(repeating: "0", count: 3 - thousandths.utf8.count) + thousandths
    }

    // MARK: Bodies

    private func body(_ comparison: Comparison, _ seen: Observations, _ showsSecrets: Bool) -> String? {
        switch seen.body {
        case .tooLong(let limit): return Self.tooLong(limit)
        case .bytes(let bytes):
            var subject = bytes[...]
            // Whoever writes down a line means it without its end.
            if comparison.text.last != ASCII.lf, subject.last == ASCII.lf {
                subject.removeLast()
                if subject.last == ASCII.cr { subject.removeLast() }
            }
            if comparison.holds(forText: subject) { return nil }
            guard !bytes.isEmpty else { return "the body is empty" }
            if let json = try? JSONValue(bytes), json.kind == .object || json.kind == .array {
                return "the body is \(JSONGlimpse.text(json, showsSecrets: showsSecrets))"
            }
            let type = seen.values(of: "Content-Type").first?.description
            return "the body is \(Quoting.quoted(Self.glimpse(subject, type, showsSecrets)))"
        }
    }

    /// The beginning of a body, secrets hidden: members by its type or its look, pairs, and logins of URLs.
    private static func glimpse(_ body: ArraySlice<UInt8>, _ type: String?, _ showsSecrets: Bool) -> String {
        // A login may end behind what is shown.
        var bytes = Array(body.prefix(showsSecrets ? 400 : 4000))
        guard !showsSecrets else { return String(decoding: bytes, as: UTF8.self) }
        var members = SecretMembers(SecretMembers.Kind(contentType: type))
        members.hide(&bytes)
        // Pairs as those behind a question mark.
        let shown = SecretRedactor.redact(text: "?" + String(decoding: bytes, as: UTF8.self))
        return String(decoding: shown.utf8.dropFirst().prefix(400), as: UTF8.self)
    }

    private static func tooLong(_ limit: Int64) -> String {
        "the body is longer than the \(limit) bytes that --expect-limit allows to be looked at"
    }

    private func json(
        _ path: JSONPath, _ comparison: Comparison?, _ seen: Observations, _ showsSecrets: Bool
    ) -> String? {
        let bytes: [UInt8]
        switch seen.body {
        case .tooLong(let limit): return Self.tooLong(limit)
        case .bytes(let kept): bytes = kept
        }
        guard !bytes.isEmpty else { return "the body is empty" }
        let whole: JSONValue
        do { whole = try JSONValue(bytes) } catch { return "the body is no JSON: \(error)" }
        var last: JSONValue?
        var count = 0
        var problem: Comparison.Problem?
        do throws(JSONPath.Failure) {
            let isFound = try !path.evaluate(whole) { (value) throws(JSONPath.Failure) in
                count += 1
                last = value
                guard let comparison else { return !value.isTrue }
                do throws(Comparison.Problem) {
                    return try !comparison.holds(for: value)
                } catch {
                    problem = error
                    return false
                }
            }
            if isFound, problem == nil { return nil }
        } catch {
            return "\(error)"
        }
        switch problem {
        case .notText(let kind): return "it is no text: its type is \(kind)"
        case .duplicateName(let name):
            return "the member \"\(String(decoding: name, as: UTF8.self))\" is there twice"
        case nil: break
        }
        guard let last else { return "there is nothing in it" }
        let isHidden = !showsSecrets && (path.secretName != nil || isSecret(last, count, path, bytes))
        let shown = isHidden ? "[redacted]" : JSONGlimpse.text(last, showsSecrets: showsSecrets)
        return count == 1 ? "it is \(shown)" : "none of the \(count) fits, the last of which is \(shown)"
    }

    /// Whether the value that a path leads to in the end, by way of all members of an object, belongs to a secret name:
    /// it is another one where those are hidden.
    private func isSecret(_ value: JSONValue, _ count: Int, _ path: JSONPath, _ body: [UInt8]) -> Bool {
        // What is in an object or an array is hidden by its own names.
        guard value.kind != .object, value.kind != .array else { return false }
        var bytes = body
        var members = SecretMembers(.json)
        members.hide(&bytes)
        guard bytes != body else { return false }
        guard let whole = try? JSONValue(bytes) else { return true }
        var left = count
        var isSame = false
        _ = try? path.evaluate(whole) { hidden in
            left -= 1
            isSame = hidden.raw.elementsEqual(value.raw)
            return left > 0
        }
        return !isSame
    }
}

extension Observations {
    fileprivate func values(of name: String) -> [ByteString] {
        fields.filter { ASCII.equalIgnoringCase($0.name, name) }.map(\.value)
    }
}
