/// What the manual says of progress.
extension ManPageSections {
    static let terminalProgress = """
        While transfers run, a terminal shows a line for each of them at its bottom, the longest-running first: name, \
        percentage, size, speed and time left, with a bar where there is room for one. The last line is for all of them. \
        The lines follow the width and height of the window at once; names that are too long lose their middle. What has \
        ended scrolls up, such as "saved tool.tar.gz  12 MB in 3.1 s", with what was checked and how many attempts it took, and so do \
        notices, failures and what -v tells. Nothing is drawn while a body is printed on the terminal, while ferry is in the \
        background, or on a terminal whose TERM is dumb or missing. Ctrl-Z takes the lines away, and fg brings them back.
        """

    static let otherProgress = """
        --progress plain writes whole lines that nothing overwrites. Where standard error is no terminal and nothing else \
        was asked for, ferry is silent about transfers of less than ten seconds and writes such lines about longer ones. \
        -s silences both. curl's own forms are those of -# and --progress-meter, by name only.
        """

    private static let aboutJSONProgress = """
        --progress json writes a JSON object a line among the messages, which begin with other characters: once a second \
        for each transfer that has moved, and one at its end. Members that are not known are left out. Sizes are bytes.
        """

    static let jsonProgress: [Block] = [
        .text(aboutJSONProgress),
        .item("progress", "running, or ended for the last line of a transfer."),
        .item(
            "transfer, attempt",
            "The number of the transfer in the run, from 0, and that of its attempt, from 1."),
        .item("name, url", "What it is called in the other forms, and its URL. Secrets are hidden."),
        .item("state", "waiting, sending, receiving, or pausing before another attempt."),
        .item(
            "received, to_receive",
            "How much of the body came over the network, and how much there is to come in all."),
        .item("resumed_from", "How much of it was there before, if any."),
        .item("sent, to_send", "The same of the request's body."),
        .item(
            "bytes_per_second, elapsed_ms, left_s, pause_ms",
            "Speed, and times since the beginning, to the end and to the next attempt."),
        .item(
            "exit_code, error", "At the end: 0, or the exit status that the failure stands for, and its text."
        ),
        .item("file, checked", "At the end: the file that was written, and what its checksums came to."),
    ]
}
