/// Where the answer goes.
extension OptionRow {
    static var output: OptionRow {
        OptionRow(
            .output, .text("file", .file) { $0.operation.outputs.append(.file($1)) }, repeats: .perURL,
            essential: true,
            help: "write the body to this file",
            text: """
                The Nth file belongs to the Nth URL; URLs without one go to standard output, in the order of the command \
                line. - is standard output, and allows binary data on a terminal. #1, #2 and so on stand for what the \
                patterns of the URL became, #<name> for a named one.

                The body is written to a temporary file in the same folder, which takes the place of the file when the \
                transfer succeeded and is removed when it failed; see --no-atomic. A path that cannot be written is \
                exit status 23.
                """,
            example: "-o page-#1.html 'https://example.com/page/[1-3]'")
    }

    static var remoteName: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.outputs.append($1 ? .remoteName : .none) }, repeats: .perURL,
            essential: true,
            help: "write the body to a file named as in the URL",
            text: """
                The name is the last segment of the URL's path, as given, never the one that a redirect leads to. It \
                belongs to one URL, as -o does. --no-remote-name sends that URL to standard output.
                """,
            example: "-O https://example.com/ferry-1.0.tar.gz")
    }

    static var remoteHeaderName: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.remoteHeaderName = $1 },
            help: "with -O, take the name that the server gives",
            text: """
                Uses the file name of the Content-Disposition field, its encoded form (RFC 8187) first. Folders, leading \
                dots and control characters are cut from it; an existing file is never overwritten (exit status 23) and \
                a symbolic link never followed. It cannot be combined with -C - (exit status 2).
                """,
            example: "-OJ https://example.com/download?id=7")
    }

    static var outputDir: OptionRow {
        OptionRow(
            .output, .text("folder", .file) { $0.operation.outputDirectory = $1 },
            help: "put the files of -o and -O into this folder",
            text: "The folder has to exist, unless --create-dirs is given (exit status 23).",
            example: "--output-dir downloads -O https://example.com/a.zip")
    }

    static var createDirs: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.createDirectories = $1 },
            help: "make the folders that output files need",
            text:
                "Applies to -o, --output-dir, -D and -c. New folders have mode 0750, less what the umask takes away.",
            example: "--create-dirs -o logs/today/app.log https://example.com/app.log")
    }

    static var showHeaders: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.showHeaders = $1 }, essential: true,
            help: "show the response header before the body",
            text: """
                Every block of header fields is written as received, in the same place as the body: those of redirects, \
                of 1xx answers and of proxies too. Trailers follow the body. --include is an older spelling.
                """,
            example: "-i https://example.com/")
    }

    static var dumpHeader: OptionRow {
        OptionRow(
            .output,
            .value("file", .file) { (builder, use) throws(UsageError) in OptionStores.dumpHeader(builder, use)
            },
            help: "write the response header to this file",
            text: """
                Every block that is received, each with its empty line; trailers without one. - is standard output, \
                % standard error. The first transfer of an operation empties the file, the others add to it. A path that \
                cannot be written is exit status 23.
                """,
            example: "-D fields.txt -o body https://example.com/")
    }

    static var writeOut: OptionRow {
        OptionRow(
            .output, .value("format|@file", .mayBeBlank, OptionStores.writeOut),
            help: "print facts about each transfer after it",
            text: """
                Printed to standard output after every transfer, failed ones too. %{name} stands for a variable, \
                %header{name} for a response field, %% for a percent sign; \\n, \\r and \\t are the usual characters. \
                %{stderr} and %{stdout} change where the rest goes, %output{file} writes it to a file, %{onerror} prints \
                the rest only when the transfer failed and %{json} prints all variables. @file, or @- for standard \
                input, reads the format from there, without its line ends.

                %header{name:all:, } is all fields of the name with a separator, %{header_json} all fields as JSON, %time{format} the \
                time in UTC after strftime(3) with %f for microseconds, %output{>>file} adds to the file. %{url.host} and \
                %{urle.host} are parts of the URL as given and after redirects; the others are scheme, user, password, port, \
                path, query, fragment and zoneid. An unknown variable is named on standard error and prints nothing.

                Some of the variables: http_code, content_type, size_download, speed_download, time_connect, \
                time_appconnect, time_starttransfer, time_total, num_redirects, num_retries, remote_ip, url_effective, \
                filename_effective, exitcode, errormsg.
                """,
            example: #"-s -o /dev/null -w '%{http_code} %{time_total}\n' https://example.com/"#)
    }

    static var buffer: OptionRow {
        OptionRow(
            .output, .untoggle { $0.operation.buffer = $1 },
            help: "write every piece of the body at once",
            text: """
                Bytes are passed on as they come instead of when a buffer is full, and an output file is written in \
                place. For streams that somebody watches.
                """,
            example: "-N https://example.com/events")
    }

    static var atomic: OptionRow {
        OptionRow(
            .output, .untoggle { $0.operation.atomic = $1 },
            help: "write output files in place",
            text: """
                By default an output file appears under its name only when it is complete. With this option the file is \
                emptied at the first byte and filled in place, so that a failed transfer leaves half a file. Devices, \
                pipes, -C and -N always write in place.
                """,
            example: "--no-atomic -o stream.log https://example.com/log")
    }

    static var maxFilesize: OptionRow {
        OptionRow(
            .output, .size { $0.operation.maxFileSize = $1 },
            help: "refuse bodies larger than this (0 = no limit)",
            text: """
                A length that the server announces is checked before the body, and what arrives is counted too, also \
                after decompression. More is exit status 63. Units: k, M, G, T, P, in 1024s.
                """,
            example: "--max-filesize 10M -O https://example.com/image.iso")
    }

    static var continueAt: OptionRow {
        OptionRow(
            .output, .value("offset", [], OptionStores.continueAt),
            help: "resume at this offset (- = size of the file)",
            text: """
                Asks for the bytes from the offset on and adds them to the output file. - takes the size of the file, 0 \
                when there is none; a retry then goes on where the attempt before it ended. A server that sends the whole file instead is exit status 33, unless the file is \
                complete already. It cannot be combined with -r, -d or, as -C -, with -J (exit status 2). With -T the \
                upload starts at the offset.
                """,
            example: "-C - -o image.iso https://example.com/image.iso")
    }
}
