/// Cookies from files.
extension OptionRow {
    static var junkSessionCookies: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.junkSessionCookies = $1 },
            help: "leave out session cookies when reading a file",
            text: """
                Cookies without an expiry, which a browser forgets when it is closed, are not taken from the files of -b. \
                Those that servers set during the run are kept.
                """,
            example: "-j -b cookies.txt -c cookies.txt https://example.com/")
    }
}
