import Testing

@testable import FerryCLI

struct ConditionGroupTests {
    private let disk = FakeFiles(["tag": "\"t\"\r\n", "empty": "\n"])

    @Test(arguments: [
        ("1 Jan 2020", TimeCondition.Kind.ifModifiedSince), ("+1 Jan 2020", .ifModifiedSince),
        ("-1 Jan 2020", .ifUnmodifiedSince), ("=1 Jan 2020", .lastModified),
    ])
    func `the sign says which condition is meant`(_ value: String, _ kind: TimeCondition.Kind) throws {
        let condition = try operation(["-z", value]).timeCondition
        #expect(condition == TimeCondition(kind: kind, seconds: 1_577_836_800))
    }

    @Test func `what is neither date nor file takes an earlier condition away`() throws {
        let settings = try parse(["-z", "1 Jan 2020", "-z", "-nope"])
        #expect(settings.operations[0].timeCondition == nil)
        #expect(
            settings.warnings == [
                "option -z: 'nope' is neither a date nor a file; the condition is left out"
            ])
    }

    @Test func `when a condition is met`() {
        let since = TimeCondition(kind: .ifModifiedSince, seconds: 10)
        #expect(!since.isMet(byTime: 9) && !since.isMet(byTime: 10) && since.isMet(byTime: 11))
        let before = TimeCondition(kind: .ifUnmodifiedSince, seconds: 10)
        #expect(before.isMet(byTime: 9) && !before.isMet(byTime: 10) && !before.isMet(byTime: 11))
    }

    @Test func `tags are one line`() throws {
        #expect(try operation(["--etag-compare", "tag"], files: disk).etag == "\"t\"")
        #expect(try operation(["--etag-compare", "empty"], files: disk).etag == "\"\"")
        #expect(try operation(["--etag-compare", "nope"], files: disk).etag == "\"\"")
        #expect(try operation(["--etag-save", "-"]).etagFile == .standardOutput)
        #expect(try operation(["--etag-save", "tag"]).etagFile == .file("tag"))
    }
}
