extension ManPageSections {
    /// The whole behaviour of downloads, in one place.
    static var downloads: Section {
        Section(
            title: "DOWNLOADS",
            blocks: [
                .text(
                    """
                    With --retry a download that breaks goes on where it stopped. When the answer named a strong version of \
                    the file (an ETag, or a Last-Modified that is older than the answer), the next attempt asks for the rest \
                    with Range and If-Range. It is taken only when it begins at the right byte, bears the same version and \
                    agrees on the length; else the file is fetched from its start, and bytes of two versions never meet in \
                    one file. The same holds for standard output, which gets no byte twice: ferry --retry 9 URL | tar x \
                    survives a cut. What was passed on cannot be taken back, so there a file that has changed meanwhile, or \
                    that has no version, is a failure.

                    What came of a file is kept when its transfer fails for the network's sake, by --max-time or by a signal: \
                    NAME.part holds the bytes, and NAME.part.meta says in JSON which file and version they are of, and how many \
                    of them are safely written. The same command with --continue-at - goes on from there, if the version is \
                    still the same, and starts over if not; without it the file is fetched from its start. The two are brought \
                    up to date every 4 MiB and every second, so that they are true also when ferry is killed. They go away \
                    with success. Nothing is kept of a body that was decoded, with --remove-on-error, with --no-atomic and -N \
                    (the bytes are under the name itself then), and when the bytes are wrong. While a transfer writes them, \
                    another one leaves them alone. A stream that has no length and that --max-time or a signal ends, such as \
                    a radio station, gets its name.

                    With --checksum or --checksum-url a file gets its name only when its checksum is right, and \
                    --verify-digest checks the digests that a server sends along; exit status 111 says that something \
                    differs, and then nothing of the new file is left. --print-checksum prints lines that --checksum @file \
                    reads. The bytes are hashed while they are written.

                    ferry is polite: a host that answers 429, or 503 with Retry-After, is left alone by the whole run until then, \
                    then asked one at a time, then more and more again. --rate bounds the requests of a run, \
                    --rate-per-host those to each host, and --honor-ratelimit keeps to the limits that servers announce. \
                    Transfers at once are begun host by host in turn, so that a slow host does not hold up a fast one.
                    """)
            ])
    }
}
