import Glibc
import Testing

@testable import FerryCLI

@Suite struct FileCopyTests {
    private let folder = ScratchFolder()

    @Test(
        arguments: ["", "short", String(repeating: "long", count: 100_000)],
        ["", "old", String(repeating: "x", count: 70_000)])
    func `a file gets the content of another one, longer or shorter`(new: String, old: String) {
        folder.put("new", new)
        folder.put("old", old)
        #expect(FileCopy(of: folder["new"], over: folder["old"]).run { false } == .done)
        #expect(folder.text("old") == new && folder.text("new") == new)
    }

    @Test func `what cannot be begun leaves the file as it was`() {
        folder.put("new", String(repeating: "n", count: 1000))
        folder.put("old", "old")
        #expect(FileCopy(of: folder["new"], over: folder["missing"]).run { false } == .untouched(ENOENT))
        #expect(FileCopy(of: folder["missing"], over: folder["old"]).run { false } == .untouched(ENOENT))
        // A signal came before.
        #expect(FileCopy(of: folder["new"], over: folder["old"]).run { true } == .untouched(nil))
        #expect(folder.text("old") == "old")
    }

    @Test func `a copy that breaks off is told, with where the whole content is`() {
        folder.put("new", "new")
        #expect(FileCopy(of: folder["new"], over: "/dev/full").run { false } == .broken(ENOSPC))
        let error = OutputError(.replace, "f", .leftBeside("f.part", ENOSPC))
        #expect(error.description.hasSuffix("No space left on device; the whole answer is in f.part"))
    }
}
