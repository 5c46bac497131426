import Glibc
import TestSupport
import Testing

/// Unix sockets: which hosts they are, how URLs name them, what is said of them, and where redirects may lead.
@Suite struct UnixSocketTests {
    private let folder: TemporaryDirectory
    private let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("s.sock")
    }

    private func ferry(_ arguments: String...) throws -> ProcessResult {
        try runFerry(arguments, directory: folder.path, timeoutSeconds: 30)
    }

    @Test func `a mapped host is reached by its socket, all others as ever (U-01)`() throws {
        let socket = try ScriptedServer(
            on: .unix(path), handler: { [.respond(body: "socket \($0.header("host") ?? "")\n")] })
        let network = try ScriptedServer { _ in [.respond(body: "network\n")] }
        let name = "ferry-map-\(getpid())"
        let abstract = try ScriptedServer(
            on: .abstract(name), handler: { _ in [.respond(body: "abstract\n")] })
        let result = try ferry(
            "-sS", "--unix-map", "docker=\(path)", "--unix-map", "*.svc=@\(name)", "http://docker/a",
            network.url(), "http://one.two.svc:81/b", "http://DOCKER:8080/c")
        #expect(result.outText == "socket docker\nnetwork\nabstract\nsocket docker:8080\n", "\(result)")
        #expect(socket.acceptedCount == 2 && abstract.acceptedCount == 1)
    }

    @Test(arguments: ["256.1.1.1", "a..b", "4294967296", "1.2.3.4.5", String(repeating: "a", count: 64)])
    func `a host that cannot be looked up need not be (UNIX-01)`(host: String) throws {
        let name = "ferry-host-\(getpid())"
        let file = try ScriptedServer(on: .unix(path), handler: { [.respond(body: $0.header("host") ?? "")] })
        let abstract = try ScriptedServer(
            on: .abstract(name), handler: { [.respond(body: $0.header("host") ?? "")] })
        for way in [
            ["--unix-socket", path], ["--abstract-unix-socket", name], ["--unix-map", "\(host)=\(path)"],
        ] {
            #expect(try runFerry(["-sS"] + way + ["http://\(host)/"]).outText == host)
        }
        #expect(file.acceptedCount == 2 && abstract.acceptedCount == 1)
        let network = try ScriptedServer { [.respond(body: $0.header("host") ?? "")] }
        let sent = try runFerry(["-sS", "--connect-to", "::\(network.authority)", "http://\(host)/"])
        #expect(sent.outText == host, "\(sent)")
        #expect(try runFerry(["-sS", "http://\(host)/"]).exitStatus == 6)
    }

    @Test(arguments: [false, true])
    func `sockets whose names only look the same share no connection (U-02)`(isOption: Bool) throws {
        let names = ["\u{E9}.sock", "e\u{301}.sock"]
        let servers = try zip(names, ["one", "two"]).map { name, text in
            try ScriptedServer(on: .unix(folder.file(name)), handler: { _ in [.respond(body: text)] })
        }
        let result =
            isOption
            ? try ferry(
                "-sS", "--unix-socket", names[0], "http://a/", "--next", "-sS", "--unix-socket", names[1],
                "http://a/")
            : try ferry("-sS", "unix:\(folder.file(names[0])):/", "unix:\(folder.file(names[1])):/")
        #expect(result.outText == "onetwo" && servers.map(\.acceptedCount) == [1, 1], "\(result)")
    }

    @Test func `others go to the one socket where that is given, too (U-01)`() throws {
        let other = folder.file("other.sock")
        let servers = try [path, other].map { path in
            try ScriptedServer(
                on: .unix(path), handler: { _ in [.respond(body: path == other ? "other" : "mapped")] })
        }
        let result = try ferry(
            "-sSZ", "--unix-map", "a=\(path)", "--unix-socket", other, "http://a/", "http://b/")
        #expect(result.outText == "mappedother", "\(result)")
        #expect(servers.map(\.acceptedCount) == [1, 1])
    }

    @Test func `a mapped host needs neither a name nor a proxy (U-01)`() throws {
        let server = try ScriptedServer(on: .unix(path), script: FetchCase.answer)
        let result = try ferry("-sS", "-x", "http://127.0.0.1:1", "--unix-map", "a=\(path)", "http://a/x")
        #expect(result.exitStatus == 0 && server.requests.first?.target == "/x", "\(result)")
    }

    @Test func `TLS to a mapped host is TLS for that name (U-01)`() throws {
        let server = try ScriptedServer(
            on: .unix(path), tls: ServerTLS(TestCertificates.leaf(names: ["api.test"])),
            script: FetchCase.answer)
        let result = try ferry("-sSk", "--unix-map", "api.test=\(path)", "https://api.test/")
        #expect(result.exitStatus == 0, "\(result)")
        #expect(server.connections.first?.tls?.serverName == "api.test")
    }

    @Test func `a name that is too long is told of the option that gave it (UNIX-04)`() throws {
        let long = String(repeating: "a", count: 108)
        for (option, name) in [
            ("--unix-socket", long), ("--unix-socket", "@" + long), ("--abstract-unix-socket", long),
        ] {
            let result = try ferry("-sS", option, name, "http://a/")
            #expect(result.exitStatus == 6)
            #expect(result.errText.hasPrefix("ferry: option \(option): '\(name.prefix(9))"), "\(result)")
        }
    }

    @Test func `URLs name a socket in three ways (U-02)`() throws {
        let server = try ScriptedServer(on: .unix(path), script: FetchCase.answer)
        let encoded = path.split(separator: "/").map { "%2F" + $0 }.joined()
        let result = try ferry(
            "-sS", "-w", "%{unix_socket} %{remote_port} %{url_effective}\n", "unix:\(path):/a?b",
            "http://unix:\(path):/a?b", "http+unix://\(encoded)/a?b")
        let line = "\(path) 0 http+unix://\(encoded)/a?b\n"
        #expect(result.outText == line + line + line, "\(result)")
        #expect(server.requests.map(\.target) == ["/a?b", "/a?b", "/a?b"] && server.acceptedCount == 1)
    }

    @Test func `the server is not told the path of its socket (U-03)`() throws {
        let server = try ScriptedServer(
            on: .unix(path),
            handler: { [$0.path == "/a" ? .respond(302, [("Location", "/b")]) : .respond(body: "there")] })
        let result = try ferry("-sSL", "-O", "-e", ";auto", "unix:\(path):/a")
        #expect(result.exitStatus == 0 && folder.read("a").map { text($0) } == "there", "\(result)")
        #expect(server.requests.map { $0.header("referer") } == [nil, "http://localhost/a"])
        #expect(!server.requests.contains { $0.text.contains("sock") })
    }

    @Test func `-v names the socket and no port (U-03)`() throws {
        let server = try ScriptedServer(on: .unix(path), script: FetchCase.answer)
        for arguments in [
            ["--unix-socket", path, "http://docker/"], ["--unix-map", "docker=\(path)", "http://docker/"],
            ["unix:\(path):/"],
        ] {
            let result = try runFerry(["-v"] + arguments)
            #expect(result.errText.contains("Connected to Unix socket \(path)\n"), "\(result)")
            #expect(result.errText.contains("Connection #0 to Unix socket \(path) left intact"))
            #expect(!result.errText.contains(":80"))
        }
        #expect(server.acceptedCount == 3)
        let network = try ScriptedServer(script: FetchCase.answer)
        #expect(try ferry("-sS", "-w", "[%{unix_socket}]", network.url()).outText == "[]")
    }

    @Test func `each state of a socket has its text, with the path as typed (U-03)`() throws {
        try folder.write("", to: "file")
        let dead = try ScriptedServer(on: .unix(folder.file("dead.sock")), script: [])
        let long = String(repeating: "x", count: 108)
        _ = try runProcess("cp", ["-a", folder.file("dead.sock"), folder.file("gone.sock")])
        dead.stop()
        for (path, words) in [
            ("none.sock", "no such file or directory"), ("file", "it is not a socket"),
            (".", "it is not a socket"),
            ("gone.sock", "connection refused: nobody listens on it"),
            ("@ferry-nobody", "connection refused"),
            ("file/x", "not a directory"),
        ] {
            let result = try ferry("-sS", "--unix-map", "h=\(path)", "http://h/")
            #expect(result.exitStatus == 7)
            #expect(
                result.errText == "ferry: (7) http://h/: cannot connect to Unix socket \(path): \(words)\n")
        }
        let tooLong = try ferry("-sS", "http+unix://\(long)/")
        #expect(
            tooLong.exitStatus == 6 && tooLong.errText.hasSuffix("Unix socket \(long): file name too long\n"),
            "\(tooLong)")
    }

    @Test(.enabled(if: getuid() == 0, "only root may be somebody else"))
    func `a socket of somebody else says whose it is (U-03)`() throws {
        let server = try ScriptedServer(on: .unix(path), script: FetchCase.answer)
        chmod(folder.path, 0o755)
        chmod(path, 0o600)
        let binary = folder.file("ferry")
        _ = try runProcess("cp", [ferryBinary(), binary])
        func asNobody(_ path: String) throws -> ProcessResult {
            try runProcess(
                "setpriv",
                ["--reuid=65534", "--clear-groups", binary, "-q", "-sS", "--unix-socket", path, "http://h/"])
        }
        let denied = try asNobody(path)
        try #require(!denied.errText.contains("setpriv"), "\(denied)")
        #expect(denied.exitStatus == 7)
        #expect(
            denied.errText
                == "ferry: (7) http://h/: cannot connect to Unix socket \(path): permission denied: it belongs to user 0 and has mode 600\n"
        )
        let locked = folder.file("locked")
        mkdir(locked, 0o700)
        #expect(
            try asNobody(locked + "/s").errText.hasSuffix(
                "permission denied: its folder may not be searched\n"))
        #expect(server.acceptedCount == 0)
    }

    @Test func `a full backlog is waited for, and told when that takes too long (U-03)`() throws {
        let listener = try Backlog(path)
        let late = try ferry("-sS", "--connect-timeout", "0.2", "--unix-socket", path, "http://h/")
        #expect(late.exitStatus == 28)
        #expect(
            late.errText
                == "ferry: (28) http://h/: connecting to Unix socket \(path), whose queue is full, timed out after 0.2 s\n"
        )
        let patient = try RunningProcess(ferryBinary(), ["-q", "-sv", "--unix-socket", path, "http://h/"])
        #expect(patient.waitForError("Trying \(path)"))
        listener.answer()
        let result = patient.wait(timeoutSeconds: 20)
        #expect(result.exitStatus == 0 && result.outText == "late", "\(result)")
    }

    // MARK: Redirects

    private static func redirect(to target: String) -> ScriptedServer.Handler {
        { request in
            request.path == "/end" ? [.respond(body: "end")] : [.respond(302, [("Location", target)])]
        }
    }

    @Test func `a redirect stays on its side (U-04)`() throws {
        let network = try ScriptedServer { _ in [.respond(body: "end")] }
        let other = folder.file("other.sock")
        let second = try ScriptedServer(on: .unix(other), handler: { _ in [.respond(body: "end")] })
        let encoded = other.split(separator: "/").map { "%2F" + $0 }.joined()
        let home = try ScriptedServer { request in
            switch request.path {
            case "/map": [.respond(302, [("Location", "http://mapped/end")])]
            default: [.respond(302, [("Location", "http+unix://\(encoded)/end")])]
            }
        }
        let away = try ScriptedServer(
            on: .unix(path),
            handler: { request in
                let targets = [
                    "/net": network.url("/end"), "/socket": "http+unix://\(encoded)/end",
                    "/other": "http://second/end", "/same": "/end", "/host": "http://first/end",
                ]
                return targets[request.path].map { [.respond(302, [("Location", $0)])] } ?? [
                    .respond(body: "end")
                ]
            })
        let maps = [
            "--unix-map", "first=\(path)", "--unix-map", "second=\(other)", "--unix-map", "mapped=\(other)",
        ]
        let crossing = [
            "http://first/net", "http://first/socket", "http://first/other", "unix:\(path):/net",
            "unix:\(path):/socket", home.url("/map"), home.url("/unix"),
        ]
        for url in crossing {
            let result = try runFerry(["-sSL"] + maps + [url])
            #expect(result.exitStatus == 1 && result.outText == "", "\(url): \(result)")
            let trusted = try runFerry(["-sS", "--location-trusted"] + maps + [url])
            #expect(trusted.exitStatus == 0 && trusted.outText == "end", "\(url): \(trusted)")
        }
        for url in ["http://first/same", "http://first/host", "unix:\(path):/same"] {
            let result = try runFerry(["-sSL"] + maps + [url])
            #expect(result.exitStatus == 0 && result.outText == "end", "\(url): \(result)")
        }
        let told = try runFerry(["-sSL"] + maps + ["http://first/net"])
        #expect(
            told.errText
                == "ferry: (1) http://first/net: a redirect leads from the Unix socket \(path) to \(network.authority), which only --location-trusted follows\n"
        )
        #expect(network.acceptedCount == 2 && second.acceptedCount == 5 && away.acceptedCount > 0)
    }

    // MARK: Real ones

    @Test func `nginx on a socket serves a map, a range and kept connections (U-01)`() throws {
        let nginx = try Nginx(files: ["f": Array("0123456789".utf8)])
        let result = try ferry(
            "-sS", "--unix-map", "web=\(nginx.socketPath)", "-r", "2-4", "-w", "|%{num_connects}|",
            "http://web/f",
            "http://web/f")
        #expect(result.outText == "234|1|234|0|", "\(result)")
    }

    @Test func `an API like Docker's: an event stream, and a connection that changes hands (U-02)`() throws {
        let script: [ServerStep] = [
            .expectRequest,
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"),
            .send("13\r\n{\"status\":\"start\"}\n\r\n"), .send("11\r\n{\"status\":\"die\"}\n\r\n"),
            .send("0\r\n\r\n"),
            .expectRequest,
            .send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw stream"), .close,
        ]
        let server = try ScriptedServer(on: .unix(path), script: script)
        let result = try ferry(
            "-sSN", "unix:\(path):/v1.44/events", "--next", "-sS", "-H", "Connection: Upgrade", "-H",
            "Upgrade: tcp",
            "-X", "POST", "unix:\(path):/v1.44/containers/x/attach?stream=1")
        #expect(
            result.outText == "{\"status\":\"start\"}\n{\"status\":\"die\"}\nraw stream", "\(result)")
        #expect(server.requests.map(\.method) == ["GET", "POST"])
    }
}

/// A Unix socket whose line is full until `answer` takes who waits there.
private final class Backlog: Sendable {
    private let listener: Int32
    private let filler: Int32

    init(_ path: String) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        filler = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let (listener, filler) = (listener, filler)
        let isReady = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                return bind(listener, $0, size) == 0 && listen(listener, 0) == 0
                    && connect(filler, $0, size) == 0
            }
        }
        try #require(isReady)
    }

    deinit {
        close(listener)
        close(filler)
    }

    /// Takes the one that fills the line, and answers the next.
    func answer() {
        close(accept(listener, nil, nil))
        let client = accept(listener, nil, nil)
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = read(client, &buffer, buffer.count)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate".utf8)
        _ = write(client, answer, answer.count)
        close(client)
    }
}
