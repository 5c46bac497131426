// The texts of reports.
extension ReportFormat {
    func text(_ run: ReportedRun) -> String {
        switch self {
        case .junit: JUnitReport.text(run)
        case .tap: TAPReport.text(run)
        case .json: JSONReport.text(run)
        case .github: GitHubReport.text(run)
        }
    }
}

/// XML as Jenkins and GitLab read it, valid by Jenkins' junit-10.xsd: a case for each transfer. An answer that is not as
/// expected is a failure, one that did not come an error.
enum JUnitReport {
    static func text(_ run: ReportedRun) -> String {
        let failures = run.entries.count { $0.failure != nil && $0.isAboutAnswer }
        let skipped = run.entries.count { $0.isSkipped }
        let errors = run.entries.count { $0.failure != nil && !$0.isAboutAnswer } - skipped
        let counts =
            "tests=\"\(run.entries.count)\" failures=\"\(failures)\" errors=\"\(errors)\" time=\"\(seconds(run.time))\""
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ferry\" \(counts)>\n"
        text += "  <testsuite name=\"ferry\" \(counts)"
        text += " skipped=\"\(skipped)\" timestamp=\"\(run.timestamp)\">\n"
        for entry in run.entries {
            text +=
                "    <testcase classname=\"ferry\" name=\"\(escaped(entry.name))\" time=\"\(seconds(entry.time))\""
            guard let failure = entry.failure else {
                text += "/>\n"
                continue
            }
            guard !entry.isSkipped else {
                text += "><skipped message=\"\(escaped(failure))\"/></testcase>\n"
                continue
            }
            let kind = entry.isAboutAnswer ? "failure" : "error"
            text += ">\n      <\(kind) type=\"exit status \(entry.status)\" message=\"\(escaped(failure))\">"
            text += escaped(entry.lines.joined(separator: "\n")) + "</\(kind)>\n    </testcase>\n"
        }
        return text + "  </testsuite>\n</testsuites>\n"
    }

    /// Characters that XML cannot hold, not even escaped, are U+FFFD.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result += scalar == "\n" ? "&#10;" : "&#9;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// TAP, version 13: a line for each transfer, and a block of YAML beneath those that failed.
enum TAPReport {
    static func text(_ run: ReportedRun) -> String {
        var text = "TAP version 13\n1..\(run.entries.count)\n"
        for (index, entry) in run.entries.enumerated() {
            let isFine = entry.failure == nil || entry.isSkipped
            text += "\(isFine ? "ok" : "not ok") \(index + 1) - \(escaped(entry.name))"
            text += entry.isSkipped ? " # SKIP \(escaped(entry.failure ?? ""))\n" : "\n"
            guard !isFine else { continue }
            text += "  ---\n  exit: \(entry.status)\n  seconds: \(seconds(entry.time))\n  messages:\n"
            // A string of JSON is one of YAML, too.
            for line in entry.lines { text += "    - \(jsonString(line))\n" }
            text += "  ...\n"
        }
        return text
    }

    /// A `#` would begin a directive, and a line has one line.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in TerminalText.escapedLine(text).unicodeScalars {
            if scalar == "#" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}

/// An array: for each transfer what `-w '%{json}'` knows, its expectations and its attempts.
enum JSONReport {
    static func text(_ run: ReportedRun) -> String {
        "[" + run.entries.map { "\n" + object($0) }.joined(separator: ",") + "\n]\n"
    }

    private static func object(_ entry: ReportEntry) -> String {
        let start =
            entry.json.isEmpty
            ? "{\"errormsg\":\(quoted(entry.failure)),\"exitcode\":\(entry.status),\"url\":\(jsonString(entry.url ?? entry.name))"
            : String(entry.json.dropLast())
        let checks = entry.checks.map { check in
            let holds = check.holds.map { $0 ? "true" : "false" } ?? "null"
            return "{\"expect\":\(jsonString(check.text)),\"holds\":\(holds),\"seen\":\(quoted(check.seen))}"
        }
        let attempts = entry.attempts.map { attempt in
            "{\"response_code\":\(attempt.statusCode),\"time\":\(seconds(attempt.time)),"
                + "\"error\":\(quoted(attempt.error))}"
        }
        let skipped = entry.isSkipped ? ",\"skipped\":\(quoted(entry.failure))" : ""
        return start + skipped + ",\"expectations\":[\(checks.joined(separator: ","))]"
            + ",\"attempts\":[\(attempts.joined(separator: ","))]}"
    }

    private static func quoted(_ text: String?) -> String { text.map(jsonString) ?? "null" }
}

/// Workflow commands of GitHub Actions: an annotation for each failure.
enum GitHubReport {
    static func text(_ run: ReportedRun) -> String {
        run.entries.filter { $0.failure != nil && !$0.isSkipped }.map { entry in
            "::error title=\(escaped(entry.name, isProperty: true))::"
                + "\(escaped(entry.lines.joined(separator: "\n"), isProperty: false))\n"
        }.joined()
    }

    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension ReportEntry {
    /// It came, and was not as it had to be.
    fileprivate var isAboutAnswer: Bool {
        status == Int(ExitStatus.notAsExpected.rawValue) || status == Int(ExitStatus.httpError.rawValue)
    }

    /// What went wrong, one thing a line.
    fileprivate var lines: [String] {
        let wrong = checks.filter { $0.holds == false }.map {
            "expected \($0.text), but \($0.seen ?? "it is not")"
        }
        return (wrong.isEmpty ? [failure].compactMap(\.self) : wrong).map(TerminalText.escapedLine)
    }
}

/// With three places.
private func seconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    return "\(seconds).\(padded(Int(attoseconds / 1_000_000_000_000_000), 3, with: "0"))"
}
