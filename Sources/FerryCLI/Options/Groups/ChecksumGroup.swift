internal import HTTPClient
import HTTPCore

/// Files that are what they should be.
enum ChecksumGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("checksum") {
            Option(
                .output, .value("alg:hex|@file", [.bytes, .fileBehindAt], checksum), repeats: .perURL,
                abstract: "give the file its name only when its checksum is this",
                discussion: """
                    The algorithm is sha256, sha384 or sha512; sha1 and md5 catch accidents, but nobody who wants the \
                    bytes to be others. With @ the checksums are read from a file as sha256sum and its like write them \
                    (or BSD's tools), and looked up by the last part of the output's name; the number of digits tells \
                    the algorithm. @- is standard input.

                    The bytes are hashed while they are written, so that the sum is that of the file: with -i the header \
                    blocks in it count. When the sum differs, or a file of sums has no line \
                    for the name or two that differ, the exit status is 111, an old file stays as it was and nothing is \
                    left of the new one; --fail-with-body keeps nothing, either. Of a body that goes to standard output the \
                    sum is checked at its end.

                    A checksum of a URL that is a pattern is that of each file it stands for. Where there are more \
                    checksums than URLs, the Nth belongs to the Nth file.
                    """,
                example: "--checksum @SHA256SUMS -O 'https://example.com/{a,b}.tar.gz'")
        }

        table.option("checksum-url") {
            Option(
                .output,
                .text("url", .bytes) { $0.operation.checksums.urls.append(CarriedText.percentEncoded($1)) },
                repeats: .appends,
                abstract: "fetch the checksums of the files from this URL first",
                discussion: """
                    As --checksum @file, for a file of sums that stands beside what it is about. It is fetched with the \
                    options of the other URLs, but those about data, ranges and output; --wait-ready waits for it, too. \
                    When it cannot be had, nothing else is fetched.
                    """,
                example: "--checksum-url https://example.com/SHA256SUMS -O https://example.com/a.tar.gz")
        }

        table.option("verify-digest") {
            Option(
                .output, .attachedValue("require", [], digests),
                abstract: "check the digests that the server sends",
                discussion: """
                    The fields Repr-Digest and Content-Digest (RFC 9530) of an answer are checked against its body as it \
                    came, before --compressed undoes anything; sha-256 and sha-512 count. So are those that come behind \
                    the body, where the field Trailer announces them. A digest that is wrong is exit status 111, as \
                    for --checksum. With the value require so is an answer without one.
                    """,
                example: "--verify-digest -O https://example.com/a.tar.gz",
                suggestions: ["require"])
        }

        table.option("print-checksum") {
            Option(
                .output, .attachedValue("alg", [], printed),
                abstract: "print the checksum of each file that was saved",
                discussion: """
                    One line for each on standard output, in the order of the command line and in the form that \
                    --checksum @file and sha256sum -c read: of all that is in the file, decoded by --compressed, and with the \
                    header blocks of -i. The algorithm is sha256 unless another one is named. For a body that goes to \
                    standard output itself the name is - and the line goes to standard error.
                    """,
                example: "--print-checksum -O 'https://example.com/{a,b}.tar.gz'",
                suggestions: ["sha256", "sha384", "sha512", "sha1", "md5"])
        }
    }

    private static let algorithms = "sha256, sha384, sha512, sha1 or md5"

    private static func checksum(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if let path = use.fileName {
            let sums = SumsFile(
                try builder.load(path, use), source: path == "-" ? "standard input" : path)
            guard !sums.isEmpty else { throw use.refusal("holds no line with a checksum and a name") }
            return builder.operation.checksums.files.append(sums)
        }
        guard let checksum = Checksum(use.value) else {
            throw use.refusal(
                "is neither a checksum (\(algorithms), a colon, and as many hex digits as it has) nor a file after @"
            )
        }
        if checksum.isWeak {
            builder.warn(
                "option \(use.flag): \(checksum.algorithm.rawValue) catches accidents only; sha256 also tells "
                    + "bytes that somebody wants to be others")
        }
        builder.operation.checksums.sums.append(checksum)
    }

    private static func digests(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        switch use.value {
        case "": builder.operation.checksums.digests = .right
        case "require": builder.operation.checksums.digests = .present
        default: throw use.refusal("is not 'require'")
        }
    }

    private static func printed(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let algorithm = MessageDigest(rawValue: use.value.isEmpty ? "sha256" : use.value.lowercased())
        else { throw use.refusal("is not an algorithm (\(algorithms))") }
        builder.operation.checksums.printed = algorithm
    }
}
