internal import HTTPCore

/// What the options of conditional requests do with their values.
enum ConditionStores {
    /// `-z`: a date, or a file whose time is meant. A value that is neither leaves the request without a condition.
    static func time(_ builder: SettingsBuilder, _ use: OptionUse) {
        var text = use.value[...]
        var kind = TimeCondition.Kind.ifModifiedSince
        switch text.utf8.first {
        case UInt8(ascii: "+"): text = text.dropFirst()
        case UInt8(ascii: "-"):
            kind = .ifUnmodifiedSince
            text = text.dropFirst()
        case UInt8(ascii: "="):
            kind = .lastModified
            text = text.dropFirst()
        default: break
        }
        let seconds = LooseDate.parse(String(text)) ?? builder.files.modificationTime(of: String(text))
        builder.operation.timeCondition = seconds.map { TimeCondition(kind: kind, seconds: $0) }
        if seconds == nil {
            builder.warn(
                "option \(use.flag): \(Quoting.quoted(String(text))) is neither a date nor a file; the condition is left out"
            )
        }
    }

    /// `--etag-compare`: read now, for the same file may be given to `--etag-save`. Without a tag in it nothing matches.
    static func compare(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var bytes = (try? builder.files.contents(of: use.value, limit: 64 * 1024)) ?? []
        bytes.removeAll { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 }
        let tag = String(decoding: bytes, as: UTF8.self)
        builder.operation.etag = tag.isEmpty ? "\"\"" : tag
    }

    /// `--etag-save`.
    static func save(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.etagFile = use.value == "-" ? .standardOutput : .file(use.value)
    }
}
