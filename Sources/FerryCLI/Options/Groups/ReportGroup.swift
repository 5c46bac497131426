/// What is shown of the answer beside its body.
enum ReportGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("show-headers", "i", alias: "include") {
            Option(
                .output, .flag { $0.operation.showHeaders = $1 }, essential: true,
                abstract: "show the response header before the body",
                discussion: """
                    Every block of header fields is written as received, in the same place as the body: \
                    those of redirects, of 1xx answers and of proxies too. Trailers follow the body. \
                    --include is an older spelling.
                    """,
                example: "-i https://example.com/")
        }

        table.option("dump-header", "D") {
            Option(
                .output,
                .value("file", .file) { (builder, use) throws(UsageError) in dumpHeader(builder, use)
                },
                abstract: "write the response header to this file",
                discussion: """
                    Every block that is received, each with its empty line; trailers without one. - is \
                    standard output, % standard error. The first transfer of an operation empties the file, \
                    the others add to it. A path that cannot be written is exit status 23.
                    """,
                example: "-D fields.txt -o body https://example.com/")
        }

        table.option("write-out", "w") {
            Option(
                .output, .value("format|@file", [.mayBeBlank, .bytes, .fileBehindAt], writeOut),
                abstract: "print facts about each transfer after it",
                discussion: """
                    Printed to standard output after every transfer, failed ones too. %{name} stands for a \
                    variable, %header{name} for a response field, %% for a percent sign; \\n, \\r and \\t \
                    are the usual characters. Any other backslash or percent sign is printed as it is, with \
                    the character behind it. %{stderr} and %{stdout} change where the rest goes, \
                    %output{file} writes it to a file, %{onerror} prints the rest only when the transfer \
                    failed and %{json} prints all variables. @file, or @- for standard input, reads the \
                    format from there, without its line ends.

                    %header{name:all:, } is all fields of the name with a separator, %{header_json} all \
                    fields as JSON, %time{format} the time in UTC after strftime(3) with %f for \
                    microseconds, %output{>>file} adds to the file. %{url.host} and %{urle.host} are parts \
                    of the URL as given and after redirects; the others are scheme, user, password, port, \
                    path, query, fragment and zoneid. An unknown variable is named on standard error and \
                    prints nothing.

                    Some of the variables: http_code, content_type, size_download, speed_download, \
                    time_connect, time_appconnect, time_starttransfer, time_total, num_redirects, \
                    num_retries, remote_ip, unix_socket, url_effective, filename_effective, exitcode, errormsg.
                    """,
                example: #"-s -o /dev/null -w '%{http_code} %{time_total}\n' https://example.com/"#)
        }
    }

    /// `-w`.
    private static func writeOut(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let path = use.fileName else {
            builder.operation.writeOut = use.value
            return
        }
        // A file may be broken into lines where that reads best; `\n` is what ends a line of the output.
        let text = try builder.loadText(path, use).utf8.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0 }
        builder.operation.writeOut = String(decoding: text, as: UTF8.self)
    }

    /// `-D`.
    private static func dumpHeader(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.dumpHeader = TextTarget(use.value)
    }
}
