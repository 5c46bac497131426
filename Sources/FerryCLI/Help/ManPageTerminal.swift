/// What the manual says of people who look at a terminal.
extension ManPageSections {
    static var terminal: Section {
        Section(
            title: "AT THE TERMINAL",
            blocks: [.text(terminalHeads)] + shells + rehearsal)
    }

    private static let terminalHeads = """
        Header fields that --include shows on a terminal have their names in bold and Location as a link; see \
        --styled-output. What a server says in header fields, messages and file names never reaches a terminal as a control \
        character: each is shown as \\xNN.
        """
}
