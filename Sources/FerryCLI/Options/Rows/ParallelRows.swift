/// Many transfers at once.
extension OptionRow {
    static var parallel: OptionRow {
        OptionRow(
            .parallel, .toggle { $0.global.parallel = $1 }, scope: .global, essential: true,
            help: "fetch the URLs at once",
            text: """
                The connections are bounded by --limit and --limit-per-host. What goes to standard output still comes in \
                the order of the command line, one answer after another.
                """,
            example: "-Z -O 'https://example.com/part[1-20].bin'")
    }

    static var limit: OptionRow {
        OptionRow(
            .parallel,
            .integer(0...Int.max, "0 = no limit") {
                $0.global.limit = $1
                $0.global.limitImpliesParallel = true
            },
            scope: .global, essential: true,
            help: "open at most this many connections (implies -Z)",
            text: """
                Idle connections count too. Transfers beyond the limit wait their turn, first come first served for each \
                host. The default is 100.
                """,
            example: "--limit 20 -O 'https://example.com/[1-500].png'")
    }

    static var limitPerHost: OptionRow {
        OptionRow(
            .parallel,
            .integer(0...Int.max, "0 = no limit") {
                $0.global.limitPerHost = $1
                $0.global.limitImpliesParallel = true
            },
            scope: .global, essential: true,
            help: "open at most this many to one host (implies -Z)",
            text: """
                A host is a host name with its port and its use of TLS. There is no such limit by default. It adds to \
                --limit.
                """,
            example: "--limit-per-host 4 -O 'https://example.com/[1-500].png'")
    }

    static var parallelMax: OptionRow {
        OptionRow(
            .parallel, .integer(0...Int.max, "0 = 50") { $0.global.limit = $1 == 0 ? 50 : min($1, 65_535) },
            scope: .global,
            help: "as --limit, for use with -Z",
            text: "Sets what --limit sets but leaves -Z to be given; 0 is 50 and more than 65535 is 65535.",
            example: "-Z --parallel-max 8 -O 'https://example.com/[1-50].png'")
    }

    static var parallelMaxHost: OptionRow {
        OptionRow(
            .parallel, .integer(0...Int.max, "0 = no limit") { $0.global.limitPerHost = min($1, 65_535) },
            scope: .global,
            help: "as --limit-per-host, for use with -Z",
            text: "Sets what --limit-per-host sets but leaves -Z to be given; more than 65535 is 65535.",
            example: "-Z --parallel-max-host 2 -O 'https://example.com/[1-50].png'")
    }

    static var failEarly: OptionRow {
        OptionRow(
            .parallel, .toggle { $0.global.failEarly = $1 }, scope: .global,
            help: "stop at the first transfer that fails",
            text: """
                The exit status is that of the failure. Transfers that run at the same time are stopped and count as \
                failed with 42. Without it all URLs are tried and the exit status is that of the first failure in the \
                order of the command line.
                """,
            example: "--fail-early -f -O https://example.com/a -O https://example.com/b")
    }
}
