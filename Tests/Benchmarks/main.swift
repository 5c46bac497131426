import Glibc
import TestSupport

let usage = """
    usage: ferry-bench [--all] [--only NAME]… [--against PATH] [--runs N] [--json FILE] [--list]
      --all        the long list too, which takes a quarter of an hour
      --only NAME  only the contests whose name begins so
      --against PATH
                   compare with the ferry at PATH, and not with curl and wrk
      --runs N     run each pair N times
      --json FILE  write the rows to FILE as well
      --list       print the contests' names and titles
      --train      only run ferry at what `make profile` counts, and measure nothing

    """

if let work = LibraryWork(CommandLine.arguments.dropFirst()) { exit(work.run()) }

var all = false
var names: [String] = []
var runs: Int?
var jsonPath: String?
var before: String?
var lists = false
var trains = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch (argument, arguments.first) {
    case ("--all", _): all = true
    case ("--list", _): lists = true
    case ("--train", _): trains = true
    case ("--only", let name?): names.append(name)
    case ("--json", let path?): jsonPath = path
    case ("--against", let path?): before = path
    case ("--runs", let count?) where (Int(count) ?? 0) > 0: runs = Int(count)
    case ("--help", _), ("-h", _):
        say(usage, to: 1)
        exit(0)
    default:
        say("ferry-bench: bad argument or value: \(argument)\n\(usage)")
        exit(2)
    }
    if ["--only", "--json", "--runs", "--against"].contains(argument) { arguments.removeFirst() }
}

if let before, access(before, X_OK) != 0 {
    say("ferry-bench: \(before) is no program to compare with: \(String(cString: strerror(errno)))\n")
    exit(2)
}

do {
    // The first of all: it blocks signals for every thread to come.
    let stopwatch = try Stopwatch()
    let runner = try Runner(stopwatch: stopwatch, runs: runs, before: before)
    raiseDescriptorLimit()
    let servers = try Servers()
    defer { servers.stop() }
    if trains {
        try Suite(servers: servers).train(stopwatch)
        servers.stop()
        exit(0)
    }
    let contests = Suite(servers: servers).contests.compactMap { before == nil ? $0 : $0.againstBefore }
        .filter { contest in
            names.isEmpty ? all || lists || !contest.isExtra : names.contains { contest.name.hasPrefix($0) }
        }
    var rows: [Row] = []
    for (index, contest) in contests.enumerated() where stopwatch.interruption == nil {
        if lists {
            say("\(contest.name): \(contest.title)\n", to: 1)
        } else {
            say("\(index + 1)/\(contests.count) \(contest.name)\n")
            let results = runner.run(contest)
            for row in results { say("    " + row.cells.joined(separator: "  ") + "\n") }
            rows += results
        }
    }
    if !lists { say(table(rows), to: 1) }
    if let jsonPath { try writeFile(jsonPath, Array(json(rows).utf8)) }
} catch {
    say("ferry-bench: \(error)\n")
    exit(1)
}

/// Thousands of connections need as many descriptors, here and in the children, which inherit the limit.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
