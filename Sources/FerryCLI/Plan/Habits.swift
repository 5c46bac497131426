import HTTPCore

// What people who come from other tools write, which means something else here.
extension Planner {
    /// Why there is no URL, where that can be seen.
    static func noURLHint(_ operation: OperationSettings) -> String {
        guard let jar = jarLikeURL(operation) else { return "" }
        return
            ": -c took \(Quoting.quoted(jar)) for the file of a cookie jar; -C - goes on with a download as wget's -c does"
    }

    /// What is probably not meant, though it can be done.
    static func habitWarnings(_ operation: OperationSettings) -> [String] {
        var warnings: [String] = []
        if let jar = jarLikeURL(operation) {
            warnings.append(
                "-c writes cookies to the file \(Quoting.quoted(jar)); -C - goes on with a download as wget's -c does"
            )
        }
        guard operation.urls.count > 1 else { return warnings }
        var reader = operation.urls.makeReader()
        var outputs = operation.outputs.makeReader()
        guard case .url(let first)? = reader.next() else { return warnings }
        if methods.contains(first) {
            warnings.append("\(Quoting.quoted(first)) is taken for a URL; -X \(first) sets the method")
        } else if isBareName(first), outputs.next() == .remoteName,
            case .url(let second)? = reader.next(),
            looksLikeURL(second)
        {
            warnings.append(
                "\(Quoting.quoted(first)) is taken for a URL: -O takes no name; -o \(Quoting.printable(first)) gives one"
            )
        }
        return warnings
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private static func jarLikeURL(_ operation: OperationSettings) -> String? {
        guard case .file(let jar) = operation.cookieJar, looksLikeURL(jar) else { return nil }
        return Quoting.withoutLogin(jar)
    }

    private static func looksLikeURL(_ text: String) -> Bool {
        text.contains("://") || text.hasPrefix("www.")
    }

    /// A name with a dot, and nothing that only a URL has.
    private static func isBareName(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: ".")) && !text.hasPrefix("www.")
            && !text.utf8.contains { "/:?#[{".utf8.contains($0) } && IPAddress(text) == nil
    }
}
