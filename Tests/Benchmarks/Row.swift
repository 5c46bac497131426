/// A line of the table: a goal with what was measured, or why nothing was.
struct Row {
    /// What each run gave for the two sides, pair by pair.
    struct Numbers {
        /// The median of ferry's.
        var ferry: Double
        /// The median of the other's.
        var other: Double
        /// The medians' ratio.
        var ratio: Double { other == 0 ? 0 : ferry / other }
        /// The ratio of each pair, the least first.
        var ratios: [Double]

        /// Numbers of as many pairs as both have.
        init(ferry: [Double], other: [Double]) {
            self.ferry = median(ferry)
            self.other = median(other)
            ratios = zip(ferry, other).filter { $0.1 != 0 }.map { $0.0 / $0.1 }.sorted()
        }

        /// The least, the median and the greatest ratio of a pair.
        var spread: String {
            guard let least = ratios.first, let most = ratios.last else { return "-" }
            return [least, median(ratios), most].map { decimal($0, digits: 3) }.joined(separator: " ")
        }
    }

    var contest: String
    var work: String
    var metric: Metric
    var opponent: Tool
    var reach: Reach
    var outcome: Result<Numbers, MeasurementFailure>
    var remark: String?

    /// The header of `cells`.
    static let titles = ["work", "ferry", "other", "ratio", "least median most", "reach", ""]

    /// What the table shows.
    var cells: [String] {
        let goal =
            switch reach {
            case .atMost(let limit): "≤ \(decimal(limit, digits: 2))"
            case .atLeast(let limit): "≥ \(decimal(limit, digits: 2))"
            case .under(let limit): "< \(metric.show(limit))"
            case .noWorse(let share):
                metric == .rate ? "≥ \(decimal(1 - share, digits: 2))" : "≤ \(decimal(1 + share, digits: 2))"
            }
        switch outcome {
        case .success(let numbers):
            return [
                "\(work): \(metric.rawValue)", metric.show(numbers.ferry),
                "\(metric.show(numbers.other)) \(opponent.rawValue)", decimal(numbers.ratio, digits: 2),
                numbers.spread, goal, verdict(numbers),
            ]
        case .failure(let failure):
            return [
                "\(work): \(metric.rawValue)", "-", opponent.rawValue, "-", "-", goal, failure.description,
            ]
        }
    }

    /// In words whether the goal is reached; beside another ferry also by how much it is missed and whether all runs agree.
    private func verdict(_ numbers: Numbers) -> String {
        guard case .noWorse(let share) = reach else { return reach.isMet(by: numbers, metric) ? "yes" : "no" }
        let costs = metric == .rate ? numbers.ratios.map { 1 / $0 }.sorted() : numbers.ratios
        guard let least = costs.first, let most = costs.last else { return "nothing was measured" }
        let change = (median(costs) - 1) * 100
        if reach.isMet(by: numbers, metric) {
            return change < -1 ? "better by \(decimal(-change, digits: 1)) %" : "as before"
        }
        let words = "worse by \(decimal(change, digits: 1)) %"
        let agree = least > 1 || most - least < share
        return agree ? words : words + ", but the runs disagree: once more when the machine is quiet"
    }

    /// The same as a JSON object; seconds, bytes and operations a second.
    var json: String {
        let (direction, limit) =
            switch reach {
            case .atMost(let limit): ("at most", limit)
            case .atLeast(let limit): ("at least", limit)
            case .under(let limit): ("ferry under", limit)
            case .noWorse(let share): metric == .rate ? ("at least", 1 - share) : ("at most", 1 + share)
            }
        var members = [
            "\"name\": \(quoted(contest))", "\"work\": \(quoted(work))",
            "\"metric\": \(quoted(metric.rawValue))",
            "\"other\": \(quoted(opponent.rawValue))", "\"direction\": \(quoted(direction))",
            "\"reach\": \(limit)",
        ]
        switch outcome {
        case .success(let numbers):
            members += [
                "\"ferryMedian\": \(numbers.ferry)", "\"otherMedian\": \(numbers.other)",
                "\"ratio\": \(numbers.ratio)", "\"ratios\": \(numbers.ratios)",
                "\"reached\": \(reach.isMet(by: numbers, metric))",
                "\"verdict\": \(quoted(verdict(numbers)))",
            ]
        case .failure(let failure):
            members.append("\"failure\": \(quoted(failure.description))")
        }
        if let remark { members.append("\"remark\": \(quoted(remark))") }
        return "{" + members.joined(separator: ", ") + "}"
    }
}

/// Rows as a table with aligned columns, remarks below.
func table(_ rows: [Row]) -> String {
    let lines = [Row.titles] + rows.map(\.cells)
    let widths = Row.titles.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: width - cell.count)
        }
        return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    var remarks: [String] = []
    for case let remark? in rows.map(\.remark) where !remarks.contains(remark) { remarks.append(remark) }
    return ([line(lines[0]), rule] + lines.dropFirst().map(line) + remarks.map { "(\($0))" })
        .joined(separator: "\n") + "\n"
}

/// Rows as a JSON array.
func json(_ rows: [Row]) -> String {
    "[\n" + rows.map { "  \($0.json)" }.joined(separator: ",\n") + "\n]\n"
}

/// The middle value; the mean of the two middle ones of an even count.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

extension Reach {
    /// Whether the medians are good enough; beside another ferry the median of the pairs' ratios.
    fileprivate func isMet(by numbers: Row.Numbers, _ metric: Metric) -> Bool {
        switch self {
        case .atMost(let limit): numbers.ratio <= limit
        case .atLeast(let limit): numbers.ratio >= limit
        case .under(let limit): numbers.ferry < limit
        case .noWorse(let share):
            metric == .rate ? median(numbers.ratios) >= 1 - share : median(numbers.ratios) <= 1 + share
        }
    }
}

extension Metric {
    /// A value with a unit that suits its size.
    fileprivate func show(_ value: Double) -> String {
        switch self {
        case .cpu, .wall:
            if value < 0.001 { return "\(decimal(value * 1e6, digits: 1)) µs" }
            if value < 1 { return "\(decimal(value * 1e3, digits: 2)) ms" }
            return "\(decimal(value, digits: 2)) s"
        case .rate:
            return "\(decimal(value, digits: 0))/s"
        case .instructions:
            return "\(decimal(value / 1e6, digits: 3)) million"
        case .each:
            return "\(decimal(value, digits: 0)) B"
        case .peak:
            return "\(decimal(value / 1_048_576, digits: 1)) MiB"
        }
    }
}

private func decimal(_ value: Double, digits: Int) -> String {
    let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard digits > 0 else { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{0}"..<" ": result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
