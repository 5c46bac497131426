import Glibc
import TestSupport

/// Builds the contests against one set of servers.
struct Suite {
    let servers: Servers

    /// Every contest, in the order of the table.
    var contests: [Contest] { mainContests + extraContests + libraryContests }

    /// What runs without `--all`.
    private var mainContests: [Contest] {
        [
            cold("cold-http", "cold GET 1 KiB, http", servers.nginx.url("/1k"), [], 0.50),
            cold(
                "cold-https", "cold GET 1 KiB, https, ~140 roots", servers.nginx.tlsURL("/1k"),
                ["--cacert", servers.bundle], 0.25),
            against(
                wrk: servers.nginx.url("/1k"), "many-wrk", "20,000 GETs of 1 KiB, 50 connections", reach: 0.80
            ),
            many(
                "many-curl", "20,000 GETs of 1 KiB, 50 connections", 20_000, servers.nginx.url("/1k"),
                goals: [(.cpu, .atMost(0.40)), (.peak, .atMost(1))]),
            large(
                "large-null", "2 GiB, http, to /dev/null", "/dev/null",
                goals: [(.cpu, .atMost(0.40)), (.peak, .atMost(1))]),
            large(
                "large-file", "2 GiB, http, to a tmpfs file", servers.memoryFolder.map { "\($0)/large" },
                goals: [(.cpu, .atMost(0.50)), (.peak, .atMost(1))]),
        ]
    }

    /// One process for each request; 20 of them make one measurement.
    private func cold(_ name: String, _ title: String, _ url: String, _ trust: [String], _ reach: Double)
        -> Contest
    {
        let arguments = ["-s", "-o", "/dev/null"] + trust + [url]
        return Contest(
            name: name, title: title,
            ferry: Job(tool: .ferry, arguments: arguments, processes: 20),
            other: Job(tool: .curl, arguments: arguments, processes: 20),
            goals: [(.cpu, .atMost(reach)), (.wall, .atMost(reach)), (.instructions, .atMost(reach))])
    }

    /// Request rates over 50 connections against wrk, which runs for three seconds.
    ///
    /// - Parameters:
    ///   - url: what both fetch.
    ///   - name: the contest's name.
    ///   - title: the work in words.
    ///   - count: how many requests ferry makes.
    ///   - trust: ferry's options to trust the server.
    ///   - reach: the least ratio.
    /// - Returns: the contest.
    func against(
        wrk url: String, _ name: String, _ title: String, count: Int = 20_000, trust: [String] = [],
        reach: Double
    ) -> Contest {
        Contest(
            name: name, title: title,
            ferry: manyJob(.ferry, count, url, connections: 50, trust),
            other: Job(tool: .wrk, arguments: ["-t1", "-c50", "-d3s", url]),
            goals: [(.rate, .atLeast(reach))], runs: 5)
    }

    /// Many small requests over 50 connections against curl.
    func many(
        _ name: String, _ title: String, _ count: Int, _ url: String, trust: [String] = [],
        goals: [(metric: Metric, reach: Reach)]
    ) -> Contest {
        Contest(
            name: name, title: title, ferry: manyJob(.ferry, count, url, connections: 50, trust),
            other: manyJob(.curl, count, url, connections: 50, trust), goals: goals)
    }

    /// `count` requests by one process over so many connections.
    func manyJob(_ tool: Tool, _ count: Int, _ url: String, connections: Int, _ trust: [String] = []) -> Job {
        let bound = tool == .ferry ? "--limit" : "--parallel-max"
        return Job(
            tool: tool,
            arguments: ["-s", "-Z", bound, "\(connections)", "-o", "/dev/null"] + trust + [
                "\(url)?[1-\(count)]"
            ],
            operations: count)
    }

    /// One large download; a regular file is removed after its size was checked.
    func large(
        _ name: String, _ title: String, _ output: String?, tls: Bool = false,
        goals: [(metric: Metric, reach: Reach)]
    ) -> Contest {
        let source = tls ? servers.nginx.tlsURL("/large") : servers.nginx.url("/large")
        func job(_ tool: Tool) -> Job {
            var job = Job(
                tool: tool,
                arguments: ["-s", "--cacert", servers.bundle, "-o", output ?? "/dev/null", source])
            if let output, output != "/dev/null" { job.check = { checkAndRemove(output) } }
            return job
        }
        return Contest(
            name: name, title: title, ferry: job(.ferry), other: job(.curl), goals: goals, runs: 5,
            setUp: {
                if output == nil { throw MeasurementFailure(description: "no room in /dev/shm") }
            })
    }
}

private func checkAndRemove(_ path: String) -> String? {
    var status = stat()
    defer { unlink(path) }
    guard stat(path, &status) == 0 else { return "wrote no file" }
    return status.st_size == Servers.largeBytes ? nil : "wrote \(status.st_size) bytes"
}
