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
}
