/// What the manual says of runs that only tell what they would do.
extension ManPageSections {
    static var shells: [Block] {
        [
            .text(
                """
                An option that is unknown is told with the nearest ones; where wget, aria2 or HTTPie have one of that name, with \
                ours. Shells complete options, the values of choices, and files, also behind the @ of -d @file and \
                -F name=@file. They offer no hosts: those of ~/.ssh/known_hosts are nobody's business here. Options without \
                effect are not offered; 'ferry --help all' ends with a list of them.
                """)
        ]
    }

    static var rehearsal: [Block] {
        [
            .text("--dry-run tells of each URL what would be done, and does nothing of it:"),
            .code(
                #"""
                $ ferry --dry-run -u me:secret -d a=b -o out http://127.0.0.1:8080/x
                POST http://127.0.0.1:8080/x
                  address  127.0.0.1, port 8080
                  proxy    none: no option names one, and http_proxy and all_proxy are not set
                  output   out, new
                  limits   300 s to connect, no redirects, no retries
                  body     3 bytes
                > POST /x HTTP/1.1
                > Host: 127.0.0.1:8080
                > Authorization: Basic [redacted]
                """#),
            .text(
                """
                --print-curl prints the same request as a command for curl, with a variable for each secret, and a line of its \
                own for each URL. Such a line can be mailed and put into a report: whoever runs it sets the variables first.
                """),
            .code(
                #"""
                $ ferry --print-curl -u me:secret -d a=b http://127.0.0.1:8080/x
                curl -q -A ferry/0.1.0 -u me:"$PASSWORD" --data-raw a=b http://127.0.0.1:8080/x
                """#),
        ]
    }
}
