/// Runs that only say what they would do.
enum RehearsalGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("dry-run") {
            Option(
                .messages, .flag { $0.global.rehearsal.showsPlan = $1 }, scope: .global,
                abstract: "say what would be done, and do nothing",
                discussion: """
                    For each URL standard output gets the request as it would be sent, where it would go and which proxy \
                    would be used and why, the file that would be written and the limits. No socket is opened, no name is \
                    looked up, no password is asked for, and no file is made, changed or read that the request does not need: \
                    what -T uploads is only looked at. Files of cookies, logins, lists and data are read, as they decide what \
                    is sent. Only the first request is shown: what comes next is for the server to say. Secrets are hidden \
                    unless --show-secrets is given.

                    What is wrong with a URL, or a file that is not there, is told as a run would tell it, with the same exit \
                    status.
                    """,
                example: "--dry-run -T a.tar.gz https://example.com/files/")
        }

        table.option("print-curl") {
            Option(
                .messages, .flag { $0.global.rehearsal.printsCurl = $1 }, scope: .global,
                abstract: "print the request as a curl command",
                discussion: """
                    For each URL standard output gets a line for a POSIX shell with which curl makes the same request; nothing \
                    is sent. Secrets are written as variables, such as "$TOKEN", which a warning lists, unless --show-secrets \
                    is given. What curl cannot do is left out, and a warning says so. A body that cannot be an argument is fed \
                    to curl by printf.
                    """,
                example: "--print-curl --json '{\"a\":1}' https://example.com/items")
        }
    }
}
