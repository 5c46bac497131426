import Glibc
import TestSupport

// ferry-soak [REQUESTS]: one ferry makes so many requests to a server that breaks a part of them; see `SoakAnswer`.

let requests = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 300_000
do {
    let complaints = try soak(requests: max(requests, 1))
    for complaint in complaints { say("WRONG: \(complaint)\n", to: 1) }
    say(complaints.isEmpty ? "as it should be\n" : "\(complaints.count) wrong\n", to: 1)
    exit(complaints.isEmpty ? 0 : 1)
} catch {
    say("ferry-soak: \(error)\n")
    exit(2)
}

/// Runs it and tells what is wrong.
func soak(requests: Int) throws -> [String] {
    let (limit, limitPerHost, hosts) = (40, 6, 10)
    let server = try SoakServer()
    let directory = try TemporaryDirectory()
    var config: [UInt8] = []
    config.reserveCapacity(requests * 64)
    for number in 1...requests {
        config +=
            "url=http://127.0.0.\(1 + number / 20 % hosts):\(server.port)/\(number)\noutput=/dev/null\n".utf8
    }
    let path = try directory.write(config, to: "config")
    let process = try RunningProcess(
        ferryBinary(),
        [
            "-q", "-s", "-L", "-Z", "-m", "10", "--limit", "\(limit)", "--limit-per-host", "\(limitPerHost)",
            "-w", #"%{exitcode} %{http_code} %{url}\n"#, "-K", path,
        ])
    var samples: [(bytes: Int, descriptors: Int, requests: Int)] = []
    while process.isRunning {
        usleep(200_000)
        let sample = (
            residentBytes(process.pid), descriptorCount(ofProcess: process.pid), server.counts.requests
        )
        if sample.0 > 0, sample.1 > 0 { samples.append(sample) }
        if samples.count % 50 == 0 {
            say("\(sample.2) requests, \(sample.0 >> 10) KiB, \(sample.1) descriptors\n")
        }
    }
    let result = process.wait(timeoutSeconds: 10)
    let counts = server.counts
    say(
        "\(counts.requests) requests on \(counts.accepted) connections, at most \(counts.most) at once, "
            + "\(counts.mostOfHost) to a host\n", to: 1)

    var complaints: [String] = []
    if let signal = result.signal { complaints.append("ferry was ended by signal \(signal)") }
    if counts.most > limit { complaints.append("\(counts.most) connections at once, the limit is \(limit)") }
    if counts.mostOfHost > limitPerHost {
        complaints.append("\(counts.mostOfHost) connections to a host, the limit is \(limitPerHost)")
    }
    complaints += judge(lines: result.stdout, requests)
    complaints += judge(samples, limit)
    return complaints
}

/// Whether each number was told once, with what its answer allows.
func judge(lines: [UInt8], _ requests: Int) -> [String] {
    var complaints: [String] = []
    var seen = [Bool](repeating: false, count: requests + 1)
    var tally: [SoakAnswer: Int] = [:]
    for line in lines.split(separator: 10) {
        let words = text(line).split(separator: " ")
        guard words.count == 3, let code = Int(words[0]), let status = Int(words[1]),
            let number = words[2].split(separator: "/").last.flatMap({ Int($0) }),
            (1...requests).contains(number)
        else {
            complaints.append("a line \(text(line))")
            continue
        }
        let answer = SoakAnswer(number: number)
        if seen[number] { complaints.append("\(number) was told twice") }
        seen[number] = true
        tally[answer, default: 0] += 1
        if !answer.allows(code: code, status: status) {
            complaints.append("\(answer), number \(number): exit code \(code), status \(status)")
        }
    }
    let missing = seen.dropFirst().count { !$0 }
    if missing > 0 { complaints.append("\(missing) transfers were not told") }
    for answer in SoakAnswer.allCases { say("  \(answer): \(tally[answer, default: 0])\n", to: 1) }
    return complaints.count > 20 ? complaints.prefix(20) + ["and \(complaints.count - 20) more"] : complaints
}

/// Whether memory and descriptors stay flat from the first quarter on, when everything that is kept has been made.
func judge(_ samples: [(bytes: Int, descriptors: Int, requests: Int)], _ limit: Int) -> [String] {
    guard let total = samples.last?.requests, total > 20_000 else { return [] }
    let early = samples.filter { $0.requests > total / 4 && $0.requests <= total / 2 }
    let late = samples.filter { $0.requests > total * 3 / 4 }
    guard let before = early.map(\.bytes).max(), let after = late.map(\.bytes).max(),
        let descriptors = samples.map(\.descriptors).max()
    else { return ["too few samples"] }
    say(
        "memory \(before >> 10) KiB in the second quarter, \(after >> 10) KiB in the last; "
            + "at most \(descriptors) descriptors\n", to: 1)
    var complaints: [String] = []
    if after > before + before / 10 + (1 << 20) {
        complaints.append("memory grew from \(before) to \(after) bytes")
    }
    // The connections, those that are closing, and a dozen of the process's own.
    if descriptors > 2 * limit + 16 { complaints.append("\(descriptors) descriptors at once") }
    return complaints
}

/// The resident memory of a process; 0 when it is gone.
func residentBytes(_ process: Int32) -> Int {
    let fields = text(readFile("/proc/\(process)/statm") ?? []).split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
