import Glibc
import TestSupport
import Testing

/// `--report`: what CI systems read of a run.
@Suite struct ReportTests {
    /// What Jenkins' junit-10.xsd demands of the parts that ferry writes.
    private static let schema = #"""
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:simpleType name="duration"><xs:restriction base="xs:string">
            <xs:pattern value="(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?"/>
          </xs:restriction></xs:simpleType>
          <xs:complexType name="problem" mixed="true">
            <xs:attribute name="type"/><xs:attribute name="message"/>
          </xs:complexType>
          <xs:element name="testsuites"><xs:complexType>
            <xs:sequence><xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
            <xs:attribute name="name"/><xs:attribute name="time" type="duration"/><xs:attribute name="tests"/>
            <xs:attribute name="failures"/><xs:attribute name="errors"/>
          </xs:complexType></xs:element>
          <xs:element name="testsuite"><xs:complexType>
            <xs:choice minOccurs="0" maxOccurs="unbounded">
              <xs:element name="testcase"><xs:complexType>
                <xs:choice minOccurs="0" maxOccurs="unbounded">
                  <xs:element name="skipped" type="problem"/><xs:element name="error" type="problem"/>
                  <xs:element name="failure" type="problem"/><xs:element name="system-out" type="xs:string"/>
                  <xs:element name="system-err" type="xs:string"/>
                </xs:choice>
                <xs:attribute name="name" use="required"/><xs:attribute name="time"/>
                <xs:attribute name="classname"/><xs:attribute name="group"/>
              </xs:complexType></xs:element>
            </xs:choice>
            <xs:attribute name="name" use="required"/><xs:attribute name="tests" use="required"/>
            <xs:attribute name="failures" use="required"/><xs:attribute name="errors" use="required"/>
            <xs:attribute name="group"/><xs:attribute name="time" type="duration"/><xs:attribute name="skipped"/>
            <xs:attribute name="timestamp"/><xs:attribute name="hostname"/><xs:attribute name="id"/>
            <xs:attribute name="package"/><xs:attribute name="file"/><xs:attribute name="log"/>
            <xs:attribute name="url"/>
          </xs:complexType></xs:element>
        </xs:schema>
        """#

    private static func server() throws -> ScriptedServer {
        try ScriptedServer { request in
            switch request.path {
            case "/bad": [.respond(503, body: "<&\">\u{1}")]
            case "/cut": [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), .close]
            default: [.respond(200, body: "{\"n\":1}")]
            }
        }
    }

    /// One that is right, one that is not as expected, one that breaks, one that is refused by -f, one that is no URL.
    private static func arguments(_ server: ScriptedServer) -> [String] {
        let url = "http://\(server.authority)"
        return [
            "-s", "-o", "/dev/null", "--expect-json", ".n == 1", "\(url)/ok?token=geheim#a", "-o",
            "/dev/null",
            "\(url)/bad", "-o", "/dev/null", "\(url)/cut", "--next", "-s", "-f", "\(url)/bad", "http://[1-",
        ]
    }

    @Test func `JUnit is valid, counts what failed and what broke (E-04)`() throws {
        let (server, folder) = (try Self.server(), try TemporaryDirectory())
        let result = try runFerry(
            ["--report", "junit=r.xml"] + Self.arguments(server), directory: folder.path)
        #expect(result.exitStatus == 110, "\(result)")
        try folder.write(Self.schema, to: "junit.xsd")
        let check = try runProcess(
            "xmllint", ["--noout", "--schema", folder.file("junit.xsd"), folder.file("r.xml")])
        #expect(check.exitStatus == 0, "\(check)")
        func find(_ path: String) throws -> String {
            try runProcess("xmllint", ["--xpath", path, folder.file("r.xml")]).outText.trimmingNewlines
        }
        #expect(try find("string(/testsuites/testsuite/@tests)") == "5")
        #expect(try find("string(/testsuites/@failures)") == "2")
        #expect(try find("string(/testsuites/@errors)") == "2")
        #expect(
            try find("string(//testcase[1]/@name)")
                == "GET http://\(server.authority)/ok?token=[redacted]#a")
        #expect(try find("count(//testcase[1]/*)") == "0")
        #expect(
            try find("string(//testcase[2]/failure)").hasPrefix(
                "expected --expect-json '.n == 1', but the body is no JSON"))
        #expect(try find("string(//testcase[3]/error/@type)") == "exit status 18")
        #expect(try find("string(//testcase[4]/failure/@type)") == "exit status 22")
        #expect(try find("string(//testcase[5]/error/@type)") == "exit status 3")
    }

    @Test func `TAP 13 has a plan, a line for each and why (E-04)`() throws {
        let (server, folder) = (try Self.server(), try TemporaryDirectory())
        _ = try runFerry(["--report", "tap=r.tap"] + Self.arguments(server), directory: folder.path)
        let lines = text(folder.read("r.tap") ?? []).split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["TAP version 13", "1..5"])
        #expect(
            lines.filter { $0.contains("ok ") }.map { String($0.prefix { $0 != "-" }) }
                == ["ok 1 ", "not ok 2 ", "not ok 3 ", "not ok 4 ", "not ok 5 "])
        #expect(lines[2].hasSuffix("token=[redacted]\\#a"))
        #expect(lines.filter { $0 == "  ---" }.count == 4 && lines.filter { $0 == "  ..." }.count == 4)
        #expect(lines.contains("  exit: 18"))
    }

    @Test func `JSON holds what -w knows, with expectations and attempts (E-04)`() throws {
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(503), .expectRequest, .respond(200, body: "{\"n\":2}"),
        ])
        let folder = try TemporaryDirectory()
        _ = try runFerry(
            [
                "-s", "--retry", "2", "--retry-delay", "0.01", "--report", "json=r.json", "--expect-status",
                "200",
                "--expect-json", ".n == 1", "-o", "out", "\(server.url())x?api_key=geheim",
            ], directory: folder.path)
        func find(_ filter: String) throws -> String {
            try runProcess("jq", ["-c", filter, folder.file("r.json")]).outText.trimmingNewlines
        }
        #expect(try find("length") == "1")
        #expect(try find(".[0].http_code, .[0].num_retries, .[0].exitcode") == "200\n1\n110")
        #expect(try find("[.[0].attempts[].response_code]") == "[503,200]")
        #expect(try find("[.[0].expectations[].holds]") == "[true,false]")
        #expect(try find(".[0].expectations[1].seen") == "\"it is 2\"")
        #expect(!text(folder.read("r.json") ?? []).contains("geheim"))
        #expect(try find(".[0].url") == "\"\(server.url())x?api_key=[redacted]\"")
    }

    @Test func `an attempt that was over before a signal keeps its reason (E-04)`() throws {
        let server = try ScriptedServer(script: [.expectRequest, .respond(503)])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            [
                "-s", "--retry", "1", "--retry-delay", "60", "--events", "events", "--report", "json=r.json",
                server.url(),
            ], directory: folder.path)
        for _ in 0..<1000 where !text(folder.read("events") ?? []).contains("\"retry\"") { usleep(10_000) }
        process.send(SIGTERM)
        #expect(process.wait(timeoutSeconds: 10).signal == SIGTERM)
        let entry = try ParsedJSON(text(folder.read("r.json") ?? [])).array?.first
        #expect(entry?["errormsg"]?.string == "stopped by a signal")
        #expect(entry?["attempts"]?[0]?["error"]?.string?.contains("503") == true, "\(entry as Any)")
    }

    @Test func `workflow commands go to standard error or to a file, escaped (E-04)`() throws {
        let server = try Self.server()
        let result = try runFerry(["--report", "github"] + Self.arguments(server))
        let lines = result.errText.split(separator: "\n")
        #expect(lines.count == 4 && lines.allSatisfy { $0.hasPrefix("::error title=") }, "\(result)")
        let host = server.authority.split(separator: ":").joined(separator: "%3A")
        #expect(lines[0].hasPrefix("::error title=GET http%3A//\(host)/bad::expected --expect-json"))
        let folder = try TemporaryDirectory()
        let quiet = try runFerry(
            ["--report", "github=r.txt"] + Self.arguments(server), directory: folder.path)
        #expect(quiet.errText == "" && text(folder.read("r.txt") ?? []) == result.errText)
    }

    @Test func `a signal leaves whole reports (E-04)`() throws {
        let arrived = Gate()
        let server = try ScriptedServer(script: [
            .expectRequest, .respond(200, body: "a"), .expectRequest, .open(arrived), .hold,
        ])
        let folder = try TemporaryDirectory()
        let process = try RunningProcess(
            ferryBinary(),
            ["-s", "--report", "junit=r.xml", "--report", "json=r.json", "\(server.url())[1-3]"],
            directory: folder.path)
        #expect(arrived.wait(timeoutSeconds: 20))
        process.send(SIGINT)
        let result = process.wait(timeoutSeconds: 20)
        #expect(result.signal == SIGINT || result.exitStatus == 130, "\(result)")
        try folder.write(Self.schema, to: "junit.xsd")
        let check = try runProcess(
            "xmllint", ["--noout", "--schema", folder.file("junit.xsd"), folder.file("r.xml")])
        #expect(check.exitStatus == 0, "\(check)")
        let states = try runProcess("jq", ["-c", "[.[].errormsg]", folder.file("r.json")]).outText
        #expect(states.contains("[null,\""), "\(states)")
        #expect(text(folder.read("r.xml") ?? []).contains("stopped by a signal"))
    }

    @Test func `a transfer that never began has its URL in the report (E-04)`() throws {
        let server = try ScriptedServer { _ in [.respond(404)] }
        let folder = try TemporaryDirectory()
        _ = try runFerry(
            ["-sS", "-f", "--fail-early", "--report", "json=r.json", server.url("/[1-2]")],
            directory: folder.path)
        let urls = try runProcess("jq", ["-c", "[.[].url]", folder.file("r.json")]).outText
        #expect(urls == "[\"\(server.url("/1"))\",\"\(server.url("/2"))\"]\n")
    }

    @Test func `a name has the method that was asked for, whatever became of the transfer (E-04)`() throws {
        let server = try ScriptedServer {
            switch $0.path {
            case "/form": [.respond(303, [("Location", "/done")])]
            case "/bad": [.respond(404)]
            default: [.respond()]
            }
        }
        let result = try runFerry(
            ["-sS", "-f", "-L", "--fail-early", "--report", "tap=-", "-d", "x", server.url("/form")]
                + ["--next", "-I", "-f", server.url("/bad"), "--next", "-I", server.url("/head")]
                + ["--next", "-X", "PURGE", server.url("/own")])
        let names = result.outText.split(separator: "\n").compactMap { line in
            line.contains("ok ") ? line.split(separator: " - ").last.map { $0.prefix { $0 != "#" } } : nil
        }
        #expect(
            names.map { $0.split(separator: " ").joined(separator: " ") } == [
                "POST \(server.url("/form"))", "HEAD \(server.url("/bad"))", "HEAD \(server.url("/head"))",
                "PURGE \(server.url("/own"))",
            ], "\(result)")
    }

    /// The third one waits for its turn in the order of the command line, the others in that of their hosts.
    @Test(arguments: [[], ["-Z", "--limit", "1"]])
    func `what never began stands in the reports as skipped (E-04)`(arguments: [String]) throws {
        let server = try ScriptedServer(script: [.expectRequest, .respond(404, body: "a"), .hold])
        let folder = try TemporaryDirectory()
        let result = try runFerry(
            ["-sS", "-f", "--fail-early", "--report", "junit=r.xml", "--report", "tap=r.tap"] + arguments
                + ["\(server.url())[1-3]", "http://127.0.0.1:1/?token=hush"], directory: folder.path)
        #expect(result.exitStatus == 22, "\(result)")
        let tap = text(folder.read("r.tap") ?? [])
        #expect(tap.hasPrefix("TAP version 13\n1..4\nnot ok 1 - GET"), "\(tap)")
        #expect(tap.ranges(of: "# SKIP it did not begin, because another failed").count == 3)
        #expect(tap.contains("ok 4 - GET http://127.0.0.1:1/?token=[redacted] # SKIP"), "\(tap)")
        try folder.write(Self.schema, to: "junit.xsd")
        let check = try runProcess(
            "xmllint", ["--noout", "--schema", folder.file("junit.xsd"), folder.file("r.xml")])
        #expect(check.exitStatus == 0, "\(check)")
        #expect(text(folder.read("r.xml") ?? []).contains("errors=\"0\" "))
        #expect(text(folder.read("r.xml") ?? []).contains("skipped=\"3\""))
    }

    @Test(arguments: [
        ("junit", "'junit' names no file (junit=FILE)"),
        ("html=x", "'html=x' names no format before an equals sign (junit, tap, json, github)"),
    ])
    func `a bad report is a usage error`(value: String, problem: String) throws {
        let result = try runFerry(["--report", value, "http://127.0.0.1:1/"])
        #expect(
            result.exitStatus == 2 && result.errText.hasPrefix("ferry: option --report: \(problem)\n"),
            "\(result)")
        let twice = try runFerry(["--report", "tap=x", "--report", "json=x", "http://127.0.0.1:1/"])
        #expect(twice.exitStatus == 2 && twice.errText.contains("goes where another report goes"))
    }

    @Test func `a report that cannot be written is told, and is exit status 23`() throws {
        let server = try Self.server()
        let result = try runFerry([
            "-sS", "--report", "tap=/nowhere/r.tap", "-o", "/dev/null", server.url("/ok"),
        ])
        #expect(result.exitStatus == 23 && result.errText.contains("a report was not written: "), "\(result)")
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        var rest = self[...]
        while rest.last == "\n" { rest.removeLast() }
        return String(rest)
    }
}
