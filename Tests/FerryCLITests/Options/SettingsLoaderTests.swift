import Testing

@testable import FerryCLI

struct SettingsLoaderTests {
    private let files = FakeFiles(["/home/u/.ferryrc": "location\nmax-time = 9", "/x/ferry/config": "silent"])

    @Test func `the places of the config file`() {
        #expect(
            Settings.defaultConfigPaths { ["FERRY_HOME": "/f", "XDG_CONFIG_HOME": "/x", "HOME": "/h"][$0] }
                == ["/f/.ferryrc", "/x/ferry/config", "/h/.ferryrc"])
        #expect(
            Settings.defaultConfigPaths { ["FERRY_HOME": "", "HOME": "/h"][$0] }
                == ["/h/.config/ferry/config", "/h/.ferryrc"])
        #expect(Settings.defaultConfigPaths { _ in nil } == [])
    }

    @Test func `the config file comes before the command line`() throws {
        let settings = try parse(["-m", "1", "u"], files: files, environment: ["HOME": "/home/u"])
        #expect(settings.operations[0].location)
        #expect(settings.operations[0].maxTime == .seconds(1))
    }

    @Test func `only the first readable config file counts`() throws {
        let settings = try parse(
            ["u"], files: files,
            environment: ["FERRY_HOME": "/none", "XDG_CONFIG_HOME": "/x", "HOME": "/home/u"])
        #expect(settings.global.silent)
        #expect(!settings.operations[0].location)
    }

    @Test(arguments: [["-q", "u"], ["-qv", "u"], ["--disable", "u"]])
    func `q as the first argument leaves it out`(arguments: [String]) throws {
        #expect(try !parse(arguments, files: files, environment: ["HOME": "/home/u"]).operations[0].location)
    }

    @Test func `q later does not`() throws {
        #expect(
            try parse(["-s", "-q", "u"], files: files, environment: ["HOME": "/home/u"]).operations[0]
                .location)
    }

    @Test func `errors of the config file name it`() {
        #expect(throws: UsageError.self) {
            _ = try parse(["u"], files: FakeFiles(["/h/.ferryrc": "nope"]), environment: ["HOME": "/h"])
        }
        do {
            _ = try parse(["u"], files: FakeFiles(["/h/.ferryrc": "nope"]), environment: ["HOME": "/h"])
        } catch {
            #expect("\(error)" == "/h/.ferryrc:1: option --nope: is unknown")
        }
    }

    @Test func `real files are read whole and bounded`() throws {
        let source = PosixFileSource()
        let whole = try source.contents(of: #filePath, limit: 1 << 20)
        #expect(whole.starts(with: Array("import Testing".utf8)))
        #expect(throws: FileReadError.tooLarge(limit: 10)) { try source.contents(of: #filePath, limit: 10) }
        #expect(try source.contents(of: #filePath, limit: whole.count) == whole)
        #expect(throws: FileReadError.system(2)) { try source.contents(of: "/nowhere/at/all", limit: 10) }
        #expect(throws: FileReadError.system(21)) { try source.contents(of: "/", limit: 1 << 20) }
        #expect(throws: FileReadError.tooLarge(limit: 100)) {
            try source.contents(of: "/dev/zero", limit: 100)
        }
        #expect(try source.contents(of: "/dev/null", limit: 0) == [])
        #expect(source.exists(#filePath))
        #expect(!source.exists("/nowhere/at/all"))
    }
}
