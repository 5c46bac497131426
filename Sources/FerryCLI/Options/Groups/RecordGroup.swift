internal import Glibc

/// Records of what happened.
enum RecordGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("events") {
            Option(
                .messages,
                .value(
                    "file|-|fd:N", [.file],
                    { (builder, use) throws(UsageError) in
                        builder.global.records.events = try target(use)
                    }),
                scope: .global,
                abstract: "tell all that happens, one JSON object a line",
                discussion: """
                    Each step of each transfer, while it happens: names, addresses, connections, requests, heads, \
                    redirects, retries and the end, with the time, and a summary as the last line. The section EVENTS \
                    says what the lines hold. - is standard output, and fd:N a descriptor that the command was started \
                    with. Secrets are hidden unless --show-secrets is given.

                    A reader that is slow slows the run down: beyond 64 KB that wait for it no further transfer begins. \
                    No line is lost. A file that cannot be written to is exit status 23 in the end; the transfers go on.
                    """,
                example: "--events run.jsonl -Z -O 'https://example.com/[1-9]'")
        }
    }

    /// Where a record goes.
    static func target(_ use: OptionUse, _ value: Substring? = nil) throws(UsageError) -> RecordTarget {
        let text = value ?? use.value[...]
        if text == "-" { return .standardOutput }
        guard text.hasPrefix("fd:") else { return .file(String(text)) }
        guard let number = OptionValue.integer(String(text.dropFirst(3))),
            let descriptor = CInt(exactly: number),
            descriptor >= 0
        else { throw use.refusal("names no descriptor (fd:3, say)") }
        // Those that the run itself opens are closed for other programs; the ones it was started with cannot be.
        let flags = fcntl(descriptor, F_GETFD)
        guard flags >= 0, flags & FD_CLOEXEC == 0, fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else {
            throw use.refusal("names a descriptor that is not open for writing")
        }
        return .descriptor(descriptor)
    }
}

/// `--events` and its kin.
package struct RecordSettings: Equatable, Sendable {
    package var events: RecordTarget?

    package init() {}

    /// Nothing is recorded.
    package var isEmpty: Bool { self == RecordSettings() }
}

/// Where records of a run go.
package enum RecordTarget: Equatable, Sendable {
    case standardOutput
    case file(String)
    /// A descriptor that the run was started with.
    case descriptor(CInt)
}
