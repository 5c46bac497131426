import HTTPClient
import HTTPCore

/// What sets a request apart beyond method, fields and body; the defaults are a plain request's.
struct RequestLineOptions {
    var version = HTTPVersion.http11
    /// Stands in the request line in place of the URL's path and query.
    var target: String?
    /// How long a body waits for leave.
    var continueTimeout = Duration.seconds(1)
    /// Transfer codings are asked for.
    var asksForTransferCoding = false
}

/// How answers are read; the defaults are the rules of HTTP/1.1.
struct ResponseRules {
    var ignoresContentLength = false
    var allowsHTTP09 = false
    /// What is odd is refused.
    var isStrict = false
    /// Nothing is undone, neither chunks nor codings.
    var isRaw = false
    var undoesTransferCodings = false
    /// Where the tag of the answer is kept; nil = nowhere.
    var etagFile: TextTarget?

    func parserOptions(isViaProxy: Bool) -> ResponseParser.Options {
        ResponseParser.Options(
            ignoresContentLength: ignoresContentLength, allowsHTTP09: allowsHTTP09,
            acceptsTransferCodings: undoesTransferCodings || isRaw, isViaProxy: isViaProxy,
            keepsFraming: isRaw, isStrict: isStrict)
    }
}

/// How URLs are read, and which may be fetched.
struct URLRules {
    var defaultScheme = "http"
    var isPathAsIs = false
    /// nil = all.
    var allowed: ProtocolSet?
    /// nil = all; `allowed` holds as well.
    var allowedRedirects: ProtocolSet?

    func parse(_ text: String) throws(HTTPURLError) -> HTTPURL {
        try HTTPURL.parse(Self.withHost(text), defaultScheme: defaultScheme, pathAsIs: isPathAsIs)
    }

    /// What stands before the path of a URL as it was typed, the slash behind it included: good enough to tell hosts apart.
    static func place(of text: String) -> Substring {
        let last = text.contains("://") ? 3 : 1
        var slashes = 0
        let end = text.utf8.firstIndex { byte in
            if byte == UInt8(ascii: "/") { slashes += 1 }
            return slashes == last
        }
        return end.map { text[...$0] } ?? text[...]
    }

    /// `:8080/x` is on this machine.
    static func withHost(_ text: String) -> String {
        text.utf8.first == UInt8(ascii: ":") ? "http://localhost" + text : text
    }

    /// - Throws: `ProtocolRefusal` for a protocol that the user ruled out.
    func check(_ url: HTTPURL, isRedirect: Bool) throws(ProtocolRefusal) {
        let name = url.scheme.rawValue
        if let allowed, !allowed.allows(name) {
            throw ProtocolRefusal(name: name, isRedirect: isRedirect, option: "--proto")
        }
        if isRedirect, let allowedRedirects, !allowedRedirects.allows(name) {
            throw ProtocolRefusal(name: name, isRedirect: true, option: "--proto-redir")
        }
    }
}

/// A URL has a protocol that an option does not allow. Exit status 1.
struct ProtocolRefusal: Error, CustomStringConvertible {
    var name: String
    /// The URL comes from a redirect.
    var isRedirect: Bool
    var option: String

    var description: String {
        "\(isRedirect ? "a redirect leads to \(name)" : "\(name) is used"), which \(option) does not allow"
    }
}

extension Planner {
    static func requestLineOptions(_ operation: OperationSettings) -> RequestLineOptions {
        RequestLineOptions(
            version: operation.http10 ? .http10 : .http11, target: operation.requestTarget,
            continueTimeout: operation.expectTimeout ?? .seconds(1),
            asksForTransferCoding: operation.transferCoding)
    }

    /// The fields of `--json-field` are the whole body.
    static func refuseMixedFields(_ operation: OperationSettings) throws(UsageError) {
        guard operation.data.contains(where: { $0.kind == .jsonFields }) else { return }
        if operation.data.count > 1 {
            throw UsageError(
                flag: "--json-field", problem: "cannot be used with -d or --json: it makes the whole body")
        }
        if operation.get {
            throw UsageError(flag: "--json-field", problem: "cannot be used with -G: JSON is no query")
        }
    }

    /// A tag belongs to one URL.
    static func refuseTagsOfSeveral(_ operation: OperationSettings) throws(UsageError) {
        guard operation.urls.count > 1, operation.etag != nil || operation.etagFile != nil else { return }
        throw UsageError(
            flag: operation.etag == nil ? "--etag-save" : "--etag-compare",
            problem: "works with a single URL only")
    }

    /// `--etag-compare` is a field behind those of the user's own.
    static func tagFields(_ operation: OperationSettings) -> [HeaderArgument] {
        operation.etag.map { [.field(name: "If-None-Match", value: $0)] } ?? []
    }

    static func responseRules(_ operation: OperationSettings) -> ResponseRules {
        ResponseRules(
            ignoresContentLength: operation.ignoresContentLength, allowsHTTP09: operation.http09,
            isStrict: operation.isStrict,
            isRaw: operation.raw, undoesTransferCodings: operation.transferCoding && !operation.raw,
            etagFile: operation.etagFile)
    }

    static func urlRules(_ operation: OperationSettings) -> URLRules {
        URLRules(
            defaultScheme: operation.defaultProtocol ?? "http", isPathAsIs: operation.pathAsIs,
            allowed: operation.protocols, allowedRedirects: operation.redirectProtocols)
    }

    /// How redirects are followed; nil = not at all.
    static func redirectPolicy(_ operation: OperationSettings) -> RedirectPolicy? {
        guard operation.location || operation.locationTrusted || operation.follow else { return nil }
        let limit = operation.maxRedirects ?? 50
        var statuses: Set<Int> = []
        if operation.post301 { statuses.insert(301) }
        if operation.post302 { statuses.insert(302) }
        if operation.post303 { statuses.insert(303) }
        var policy = RedirectPolicy(
            limit: limit < 0 ? nil : limit, keepsMethod: !operation.follow, keepsPOSTAfter: statuses)
        policy.crossesSockets = operation.locationTrusted
        return policy
    }
}
