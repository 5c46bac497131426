import Testing

@testable import FerryCLI

struct ManPageTests {
    /// The folder that holds Package.swift.
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

    @Test func `man-ferry-1 is what the option table makes`() throws {
        let bytes = try PosixFileSource().contents(of: Self.root + "/man/ferry.1", limit: 1 << 24)
        let file = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let made = ManPage.source.split(separator: "\n")
        let different = zip(file, made).first { $0 != $1 }
        #expect(different == nil, "renew it with: ferry --generate man > man/ferry.1")
        #expect(file.count == made.count, "renew it with: ferry --generate man > man/ferry.1")
    }

    @Test func `every option and exit status has its entry`() {
        let source = ManPage.source
        for option in OptionTable.all where option.category != .hidden {
            #expect(source.contains("\\fB\(Roff.escaped(option.documentedName))\\fR"), "\(option)")
        }
        for status in ExitStatus.allCases { #expect(source.contains(".TP\n\\fB\(status.rawValue)\\fR\n")) }
        #expect(!source.contains("generate\\fR"))
    }

    @Test func `no line is a request by accident or too long`() {
        let requests = ["TH", "SH", "TP", "PP", "IP", "EX", "EE", "B", "\\\""]
        var isCode = false
        for line in ManPage.source.split(separator: "\n") {
            if line == ".EX" { isCode = true }
            if line == ".EE" { isCode = false }
            if line.hasPrefix(".") {
                #expect(requests.contains { line.dropFirst().hasPrefix($0) }, "\(line)")
            } else if !isCode {
                #expect(line.utf8.count <= 80 || !line.contains(" "), "\(line)")
            }
            #expect(!line.hasPrefix("'"))
            #expect(line.last != " ")
        }
    }

    @Test func `roff's own characters are escaped`() {
        #expect(Roff.escaped(#"a-b\n 'x' ~^`"#) == #"a\-b\en \(aqx\(aq \(ti\(ha\(ga"#)
        var roff = Roff()
        roff.text("Use --limit, or (-Z). 'x' and - stay.")
        #expect(
            roff.source == #"""
                Use \fB\-\-limit\fR, or (\fB\-Z\fR).
                \(aqx\(aq and \- stay.

                """#)
        roff = Roff()
        roff.code(".x\ny")
        #expect(roff.source == ".EX\n\\&.x\ny\n.EE\n")
    }

    @Test func `sections speak of options that exist`() {
        for word in ManPage.source.replacing("\\-", with: "-").split(whereSeparator: {
            !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "."
        }) {
            let name = word.hasSuffix(".") ? word.dropLast() : word
            guard name.hasPrefix("--"), name.count > 2, name != "--no-", name.dropFirst(2).first != "-" else {
                continue
            }
            let prefix = ["--no-", "--expand-"].first { name.hasPrefix($0) } ?? "--"
            let plain = name.dropFirst(prefix.count)
            #expect(
                OptionTable.named(String(plain)) != nil || OptionTable.named(String(name.dropFirst(2))) != nil
                    || name == "--generate", "\(name)")
        }
    }
}
