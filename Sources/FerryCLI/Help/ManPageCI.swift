// What the manual says of CI jobs and of Unix sockets. A test runs the examples.
extension ManPageSections {
    static var continuousIntegration: Section {
        Section(
            title: "IN CI",
            blocks: [
                .text(
                    """
                    Three questions of a script have options: is it up (--wait-ready), is the answer right (--expect-status, \
                    --expect-json and their kin), and where does it say so (--report). They combine with each other and with \
                    --parallel, --next, --retry, --fail and --output. What is expected belongs to its operation; a report is \
                    about the whole run. Transfers that never began, \
                    after --fail-early or a signal, stand in it as skipped.

                    Which exit status wins: that of the first failure in the order of the command line. Within one transfer \
                    it is that of the first line that applies:
                    """),
                .item("2", "An option, an expression, a path or a map is wrong. Nothing is opened."),
                .item("3, 6, 60, 90, ...", "While waiting: what time does not heal, with its own status."),
                .item("112", "Not ready, or with --wait-gone not gone, in time."),
                .item(
                    "6, 7, 18, 28, 56, ...", "The transfer failed, after all retries. It is not judged then."),
                .item(
                    "22",
                    "The status is 400 or above and --fail or --fail-with-body was given. It is not judged either."
                ),
                .item("23", "What came could not be written."),
                .item("110", "The answer came and is delivered, but an expectation does not hold."),
                .item("0", "All is well, and --expect-reuse has still to say so for the whole run."),
                .text(
                    """
                    A report that cannot be written is 23, and --expect-reuse 110, where nothing else failed. With \
                    --fail-early those that were stopped are 42, which never hides why. A signal wins over all of them.

                    GitHub Actions: the job goes on when the service is up, fails when the answer is wrong, and the \
                    failure stands beside the commit:
                    """),
                .code(CIExamples.github),
                .text("GitLab CI shows the cases of a JUnit file in the merge request:"),
                .code(CIExamples.gitlab),
                .text("A Dockerfile's HEALTHCHECK is one request; whoever runs it repeats it:"),
                .code(CIExamples.dockerfile),
                .text("docker compose starts what depends on a service when that is healthy:"),
                .code(CIExamples.compose),
                .text("A unit of systemd(1) that is up when its socket answers:"),
                .code(CIExamples.systemd),
            ])
    }

    static var unixSockets: Section {
        Section(
            title: "UNIX SOCKETS",
            blocks: [
                .text(
                    """
                    A URL can name a socket itself, in each of these ways; the path of the request follows the second \
                    colon. Without a second colon http://unix:/x is the host unix, as ever.
                    """),
                .code(CIExamples.socketURLs),
                .text(
                    """
                    Or options say which hosts are reached by a socket: --unix-socket all of them, --unix-map some. The Host \
                    field, cookies, and the name that a certificate is checked for are those of the URL. A path that begins \
                    with @ is in the abstract namespace.
                    """),
                .code(CIExamples.socketOptions),
                .text(
                    """
                    A socket that is missing, is no socket, has nobody who listens, or belongs to somebody else is exit \
                    status 7, each with its own text; permission denied tells owner and mode. A queue that is full is waited \
                    for within --connect-timeout. A path that is too long is 6. -v and %{unix_socket} name the socket.

                    A redirect never leads from a socket to the network, from the network to a socket or from one socket to \
                    another (exit status 1), unless --location-trusted is given.
                    """),
                .code(CIExamples.socketWait),
            ])
    }
}

/// The worked examples of both sections. Their places of the demo server are filled in when they are run.
package enum CIExamples {
    static let github = """
        - run: docker compose up -d
        - run: >
            ferry --wait-ready 60
            --expect-status 200 --expect-json '.status == up'
            --report github --report junit=ferry.xml
            http://localhost:8080/health
        """

    static let gitlab = """
        smoke:
          script:
            - ferry --wait-ready 60 --report junit=ferry.xml -Z
              --expect-status 2xx --expect-time 2
              http://app:8080/json http://app:8080/version
          artifacts:
            when: always
            reports:
              junit: ferry.xml
        """

    static let dockerfile = """
        HEALTHCHECK CMD ferry -sS -m 2 --expect-json '.status == up' http://localhost:8080/health
        """

    static let compose = """
        services:
          api:
            healthcheck:
              test: ["CMD", "ferry", "-sS", "--expect-status", "204", "http://localhost:8080/status/204"]
              interval: 2s
        """

    static let systemd = """
        [Service]
        ExecStart=/usr/bin/api /run/api.sock
        ExecStartPost=/usr/bin/ferry -sS --wait-ready 30 -o /dev/null unix:/run/api.sock:/health
        ExecStopPost=/usr/bin/ferry -sS --wait-ready 10 --wait-gone unix:/run/api.sock:/health
        """

    static let socketURLs = """
        ferry unix:/run/api.sock:/json
        ferry http://unix:/run/api.sock:/json
        ferry http+unix://%2Frun%2Fapi.sock/json
        """

    static let socketOptions = """
        ferry --unix-socket /run/api.sock http://localhost/json
        ferry --unix-map api=/run/api.sock http://api/json http://localhost:8080/version
        """

    static let socketWait = """
        ferry --wait-ready 10 --expect-json '.status == up' unix:/run/api.sock:/health
        """

    /// All of them.
    package static let all = [
        github, gitlab, dockerfile, compose, systemd, socketURLs, socketOptions, socketWait,
    ]
}
