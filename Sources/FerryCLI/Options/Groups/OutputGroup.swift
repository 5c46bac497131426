/// Where the body of the answer goes.
enum OutputGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("output", "o") {
            Option(
                .output, .text("file", [.file, .bytes]) { $0.operation.outputs.append(.file($1)) },
                repeats: .perURL,
                essential: true,
                abstract: "write the body to this file",
                discussion: """
                    The Nth file belongs to the Nth URL; URLs without one go to standard output, in the \
                    order of the command line. - is standard output, and allows binary data on a terminal. \
                    #1, #2 and so on stand for what the patterns of the URL became, #<name> for a named one.

                    The body is written to a temporary file in the same folder, which takes the place of the \
                    file when the transfer succeeded and is removed when it failed; see --no-atomic. A path \
                    that cannot be written is exit status 23.
                    """,
                example: "-o page-#1.html 'https://example.com/page/[1-3]'")
        }

        table.option("remote-name", "O") {
            Option(
                .output, .flag { $0.operation.outputs.append($1 ? .remoteName : .none) }, repeats: .perURL,
                essential: true,
                abstract: "write the body to a file named as in the URL",
                discussion: """
                    The name is the last segment of the URL's path, as given, never the one that a redirect \
                    leads to. It belongs to one URL, as -o does. --no-remote-name sends that URL to standard \
                    output.
                    """,
                example: "-O https://example.com/ferry-1.0.tar.gz")
        }

        table.option("remote-header-name", "J") {
            Option(
                .output, .flag { $0.operation.remoteHeaderName = $1 },
                abstract: "with -O, take the name that the server gives",
                discussion: """
                    Uses the file name of the Content-Disposition field, its encoded form (RFC 8187) first. \
                    Folders, leading dots and control characters are cut from it; an existing file is never \
                    overwritten (exit status 23) and a symbolic link never followed. It cannot be combined \
                    with -C - (exit status 2).
                    """,
                example: "-OJ https://example.com/download?id=7")
        }

        table.option("remote-name-all") {
            Option(
                .output, .flag { $0.operation.switchRemoteNames($1) },
                abstract: "as if every URL behind it had -O",
                discussion: """
                    Holds until --no-remote-name-all. URLs with an -o or --out-null of their own keep it; --no-remote-name, at the place of a \
                    URL, sends that one to standard output.
                    """,
                example: "--remote-name-all https://example.com/a.zip https://example.com/b.zip")
        }

        table.option("out-null") {
            Option(
                .output, .action { (builder, _) in builder.operation.outputs.append(.nowhere) },
                repeats: .perURL,
                abstract: "read the answer and forget it",
                discussion: """
                    Belongs to one URL, as -o does. Nothing of the answer is written, the header of -i \
                    neither. What -w, -D and -c print or save stays.
                    """,
                example: "--out-null -w '%{http_code}' https://example.com/")
        }

        table.option("output-dir") {
            Option(
                .output, .text("folder", [.file, .bytes]) { $0.operation.outputDirectory = $1 },
                abstract: "put the files of -o and -O into this folder",
                discussion: "The folder has to exist, unless --create-dirs is given (exit status 23).",
                example: "--output-dir downloads -O https://example.com/a.zip")
        }

        table.option("create-dirs") {
            Option(
                .output, .flag { $0.operation.createDirectories = $1 },
                abstract: "make the folders that output files need",
                discussion:
                    "Applies to -o, --output-dir, -D and -c. New folders have mode 0750, less what the umask takes away.",
                example: "--create-dirs -o logs/today/app.log https://example.com/app.log")
        }

        table.option("clobber") {
            Option(
                .output, .flag(default: true) { $0.operation.clobber = $1 },
                abstract: "never overwrite an output file",
                discussion: """
                    A file that exists is kept, and the answer goes to the first free name of NAME.1 to \
                    NAME.99; when there is none, it is exit status 23. It cannot be combined with -C (exit \
                    status 2).

                    Without either form, names of -o and -O are overwritten and names that a server gives \
                    (-J) are not. --clobber lets those be overwritten, too, and files that another URL of the same run wrote, \
                    which is exit status 23 otherwise.
                    """,
                example: "--no-clobber -O https://example.com/report.pdf")
        }

        table.option("skip-existing") {
            Option(
                .output, .flag { $0.operation.skipExisting = $1 },
                abstract: "do not fetch what is there already",
                discussion: """
                    When something has the name of the output file, its URL is not requested, which counts \
                    as success; -v says so, and so do -w, --report, --events and --stats, where it is one of the transfers. \
                    The name is the one of -o or -O, even with -J. With --checksum it is \
                    read, and counts as success only when it is right; --print-checksum reads it, too.
                    """,
                example: "--skip-existing -O 'https://example.com/[1-9].jpg'")
        }

        table.option("remove-on-error") {
            Option(
                .output, .flag { $0.operation.removeOnError = $1 },
                abstract: "remove the output file of a failed transfer",
                discussion: """
                    By default there is nothing to remove, as a file appears only when it is complete. With \
                    --no-atomic or -N the file that was begun is removed, also one that was there before and \
                    was emptied; with --fail-with-body none is kept. It cannot be combined with -C (exit \
                    status 2).
                    """,
                example: "--remove-on-error -N -o log https://example.com/log")
        }

        table.option("atomic") {
            Option(
                .output, .flag(default: true) { $0.operation.atomic = $1 },
                abstract: "write output files in place",
                discussion: """
                    By default an output file appears under its name only when it is complete. With this \
                    option the file is emptied at the first byte and filled in place, so that a failed \
                    transfer leaves half a file. Devices, pipes, -C and -N always write in place.
                    """,
                example: "--no-atomic -o stream.log https://example.com/log")
        }

        table.option("buffer", "N") {
            Option(
                .output, .flag(default: true) { $0.operation.buffer = $1 },
                abstract: "write every piece of the body at once",
                discussion: """
                    Each piece of a body is written as it comes, and an output file in place, for streams that somebody \
                    watches. Standard output needs none of it: it is handed over whenever nothing more is at hand.
                    """,
                example: "-N https://example.com/events")
        }

        table.option("remote-time", "R") {
            Option(
                .output, .flag { $0.operation.remoteTime = $1 },
                abstract: "give the file the time of the remote one",
                discussion: """
                    Takes the date of the Last-Modified field. Without one, or when the transfer failed, the \
                    time stays that of writing.
                    """,
                example: "-R -O https://example.com/ferry-1.0.tar.gz")
        }

        table.option("xattr") {
            Option(
                .output, .flag { $0.operation.extendedAttributes = $1 },
                abstract: "keep URL and type as extended attributes",
                discussion: """
                    Sets user.creator, user.mime_type, user.xdg.origin.url (without a login) and, with -e, \
                    user.xdg.referrer.url of the output file. Where the file system has no such attributes, \
                    a warning says so.
                    """,
                example: "--xattr -O https://example.com/photo.jpg")
        }

        table.option("continue-at", "C") {
            Option(
                .output, .value("offset", [], continueAt),
                abstract: "resume at this offset (- = size of the file)",
                discussion: """
                    Asks for the bytes from the offset on and adds them to the output file. - takes the size \
                    of the file, 0 when there is none; a retry then goes on where the attempt before it \
                    ended. A server that sends the whole file instead is exit status 33, unless the file is \
                    complete already. It cannot be combined with -r, -d or, as -C -, with -J (exit status \
                    2). With --compressed the rest is asked for without a coding: a part of a compressed body is no part \
                    of what is there. With -T the upload starts at the offset.
                    """,
                example: "-C - -o image.iso https://example.com/image.iso",
                suggestions: ["-"])
        }

        table.option("max-filesize") {
            Option(
                .output, .size { $0.operation.maxFileSize = $1 },
                abstract: "refuse bodies larger than this (0 = no limit)",
                discussion: """
                    A length that the server announces is checked before the body, and what arrives is \
                    counted too, also after decompression. More is exit status 63. Units: k, M, G, T, P, in \
                    1024s.
                    """,
                example: "--max-filesize 10M -O https://example.com/image.iso")
        }
    }

    /// `-C`.
    private static func continueAt(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "-" {
            builder.operation.continueAt = .outputSize
            return
        }
        guard let offset = OptionValue.integer(use.value), offset >= 0 else {
            throw use.refusal("is not an offset (a number of bytes, or - for the size of the output file)")
        }
        builder.operation.continueAt = .offset(Int64(offset))
    }
}
