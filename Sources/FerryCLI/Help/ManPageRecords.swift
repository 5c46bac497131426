/// What the manual says of records.
extension ManPageSections {
    static var events: Section {
        let intro = """
            --events writes one JSON object a line. All lines have v, event and t_us; those about a transfer also transfer, \
            attempt and hop, and connection once it has one. These are the events, in the order of a request. A reader \
            should pass over members that it does not know: more may come, and v rises when one changes its meaning.
            """
        return Section(
            title: "EVENTS",
            blocks: [.text(intro)] + EventSchema.events.map { .item($0.name, $0.text) }
                + [.text("These are the members:")] + EventSchema.members.map { .item($0.name, $0.text) }
                + [
                    .text(
                        """
                        What is not written yet waits in memory, 64 KB of it at most before no further transfer begins, and \
                        1 MB before ferry waits for the reader. A file is written at least every 50 milliseconds. When \
                        writing fails, one error line says so, and the exit status is 23 unless a transfer failed.
                        """)
                ])
    }

    static var records: Section {
        Section(
            title: "RECORDS",
            blocks: [
                .text(
                    """
                    --events, --har, --stats and --timing listen to the same events, may be given together and change nothing \
                    of what is sent. A file other than that of --events has its name when it is whole: at the end of the run, \
                    also one that a signal or --fail-early ends. A record that cannot be written is one error line and exit \
                    status 23, unless a transfer failed; the transfers themselves go on. An --events file that cannot be opened \
                    ends the run before it begins.

                    The time of a transfer is divided into phases without a gap: queue (in line for a connection), dns, \
                    connect, proxy, tls, send, wait (for the first byte), receive, pause (before another attempt) and other \
                    (what ferry does itself, files included). They add up to its total, to the microsecond.

                    With --repeat or --for, --rate plans the starts as a fixed grid: a transfer that could not begin in time \
                    begins as soon as there is room, and its time counts from when it was to begin. A server that stalls for a \
                    second is then seen in all the requests that it kept waiting, not only in those that were under way. \
                    Redirects and retries take places in the grid, too.
                    """)
            ])
    }
}
