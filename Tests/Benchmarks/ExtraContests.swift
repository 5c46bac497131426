import Glibc
import TestSupport

extension Suite {
    /// What runs with `--all` or by name only.
    var extraContests: [Contest] {
        var contests = [
            against(
                wrk: servers.nginx.url("/1k"), "more-wrk", "50,000 GETs of 1 KiB, 50 connections",
                count: 50_000,
                reach: 0.95),
            many(
                "more-curl", "50,000 GETs of 1 KiB, 50 connections", 50_000, servers.nginx.url("/1k"),
                goals: [(.cpu, .atMost(0.25))]),
            against(
                wrk: servers.nginx.tlsURL("/1k"), "more-wrk-tls", "50,000 GETs of 1 KiB, 50 connections, TLS",
                count: 50_000, trust: trust, reach: 0.90),
            many(
                "more-curl-tls", "50,000 GETs of 1 KiB, 50 connections, TLS", 50_000,
                servers.nginx.tlsURL("/1k"),
                trust: trust, goals: [(.cpu, .atMost(0.35))]),
            serial("serial", "20,000 GETs on one connection", 20_000, servers.nginx.url("/1k"), reach: 0.40),
            serial(
                "close", "20,000 GETs, a connection each", 20_000, servers.nginx.url("/1k"),
                ferryOptions: ["--force-close"], curlOptions: ["-H", "Connection: close"], reach: 0.60,
                slack: 0.10),
            serial(
                "close-tls", "1,000 GETs, a resumed TLS session each", 1000, servers.nginx.tlsURL("/1k"),
                ferryOptions: trust + ["--force-close"], curlOptions: trust + ["-H", "Connection: close"],
                reach: 0.60, slack: 0.10),
            largePipe,
            large(
                "large-tls", "2 GiB over TLS to /dev/null", "/dev/null", tls: true,
                goals: [(.cpu, .atMost(0.90)), (.wall, .atMost(0.90))]),
            encoded("gzip", suffix: "gz", "gzip", ["-1", "-c"]),
            encoded("br", suffix: "br", "brotli", ["-q", "1", "-c"]),
            encoded("zstd", suffix: "zst", "zstd", ["-3", "-c"]),
            upload("upload", "1 GiB upload, http", servers.nginx.url("/upload")),
            upload("upload-tls", "1 GiB upload, TLS", servers.nginx.tlsURL("/upload")),
            slow, files, list("list", "URL list"), list("config", "config file"),
            firstRequest("first", ofConfig: false), firstRequest("first-config", ofConfig: true),
            recorded(
                "events", "--events FILE", ["--events", servers.nginx.directory.file("events")],
                goals: [(.cpu, .atMost(1.15))]),
            recorded(
                "stats", "--stats=json:FILE", ["--stats=json:\(servers.nginx.directory.file("stats"))"],
                goals: [(.cpu, .atMost(1.03)), (.rate, .atLeast(0.97)), (.peak, .atMost(1.25))]),
        ]
        contests += [1, 10, 100, 1000, 10_000].map(shape)
        for index in contests.indices { contests[index].isExtra = true }
        return contests
    }

    private var trust: [String] { ["--cacert", servers.bundle] }

    /// Requests one after another.
    private func serial(
        _ name: String, _ title: String, _ count: Int, _ url: String, ferryOptions: [String] = [],
        curlOptions: [String] = [], reach: Double, slack: Double = 0.05
    ) -> Contest {
        let common = ["-s", "-o", "/dev/null", "\(url)?[1-\(count)]"]
        return Contest(
            name: name, title: title,
            ferry: Job(tool: .ferry, arguments: ferryOptions + common, operations: count),
            other: Job(tool: .curl, arguments: curlOptions + common, operations: count),
            goals: [(.cpu, .atMost(reach))], slack: slack, runs: 5)
    }

    /// A body that is decoded on the way.
    private func encoded(_ name: String, suffix: String, _ encoder: String, _ options: [String]) -> Contest {
        let arguments = ["-s", "--compressed", "-o", "/dev/null", servers.nginx.url("/encoded.\(suffix)")]
        return Contest(
            name: name, title: "1 GiB, \(name)-encoded, --compressed",
            ferry: Job(tool: .ferry, arguments: arguments), other: Job(tool: .curl, arguments: arguments),
            goals: [(.cpu, .atMost(0.90))], runs: 3,
            setUp: { try servers.addEncoded(suffix: suffix, encoder: encoder, options) })
    }

    /// A large body on standard output.
    private var largePipe: Contest {
        let arguments = ["-s", servers.nginx.url("/large")]
        return Contest(
            name: "large-pipe", title: "2 GiB, http, to a pipe",
            ferry: Job(tool: .ferry, arguments: arguments, output: servers.drain),
            other: Job(tool: .curl, arguments: arguments, output: servers.drain),
            goals: [(.cpu, .atMost(0.60))], runs: 5)
    }

    /// A sparse file that is sent.
    private func upload(_ name: String, _ title: String, _ url: String) -> Contest {
        let source = servers.nginx.directory.file("upload")
        let arguments = ["-s", "-f", "--cacert", servers.bundle, "-T", source, url]
        return Contest(
            name: name, title: title, ferry: Job(tool: .ferry, arguments: arguments),
            other: Job(tool: .curl, arguments: arguments), goals: [(.cpu, .atMost(0.70))], runs: 3,
            setUp: {
                try servers.nginx.directory.writeSparse("upload", size: 1 << 30)
                readOnce(source)
            })
    }

