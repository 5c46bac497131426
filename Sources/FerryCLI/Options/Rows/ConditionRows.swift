/// Conditional requests.
extension OptionRow {
    static var timeCond: OptionRow {
        OptionRow(
            .request,
            .value("date|file", .mayBeBlank) { (builder, use) throws(UsageError) in
                ConditionStores.time(builder, use)
            },
            help: "fetch only if changed since then",
            text: """
                A date such as '12 Dec 2020 10:00', '2020-12-12T10:00:00Z' or '20201212', or a file whose time of \
                change is meant. Sends If-Modified-Since; with - before the value If-Unmodified-Since, and with = \
                Last-Modified. When the server sends the answer all the same, its Last-Modified is compared here. An \
                answer that was not wanted makes no file and is exit status 0. What is neither a date nor a file is \
                warned of and ignored. Without a zone a date is GMT.
                """,
            example: "-z 20201212 -o news.html https://example.com/news.html")
    }

    static var etagSave: OptionRow {
        OptionRow(
            .request,
            .value("file", .file) { (builder, use) throws(UsageError) in ConditionStores.save(builder, use) },
            help: "save the ETag of the answer to this file",
            text: """
                The tag of a 2xx or 3xx answer becomes the file's one line; - is standard output. An answer without a \
                tag leaves the file as it is, or empty when it is new. Only for a single URL (exit status 2).
                """,
            example: "--etag-save tag.txt -O https://example.com/data.json")
    }

    static var etagCompare: OptionRow {
        OptionRow(
            .request, .value("file", .file, ConditionStores.compare),
            help: "fetch only if the ETag is another",
            text: """
                Sends the file's content as If-None-Match. A file that is missing or empty stands for a tag that \
                matches nothing, so that the same file can be given to --etag-save from the first run on. Only for a \
                single URL (exit status 2).
                """,
            example: "--etag-compare tag.txt --etag-save tag.txt -O https://example.com/data.json")
    }
}
