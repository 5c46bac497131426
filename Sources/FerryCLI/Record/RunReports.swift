import Connector
import HTTPCore

/// `--report`: what came of each transfer, in files that CI systems read. Written when the run ends, whatever ends it.
@LoopActor
final class RunReports {
    private let targets: [ReportTarget]
    private let secrets: Secrets
    private let started = ContinuousClock.now
    private let startedAt = WallTime.now()
    private var entries: [ReportEntry] = []
    /// The values of `%{json}` are asked for.
    let readsAll: Bool

    init(_ targets: [ReportTarget], secrets: Secrets) {
        self.targets = targets
        self.secrets = secrets
        readsAll = targets.contains { $0.format == .json }
    }

    /// A transfer that is over, with what `-w` would know of it. `method` is that of its first request.
    func add(_ entry: ReportEntry, _ method: String, _ report: TransferReport) {
        var entry = entry
        entry.name = "\(secrets.text(method)) \(secrets.url(typed: report.url))"
        entry.failure = entry.failure.map(secrets.sentence)
        for index in entry.checks.indices {
            entry.checks[index].text = secrets.sentence(entry.checks[index].text)
            entry.checks[index].seen = entry.checks[index].seen.map(secrets.text)
        }
        for index in entry.attempts.indices {
            entry.attempts[index].error = entry.attempts[index].error.map(secrets.sentence)
        }
        if readsAll {
            hideSecrets(of: report)
            entry.json = WriteOutTemplate.json(report, Ferry.userAgent)
        }
        entries.append(entry)
    }

    /// Something that was to be done and never became a transfer, or is about all of them.
    func add(_ name: String, number: Int, status: Int, failure: String) {
        var entry = ReportEntry(number: number, status: status)
        entry.name = secrets.sentence(name)
        entry.failure = secrets.sentence(failure)
        entries.append(entry)
    }

    /// A transfer that never began.
    func addSkipped(_ method: String, _ url: String, number: Int, reason: String) {
        var entry = ReportEntry(number: number, status: Int(ExitStatus.aborted.rawValue))
        let url = secrets.url(typed: url)
        (entry.name, entry.url) = ("\(secrets.text(method)) \(url)", url)
        entry.failure = "it did not begin, because \(secrets.sentence(reason))"
        entry.isSkipped = true
        entries.append(entry)
    }

    private func hideSecrets(of report: TransferReport) {
        guard !secrets.isShown else { return }
        report.url = secrets.url(typed: report.url)
        report.effectiveURL = secrets.url(typed: report.effectiveURL)
        report.redirectURL = report.redirectURL.map(secrets.url(typed:))
        report.referer = report.referer.map(secrets.url(typed:))
        report.errorMessage = report.errorMessage.map(secrets.sentence)
        for parts in [\TransferReport.urlParts, \TransferReport.effectiveURLParts] {
            report[keyPath: parts].query = report[keyPath: parts].query.map(hidden)
            report[keyPath: parts].fragment = report[keyPath: parts].fragment.map(hidden)
        }
    }

    /// Pairs as those behind a question mark.
    private func hidden(_ pairs: String) -> String { String(secrets.url(typed: "?" + pairs).dropFirst()) }

    // MARK: Writing

    /// Writes them all.
    /// - Parameter write: puts a text where its target says.
    func finish(_ write: (ReportDestination, String) -> Void) {
        let entries = entries.sorted { $0.number < $1.number }
        let run = ReportedRun(
            entries: entries, time: started.duration(to: .now),
            timestamp: startedAt.formattedUTC("%Y-%m-%dT%H:%M:%S"))
        for target in targets { write(target.destination, target.format.text(run)) }
    }
}

/// One transfer as reports tell of it.
struct ReportEntry {
    /// An expectation and what came of it.
    struct Check {
        var text: String
        /// nil = it could not be judged.
        var holds: Bool?
        /// What there was in its place.
        var seen: String?
    }

    /// One try at it.
    struct Attempt {
        var statusCode = 0
        var time = Duration.zero
        /// Why there was another one after it.
        var error: String?
    }

    /// Its place in the run.
    var number: Int
    /// For people: method and URL.
    var name = ""
    /// What was to be fetched, where no transfer began; nil = `json` says it, or it is about no URL.
    var url: String?
    /// The exit status it stands for.
    var status: Int
    /// nil = all is well.
    var failure: String?
    /// It never began, or had nothing to do; `failure` says why.
    var isSkipped = false
    var time = Duration.zero
    var checks: [Check] = []
    var attempts: [Attempt] = []
    /// A JSON object; empty where nobody asked for it.
    var json = ""

    init(number: Int, status: Int) {
        self.number = number
        self.status = status
    }
}

/// What there is to report in the end.
struct ReportedRun {
    var entries: [ReportEntry]
    var time: Duration
    var timestamp: String
}
