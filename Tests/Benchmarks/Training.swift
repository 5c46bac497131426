import Glibc
import TestSupport

extension Suite {
    /// What `make profile` runs to learn which functions and branches ferry takes, and how often.
    ///
    /// Nearly all of it is small requests, in each of the ways that are common. Bulk runs briefly: a loop over millions of
    /// bytes would make everything else look as if it were never used.
    func training() throws -> [Job] {
        // What a list names goes to files; a 404 leaves none.
        try writeList("trained-list", 5000, "/missing", isConfig: false)
        try writeList("trained-config", 5000, "/1k", isConfig: true)
        let url = servers.nginx.url("/1k")
        let tlsURL = servers.nginx.tlsURL("/1k")
        let trust = ["--cacert", servers.bundle]
        let folder = servers.nginx.directory
        func small(_ count: Int, _ options: [String], _ target: String? = nil) -> Job {
            Job(
                tool: .ferry,
                arguments: ["-s", "-o", "/dev/null"] + options + ["\(target ?? url)?[1-\(count)]"])
        }
        let many = ["-Z", "--limit", "50"]
        return [
            small(20_000, many), small(10_000, []), small(5000, many + trust, tlsURL),
            small(1000, trust, tlsURL),
            small(3000, many + ["--force-close"]), small(500, many + trust + ["--force-close"], tlsURL),
            small(5000, many + ["-w", "%{http_code} %{time_total} %{size_download}\\n"]),
            small(5000, many + ["--events", folder.file("events")]), small(5000, many + ["--stats"]),
            small(500, many + ["--har", folder.file("har"), "--timing=html:\(folder.file("timing"))"]),
            small(500, ["-b", "name=value", "-c", folder.file("jar")]),
            Job(
                tool: .ferry,
                arguments: many + ["-s", "-f", "--url", "@\(folder.file("trained-list-5000"))"],
                status: 22),
            Job(tool: .ferry, arguments: many + ["-s", "-K", folder.file("trained-config-5000")]),
            small(50, ["--pretty", "all"], servers.nginx.url("/json")),
            Job(
                tool: .ferry,
                arguments: ["-s", "-C", "-", "-o", folder.file("resumed"), servers.nginx.url("/json")],
                processes: 5),
            small(2000, ["-v"]),
            small(2000, ["-i", "--compressed", "-H", "X-Trained: yes", "-A", "trained"]),
            small(2000, many + ["-I"]), small(2000, many + ["-L", "-f", "-u", "user:secret"]),
            small(2000, many + ["-d", "name=value&other=value"], servers.nginx.url("/upload")),
            small(500, many + ["-F", "name=value", "-F", "other=value"], servers.nginx.url("/upload")),
            Job(
                tool: .ferry,
                arguments: many + ["-s", "--create-dirs", "-o", folder.file("trained/#1"), "\(url)?[1-1000]"]),
            Job(tool: .ferry, arguments: ["-s", url], processes: 20),
            Job(
                tool: .ferry, arguments: ["-s", "-o", "/dev/null", "-w", "%{http_code}", url], processes: 20),
            Job(tool: .ferry, arguments: ["-s"] + trust + [tlsURL], processes: 20),
            Job(tool: .ferry, arguments: ["-s", "-o", "/dev/null", servers.nginx.url("/large")]),
            Job(tool: .ferry, arguments: ["-s", servers.nginx.url("/large")], output: servers.drain),
            Job(tool: .ferry, arguments: trust + ["-s", "-o", "/dev/null", servers.nginx.tlsURL("/large")]),
            Job(tool: .ferry, arguments: ["--version"]),
        ]
    }

    /// Runs the training once.
    func train(_ stopwatch: Stopwatch) throws {
        for job in try training() {
            for _ in 0..<job.processes {
                _ = try stopwatch.measure(
                    ferryBinary(), job.arguments, status: job.status, output: job.output)
            }
        }
    }
}
