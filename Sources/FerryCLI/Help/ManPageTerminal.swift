/// What the manual says of people who look at a terminal.
extension ManPageSections {
    static var terminal: Section {
        Section(
            title: "AT THE TERMINAL",
            blocks: [.text(terminalBodies), .text(terminalProgress), .text(otherProgress)] + jsonProgress
                + shells + rehearsal)
    }

    private static let terminalBodies = """
        On a terminal JSON is indented and coloured while it comes, one value or several (NDJSON). It is known by its type, \
        or, where that is missing or text/plain, by its first bytes. Order, names that come twice, digits and texts stay as \
        they are; what is no JSON passes as it is from the place where it stops being JSON. --pretty all does so in pipes, \
        too, and --pretty none nowhere. Files are never changed.

        The headers of --include and --verbose have colours there, and --include shows Location as a link; see \
        --styled-output. NO_COLOR in the environment and TERM=dumb take colours away, CLICOLOR_FORCE gives them in pipes, \
        too; --pretty all wins over all three, and NO_COLOR over CLICOLOR_FORCE.

        A body may paint on a terminal: colours, moves of the cursor and erasing pass. It cannot drive it: titles, the \
        clipboard, questions that a terminal answers as if somebody typed, modes of keys and the window, and other control \
        characters and sequences are shown as text, \\x1B in place of an escape. Colours that a body leaves on end with it. \
        --output - and pipes get every byte. What a server says in header fields, messages and file names never reaches a \
        terminal as a control character.

        Standard output is handed over whenever nothing more is at hand, so that ferry URL | jq and loops that read lines \
        hear of each piece as it comes. -N hands over every piece at once. With --retry, a body of known length of which no \
        attempt could ask for the rest is held back as far as 64 KB, so that another one can fetch it whole.
        """
}
