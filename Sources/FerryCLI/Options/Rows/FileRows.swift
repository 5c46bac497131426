/// How output files are named and kept, beside `-o` and `-O`.
extension OptionRow {
    static var remoteNameAll: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.remoteNameAll = $1 },
            help: "as if every URL had -O",
            text: """
                URLs with an -o or --out-null of their own keep it; --no-remote-name, at the place of a URL, sends that one \
                to standard output.
                """,
            example: "--remote-name-all https://example.com/a.zip https://example.com/b.zip")
    }

    static var outNull: OptionRow {
        OptionRow(
            .output, .action { (builder, _) in builder.operation.outputs.append(.nowhere) }, repeats: .perURL,
            help: "read the answer and forget it",
            text: """
                Belongs to one URL, as -o does. Nothing of the answer is written, the header of -i neither. What -w, -D and \
                -c print or save stays.
                """,
            example: "--out-null -w '%{http_code}' https://example.com/")
    }

    static var clobber: OptionRow {
        OptionRow(
            .output, .toggle(documented: false) { $0.operation.clobber = $1 },
            help: "never overwrite an output file",
            text: """
                A file that exists is kept, and the answer goes to the first free name of NAME.1 to NAME.99; when there is \
                none, it is exit status 23. It cannot be combined with -C (exit status 2).

                Without either form, names of -o and -O are overwritten and names that a server gives (-J) are not. \
                --clobber lets those be overwritten, too.
                """,
            example: "--no-clobber -O https://example.com/report.pdf")
    }

    static var skipExisting: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.skipExisting = $1 },
            help: "do not fetch what is there already",
            text: """
                When something has the name of the output file, its URL is not requested, which counts as success; -v says \
                so. The name is the one of -o or -O, even with -J.
                """,
            example: "--skip-existing -O 'https://example.com/[1-9].jpg'")
    }

    static var removeOnError: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.removeOnError = $1 },
            help: "remove the output file of a failed transfer",
            text: """
                By default there is nothing to remove, as a file appears only when it is complete. With --no-atomic or -N \
                the file that was begun is removed, also one that was there before and was emptied; with \
                --fail-with-body none is kept. It cannot be combined with -C (exit status 2).
                """,
            example: "--remove-on-error -N -o log https://example.com/log")
    }

    static var remoteTime: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.remoteTime = $1 },
            help: "give the file the time of the remote one",
            text: """
                Takes the date of the Last-Modified field. Without one, or when the transfer failed, the time stays that \
                of writing.
                """,
            example: "-R -O https://example.com/ferry-1.0.tar.gz")
    }

    static var xattr: OptionRow {
        OptionRow(
            .output, .toggle { $0.operation.extendedAttributes = $1 },
            help: "keep URL and type as extended attributes",
            text: """
                Sets user.creator, user.mime_type, user.xdg.origin.url (without a login) and, with -e, \
                user.xdg.referrer.url of the output file. Where the file system has no such attributes, a warning says so.
                """,
            example: "--xattr -O https://example.com/photo.jpg")
    }
}
