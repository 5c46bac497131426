import HTTPCore

/// Hides secrets in everything that is shown or recorded: the values of secret names, and given values wherever they
/// stand. One for the run.
struct Secrets: Sendable {
    /// `--show-secrets`: nothing is hidden.
    var isShown = false
    /// Values that are hidden wherever they stand, too.
    let values: SecretValues
    /// Those of them that have to be hidden before names are looked for.
    private let valuesWithNames: SecretValues

    /// Hides the values of secret names and these.
    init(isShown: Bool = false, values: SecretValues = SecretValues()) {
        self.isShown = isShown
        self.values = values
        valuesWithNames = values.isEmpty ? values : values.withNames
    }

    /// A URL, its login and the secrets of its query hidden, and those of a URL within its path.
    func url(_ url: HTTPURL) -> String {
        if isShown { return url.descriptionWithFragment }
        let text = url.descriptionWithFragment
        // Most URLs hold none.
        guard
            url.hasUserinfo || url.query != nil || url.fragment != nil || !values.isEmpty
                || Self.mayHoldLogin(path: url.path)
        else { return text }
        return self.url(typed: text)
    }

    /// Whether a URL with a login may stand within a path.
    static func mayHoldLogin(path: String) -> Bool {
        path.utf8.withContiguousStorageIfAvailable { path in
            let bytes = UnsafeRawBufferPointer(path)
            return ASCII.index(of: UInt8(ascii: "@"), in: bytes, from: 0, to: bytes.count) != nil
        } ?? true
    }

    /// A URL as it was typed, or as a server gave it.
    func url(typed text: String) -> String {
        isShown ? text : values.hidden(SecretRedactor.redact(url: valuesWithNames.hidden(text)))
    }

    /// A URL as a file keeps it for a later run: without secrets even where they are shown, so that the two agree, and not too
    /// long for the file.
    func kept(_ url: String) -> String {
        let text = values.hidden(SecretRedactor.redact(url: valuesWithNames.hidden(url)))
        return text.utf8.count > 1500 ? String(decoding: text.utf8.prefix(1500), as: UTF8.self) : text
    }

    /// A text with URLs in it.
    func sentence(_ text: String) -> String {
        isShown ? text : values.hidden(SecretRedactor.redact(text: valuesWithNames.hidden(text)))
    }

    /// A URL that stays one.
    func uri(_ url: HTTPURL) -> String { self.url(url).replacing("[redacted]", with: "***") }

    /// A head as it is on the wire, or lines of one.
    func head(_ bytes: [UInt8]) -> [UInt8] {
        guard !isShown else { return bytes }
        return values.hidden(
            valuesWithNames.hidden(bytes).withUnsafeBytes { SecretRedactor.redact(headers: $0) })
    }

    /// A whole body, or the first part of one.
    func body(_ bytes: [UInt8], type: String?) -> [UInt8] {
        guard !isShown else { return bytes }
        var shown = valuesWithNames.masked(bytes)
        var members = SecretMembers(SecretMembers.Kind(contentType: type))
        members.hide(&shown)
        var logins = SecretLogins()
        _ = logins.hide(&shown, isForm: members.isForm, isLast: true)
        shown = values.masked(shown)
        values.maskOpenEnd(of: &shown)
        return shown
    }

    /// What hides secrets in a body that comes in pieces; nil where nothing is hidden.
    func stream(type: String?) -> SecretStream? {
        isShown
            ? nil
            : SecretStream(
                SecretMembers.Kind(contentType: type), values, withNames: valuesWithNames)
    }

    /// Bytes of a text that has no names in it.
    func values(in bytes: [UInt8]) -> [UInt8] { isShown ? bytes : values.hidden(bytes) }

    /// A text without URLs.
    func text(_ text: String) -> String { isShown || values.isEmpty ? text : values.hidden(text) }
}
