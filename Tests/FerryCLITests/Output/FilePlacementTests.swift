import Glibc
import Testing

@testable import FerryCLI

/// Files whose name is taken, whose time is told, and which a failure removes.
@Suite struct FilePlacementTests {
    let folder = ScratchFolder()
    let temporaryFiles = TemporaryFiles()

    func makeSink(_ name: String, _ placement: FilePlacement, isAtomic: Bool = true) -> FileSink {
        FileSink(
            path: folder[name], placement: placement, isAtomic: isAtomic, temporaryFiles: temporaryFiles)
    }

    @Test(arguments: [true, false]) func `a taken name gets a number`(isAtomic: Bool) throws {
        for expected in ["f", "f.1", "f.2"] {
            let sink = makeSink("f", .numbered, isAtomic: isAtomic)
            try sink.write("for \(expected)")
            try sink.commit()
            #expect(sink.path == folder[expected])
            #expect(folder.text(expected) == "for \(expected)")
        }
        #expect(folder.names == ["f", "f.1", "f.2"])
        #expect(temporaryFiles.count == 0)
    }

    @Test func `a name that is taken while the file is written gets a number at the end`() throws {
        let sink = makeSink("f", .numbered)
        try sink.write("mine")
        folder.put("f", "somebody else's")
        try sink.commit()
        #expect(folder.text("f") == "somebody else's")
        #expect(folder.text("f.1") == "mine")
        #expect(sink.path == folder["f.1"])
    }

    @Test(arguments: [true, false]) func `a link counts as taken, and leads nowhere`(isAtomic: Bool) throws {
        #expect(symlink("target", folder["f"]) == 0)
        let sink = makeSink("f", .numbered, isAtomic: isAtomic)
        try sink.write("x")
        try sink.commit()
        #expect(folder.names == ["f", "f.1"])
    }

    @Test(arguments: [true, false]) func `a server's name may replace a file, not what a link leads to`(
        isAtomic: Bool
    ) throws {
        folder.put("f", "old", mode: 0o640)
        let sink = makeSink("f", .replaceName, isAtomic: isAtomic)
        try sink.write("new")
        try sink.commit()
        #expect(folder.text("f") == "new" && folder.mode("f") & 0o777 == 0o640)
        #expect(symlink("f", folder["link"]) == 0)
        let linked = makeSink("link", .replaceName, isAtomic: isAtomic)
        if isAtomic {
            try linked.write("elsewhere")
            try linked.commit()
            #expect(folder.text("link") == "elsewhere")
        } else {
            #expect(throws: OutputError.self) { try linked.write("elsewhere") }
        }
        #expect(folder.text("f") == "new")
    }

    @Test func `a server's name replaces neither a folder nor a pipe`() {
        #expect(mkdir(folder["d"], 0o755) == 0 && mkfifo(folder["p"], 0o600) == 0)
        for name in ["d", "p"] {
            for isAtomic in [true, false] {
                #expect(throws: OutputError.self) {
                    try makeSink(name, .replaceName, isAtomic: isAtomic).write("x")
                }
            }
        }
        #expect(folder.names == ["d", "p"])
    }

    @Test(arguments: [true, false]) func `the time of the remote file`(isAtomic: Bool) throws {
        let sink = makeSink("f", .overwrite, isAtomic: isAtomic)
        try sink.write("x")
        try sink.commit(notes: FileNotes(modified: 1_000_000_000))
        var status = stat()
        #expect(stat(folder["f"], &status) == 0 && status.st_mtim.tv_sec == 1_000_000_000)
        #expect(sink.noteProblem == nil)
    }

    @Test func `what cannot be noted is told, and the file stays`() throws {
        let sink = makeSink("f", .overwrite)
        try sink.write("x")
        try sink.commit(notes: FileNotes(attributes: [("nonsense", "x")]))
        #expect(
            sink.noteProblem?.hasPrefix("cannot set the extended attribute nonsense of \(folder["f"]): ")
                == true)
        #expect(folder.text("f") == "x")
    }

    @Test func `a failure removes what was begun in place only when asked to`() throws {
        for removes in [false, true] {
            folder.put("f", "old")
            let sink = makeSink("f", .overwrite, isAtomic: false)
            try sink.write("part")
            sink.abort(removesFile: removes)
            #expect(folder.text("f") == (removes ? nil : "part"))
        }
        folder.put("g", "old")
        let atomic = makeSink("g", .overwrite)
        try atomic.write("part")
        atomic.abort(removesFile: true)
        #expect(folder.text("g") == "old" && folder.names == ["g"])
    }
}