    /// Connections open at once, without an answer until no more come; curl opens 300 at most.
    private var slow: Contest {
        let url = "http://127.0.0.1:\(servers.slow.port)/"
        var ferry = manyJob(.ferry, 10_000, url, connections: 10_000)
        var curl = manyJob(.curl, 300, url, connections: 300)
        // Else it waits for the first connection to tell whether it can be shared.
        curl.arguments.insert("--parallel-immediate", at: 0)
        ferry.single = manyJob(.ferry, 1, url, connections: 1).arguments
        curl.single = manyJob(.curl, 1, url, connections: 1).arguments
        let counts = OpenCounts()
        for tool in [Tool.ferry, .curl] {
            let check: () -> String? = {
                counts.most[tool] = servers.slow.takeMost()
                return nil
            }
            if tool == .ferry { ferry.check = check } else { curl.check = check }
        }
        return Contest(
            name: "slow", title: "10,000 GETs at once (curl: 300), slow server", ferry: ferry, other: curl,
            goals: [(.each, .atMost(0.25))], runs: 1,
            remark: {
                guard let ferry = counts.most[.ferry], let curl = counts.most[.curl] else { return nil }
                return "slow server: ferry had \(ferry) connections open at once, curl \(curl)"
            })
    }

    /// Many small downloads against few: none may cost more than the one before it.
    private var files: Contest {
        let folder = servers.nginx.directory.file("files")
        func job(_ count: Int) -> Job {
            Job(
                tool: .ferry,
                arguments: [
                    "-s", "-Z", "--limit", "50", "--create-dirs", "-o", "\(folder)/#1",
                    "\(servers.nginx.url("/1k"))?[1-\(count)]",
                ], operations: count)
        }
        return Contest(
            name: "files", title: "20,000 GETs to files of their own against 2,000", ferry: job(20_000),
            other: job(2000), goals: [(.cpu, .atMost(1.25))], runs: 3)
    }

    /// Many small requests of which something is kept against the same ones without.
    private func recorded(
        _ name: String, _ option: String, _ arguments: [String], goals: [(metric: Metric, reach: Reach)]
    ) -> Contest {
        let other = manyJob(.ferry, 50_000, servers.nginx.url("/1k"), connections: 50)
        var ferry = other
        ferry.arguments = arguments + ferry.arguments
        return Contest(
            name: name, title: "50,000 GETs of 1 KiB, 50 connections, \(option) against none", ferry: ferry,
            other: other, goals: goals, runs: 9)
    }

    /// A long list of work against a short one.
    private func list(_ name: String, _ title: String) -> Contest {
        func job(_ count: Int) -> Job {
            let path = servers.nginx.directory.file("\(name)-\(count)")
            // What a list names goes to files, of which a million take minutes; a 404 leaves none.
            let arguments = name == "config" ? ["-K", path] : ["-f", "--url", "@\(path)"]
            return Job(
                tool: .ferry, arguments: ["-s", "-Z", "--limit", "50"] + arguments, operations: count,
                status: name == "config" ? 0 : 22)
        }
        return Contest(
            name: name, title: "\(title) of 1,000,000 lines against 1,000", ferry: job(1_000_000),
            other: job(1000), goals: [peakGoal(ofConfig: name == "config")], runs: 1,
            setUp: {
                for count in [1000, 1_000_000] {
                    try writeList(
                        name, count, name == "config" ? "/1k" : "/missing", isConfig: name == "config")
                }
            })
    }

    /// A list is read as its lines are used. Of a config file every line may change what the first one does, so its bytes are
    /// held, once: of a million lines they are five times what else there is.
    private func peakGoal(ofConfig: Bool) -> (metric: Metric, reach: Reach) {
        (.peak, .atMost(ofConfig ? 7 : 1.25))
    }

    /// A long list whose first line fails and ends the run.
    private func firstRequest(_ name: String, ofConfig: Bool) -> Contest {
        let kind = ofConfig ? "config" : "list"
        func job(_ count: Int) -> Job {
            let path = servers.nginx.directory.file("missing-\(kind)-\(count)")
            return Job(
                tool: .ferry,
                arguments: ["-s", "-f", "--fail-early"] + (ofConfig ? ["-K", path] : ["--url", "@\(path)"]),
                status: 22)
        }
        return Contest(
            name: name, title: "first request of a \(kind) of 1,000,000 lines against 1,000",
            ferry: job(1_000_000), other: job(1000),
            goals: [(.wall, .under(0.050)), peakGoal(ofConfig: ofConfig)],
            setUp: {
                for count in [1000, 1_000_000] {
                    try writeList("missing-\(kind)", count, "/missing", isConfig: ofConfig)
                }
            })
    }

    /// Request rates over few and many connections against those over 50; enough requests to hide the dialing.
    private func shape(_ connections: Int) -> Contest {
        let url = servers.nginx.url("/1k")
        let count = max(60_000, 30 * connections)
        return Contest(
            name: "shape-\(connections)", title: "\(count) GETs, \(connections) connections against 50",
            ferry: manyJob(.ferry, count, url, connections: connections),
            other: manyJob(.ferry, count, url, connections: 50), goals: [(.rate, .atLeast(0.7))], runs: 3)
    }

    func writeList(_ name: String, _ count: Int, _ path: String, isConfig: Bool) throws {
        let url = servers.nginx.url(path)
        var content: [UInt8] = []
        content.reserveCapacity(count * 48)
        for number in 1...count {
            content += isConfig ? "url = \"\(url)?\(number)\"\n".utf8 : "\(url)?\(number)\n".utf8
        }
        try servers.nginx.directory.write(content, to: "\(name)-\(count)")
    }
}

/// Brings a file into the page cache, whose pages the first reader would pay for.
private func readOnce(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while read(descriptor, &buffer, buffer.count) > 0 {}
}

private final class OpenCounts {
    var most: [Tool: Int] = [:]
}
