internal import HTTPCore

/// Conditional requests.
enum ConditionGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("time-cond", "z") {
            Option(
                .request,
                .value("date|file", [.mayBeBlank, .bytes]) { (builder, use) throws(UsageError) in
                    time(builder, use)
                },
                abstract: "fetch only if changed since then",
                discussion: """
                    A date such as '12 Dec 2020 10:00', '2020-12-12T10:00:00Z' or '20201212', or a file \
                    whose time of change is meant. Sends If-Modified-Since; with - before the value \
                    If-Unmodified-Since, and with = Last-Modified. When the server sends the answer all the \
                    same, its Last-Modified is compared here. An answer that was not wanted makes no file \
                    and is exit status 0. What is neither a date nor a file is warned of and ignored. \
                    Without a zone a date is GMT.
                    """,
                example: "-z 20201212 -o news.html https://example.com/news.html")
        }

        table.option("etag-save") {
            Option(
                .request,
                .value("file", .file) { (builder, use) throws(UsageError) in save(builder, use) },
                abstract: "save the ETag of the answer to this file",
                discussion: """
                    The tag of a 2xx or 3xx answer becomes the file's one line; - is standard output. An \
                    answer without a tag leaves the file as it is, or empty when it is new. Only for a \
                    single URL (exit status 2).
                    """,
                example: "--etag-save tag.txt -O https://example.com/data.json")
        }

        table.option("etag-compare") {
            Option(
                .request, .value("file", .file, compare),
                abstract: "fetch only if the ETag is another",
                discussion: """
                    Sends the file's content as If-None-Match. A file that is missing or empty stands for a \
                    tag that matches nothing, so that the same file can be given to --etag-save from the \
                    first run on. Only for a single URL (exit status 2).
                    """,
                example: "--etag-compare tag.txt --etag-save tag.txt -O https://example.com/data.json")
        }
    }

    /// `-z`: a date, or a file whose time is meant. A value that is neither leaves the request without a condition.
    private static func time(_ builder: SettingsBuilder, _ use: OptionUse) {
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
    private static func compare(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var bytes: [UInt8] = []
        do throws(FileReadError) { bytes = try builder.files.contents(of: use.value, limit: 64 * 1024) } catch
        {
            if error == .timedOut { throw SettingsBuilder.unreadable(use.value, error, use) }
        }
        bytes.removeAll { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 }
        let tag = CarriedText.text(of: bytes)
        builder.operation.etag = tag.isEmpty ? "\"\"" : tag
    }

    /// `--etag-save`.
    private static func save(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.etagFile = use.value == "-" ? .standardOutput : .file(use.value)
    }
}
