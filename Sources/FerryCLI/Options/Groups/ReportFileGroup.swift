/// Reports for CI systems.
enum ReportFileGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("report") {
            Option(
                .expect, .value("format=file", .bytes, report), scope: .global, repeats: .appends,
                abstract: "write what came of all transfers to this file",
                discussion: """
                    junit is XML for Jenkins, GitLab and others; tap is TAP version 13; json an array with all \
                    that -w '%{json}' knows of each transfer, its expectations and its attempts; github is \
                    workflow commands, which annotate a run of GitHub Actions, on standard error when no \
                    file is given. Each transfer is a case, named by method and URL. - is standard output.

                    A file is replaced at once when everything has ended, also by a signal or a failure; one \
                    that cannot be written is exit status 23 if nothing else has failed. Secrets are hidden \
                    unless --show-secrets is given. Can be given more than once, with another file each time.
                    """,
                example: "--report junit=ferry.xml --expect-status 200 https://example.com/",
                suggestions: ReportFormat.allCases.map { "\($0.rawValue)=" })
        }
    }

    /// `--report`.
    private static func report(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let parts = use.value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let format = ReportFormat(rawValue: String(parts[0])) else {
            let names = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw use.refusal("names no format before an equals sign (\(names))")
        }
        let path = parts.count > 1 ? String(parts[1]) : ""
        try use.checkName(path)
        let destination: ReportDestination
        if path.isEmpty {
            guard format == .github else { throw use.refusal("names no file (\(format.rawValue)=FILE)") }
            destination = .standardError
        } else {
            destination = path == "-" ? .standardOutput : .file(path)
        }
        if builder.global.reports.contains(where: { $0.destination == destination }) {
            throw use.refusal("goes where another report goes")
        }
        builder.global.reports.append(ReportTarget(format: format, destination: destination))
    }
}

/// In what form a report is.
package enum ReportFormat: String, CaseIterable, Sendable {
    case junit, tap, json, github
}

/// Where a report goes.
package enum ReportDestination: Equatable, Sendable {
    case file(String)
    case standardOutput
    case standardError
}

/// One `--report`.
package struct ReportTarget: Equatable, Sendable {
    package var format: ReportFormat
    package var destination: ReportDestination
}
