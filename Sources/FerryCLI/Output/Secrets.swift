import HTTPCore

/// What nobody is to read in anything that is shown or recorded: the values of secret names, and these values wherever
/// they stand. One for the run.
struct Secrets: Sendable {
    /// `--show-secrets`: nothing is hidden.
    var isShown = false
    /// Values that are hidden wherever they stand.
    var values = SecretValues()

    /// A URL, its login and the secrets of its query hidden.
    func url(_ url: HTTPURL) -> String {
        if isShown { return url.descriptionWithFragment }
        let text = url.descriptionWithFragment
        // Most URLs hold none.
        guard url.hasUserinfo || url.query != nil || url.fragment != nil || !values.isEmpty else {
            return text
        }
        return sentence(text)
    }

    /// A text with URLs in it.
    func sentence(_ text: String) -> String {
        isShown ? text : values.hidden(SecretRedactor.redact(url: text))
    }

    /// A text without any.
    func text(_ text: String) -> String { isShown || values.isEmpty ? text : values.hidden(text) }
}

/// Values that are hidden wherever they stand, in each form that the wire and our own outputs give them.
struct SecretValues: Sendable {
    /// The longest first, so that a form within another one leaves nothing of it.
    private let forms: [[UInt8]]

    /// None.
    init() { forms = [] }

    /// Those that are not empty.
    init(_ values: [String]) {
        var forms: Set<[UInt8]> = []
        for value in values where !value.isEmpty {
            let bytes = Array(value.utf8)
            let escaped = PercentCoding.encode(bytes)
            forms.insert(bytes)
            forms.insert(Array(escaped.utf8))
            forms.insert(Array(PercentCoding.encode(bytes, keeping: .path).utf8))
            // Digits in lower case are as good, and a form writes a blank as a plus.
            forms.insert(Self.lowercasedEscapes(escaped))
            forms.insert(OptionValue.urlEncoded(bytes))
            forms.insert(Array(jsonString(value).utf8.dropFirst().dropLast()))
        }
        self.forms = forms.sorted { $0.count > $1.count }
    }

    var isEmpty: Bool { forms.isEmpty }
    /// The length of the longest form.
    var longest: Int { forms.first?.count ?? 0 }

    private static func lowercasedEscapes(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") {
            for digit in bytes[(index + 1)...].prefix(2).indices where (0x41...0x46).contains(bytes[digit]) {
                bytes[digit] += 0x20
            }
        }
        return bytes
    }

    /// The text with `[redacted]` for each of them.
    func hidden(_ text: String) -> String {
        guard !isEmpty else { return text }
        let bytes = Array(text.utf8)
        let places = places(in: bytes)
        guard !places.isEmpty else { return text }
        return String(decoding: Self.replace(places, in: bytes), as: UTF8.self)
    }

    /// The bytes with `[redacted]` for each of them.
    func hidden(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return bytes }
        let places = places(in: bytes)
        return places.isEmpty ? bytes : Self.replace(places, in: bytes)
    }

    private static func replace(_ places: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        for place in places {
            result += bytes[start..<place.lowerBound] + "[redacted]".utf8
            start = place.upperBound
        }
        return result + bytes[start...]
    }

    /// Where they stand, in order and apart.
    private func places(in bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var index = 0
        let firsts = Set(forms.compactMap(\.first))
        while index < bytes.count {
            if firsts.contains(bytes[index]),
                let form = forms.first(where: { bytes[index...].starts(with: $0) })
            {
                places.append(index..<index + form.count)
                index += form.count
            } else {
                index += 1
            }
        }
        return places
    }
}
