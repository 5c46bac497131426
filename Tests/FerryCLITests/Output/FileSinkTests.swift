import Glibc
import HTTPCore
import Testing

@testable import FerryCLI

@Suite struct FileSinkTests {
    let folder = ScratchFolder()
    let temporaryFiles = TemporaryFiles()

    func makeSink(
        _ name: String, _ placement: FilePlacement = .overwrite, isAtomic: Bool = true,
        createsFolders: Bool = false
    ) -> FileSink {
        FileSink(
            path: name.hasPrefix("/") ? name : folder[name], placement: placement, isAtomic: isAtomic,
            createsFolders: createsFolders, temporaryFiles: temporaryFiles)
    }

    func failure(_ body: () throws -> Void) -> OutputError? {
        do {
            try body()
            return nil
        } catch {
            return error as? OutputError
        }
    }

    @Test func `nothing exists before the first byte, and a whole file after commit`() throws {
        let sink = makeSink("a")
        #expect(folder.names == [])
        try sink.write("hello ")
        try sink.write("world")
        #expect(folder.text("a") == nil)
        #expect(temporaryFiles.count == 1)
        try sink.commit()
        #expect(folder.text("a") == "hello world")
        #expect(folder.names == ["a"])
        #expect(temporaryFiles.count == 0)
        #expect(sink.bytesWritten == 11)
    }

    @Test func `an empty answer makes an empty file`() throws {
        try makeSink("a").commit()
        #expect(folder.text("a") == "")
    }

    @Test func `a sink that is aborted before its first byte makes nothing`() {
        makeSink("a").abort()
        #expect(folder.names == [])
    }

    @Test func `a new file has the umask's mode`() throws {
        let mask = try #require(currentUmask())
        let sink = makeSink("a")
        try sink.write("x")
        try sink.commit()
        #expect(folder.mode("a") == 0o666 & ~mask)
    }

    @Test func `a replaced file keeps its mode`() throws {
        folder.put("a", "old", mode: 0o604)
        let sink = makeSink("a")
        try sink.write("new")
        try sink.commit()
        #expect(folder.text("a") == "new")
        #expect(folder.mode("a") == 0o604)
        #expect(folder.names == ["a"])
    }

    @Test func `an aborted transfer leaves the old file and no other`() throws {
        folder.put("a", "old")
        let sink = makeSink("a")
        try sink.write("new")
        #expect(folder.names.count == 2)
        sink.abort()
        #expect(folder.text("a") == "old")
        #expect(folder.names == ["a"])
    }

    @Test func `bytes that are wrong leave a file that was written in place as it was`() throws {
        folder.put("a", "old")
        let behind = makeSink("a", .append)
        try behind.write("new")
        behind.abort(isWrong: true)
        #expect(folder.text("a") == "old")
        let written = makeSink("b", .append)
        try written.write("new")
        try written.flush()
        written.abort(isWrong: true)
        #expect(folder.names == ["a"])
        // Another name of the file does not keep them.
        symlink("a", folder["link"])
        let linked = makeSink("link", isAtomic: false)
        try linked.write("new")
        try linked.flush()
        linked.abort(isWrong: true)
        #expect(folder.text("a") == "")
    }

    @Test func `a sink that is dropped unfinished removes its half`() throws {
        do {
            let sink = makeSink("a")
            try sink.write("new")
        }
        #expect(folder.names == [])
        #expect(temporaryFiles.count == 0)
    }

    @Test func `a part that cannot be removed keeps its meta, which claims nothing (R-05)`() throws {
        var warnings: [String] = []
        let sink = makeSink("a")
        sink.identify(
            BodyIdentity(
                url: "http://h/", validator: StrongValidator(entityTag: "\"1\"", lastModified: nil), length: 9
            )
        ) {
            warnings.append($0)
        }
        try sink.write("new")
        try sink.savePart(isSecondOver: true)
        #expect(folder.names == ["a.part", "a.part.meta"])
        // A folder is what unlink does not remove for anybody.
        #expect(rename(folder["a.part"], folder["b"]) == 0 && mkdir(folder["a.part"], 0o700) == 0)
        sink.abort()
        #expect(folder.names == ["a.part", "a.part.meta", "b"])
        let meta = try PartMeta(parsing: Array((folder.text("a.part.meta") ?? "").utf8))
        #expect(meta.bytes == 0)
        #expect(warnings == ["cannot remove \(folder["a.part"]): Is a directory"])
        #expect(temporaryFiles.count == 0)
    }

    @Test(arguments: [true, false])
    func `a part whose name somebody took is neither given nor removed (R-05)`(isReplaced: Bool) throws {
        for isKept in [true, false] {
            let sink = makeSink("a")
            let validator = StrongValidator(entityTag: "\"1\"", lastModified: nil)
            sink.identify(BodyIdentity(url: "http://h/", validator: validator, length: 9)) { _ in }
            try sink.write("new")
            try sink.savePart(isSecondOver: true)
            #expect(rename(folder["a.part"], folder["mine"]) == 0)
            if isReplaced { folder.put("a.part", "foreign") }
            if isKept {
                let notice =
                    "nothing of \(folder["a"]) is kept, as \(folder["a.part"]) was removed or replaced meanwhile"
                #expect(sink.keep(.all) == notice)
            } else {
                #expect(
                    failure { try sink.commit() }?.description
                        == "cannot put the answer in place of \(folder["a"]): \(folder["a.part"]) was removed or replaced meanwhile"
                )
            }
            sink.abort()
            #expect(folder.names == (isReplaced ? ["a.part", "mine"] : ["mine"]))
            #expect(folder.text("mine") == "new")
            #expect(temporaryFiles.count == 0)
            for name in folder.names { unlink(folder[name]) }
        }
    }

    @Test func `what came just before a signal is in the part that its meta tells of (R-05)`() throws {
        let sink = FileSink(path: folder["a"], temporaryFiles: temporaryFiles, shouldStop: { true })
        sink.identify(
            BodyIdentity(
                url: "http://h/", validator: StrongValidator(entityTag: "\"1\"", lastModified: nil),
                length: 90_000)
        ) { _ in }
        try sink.write("gathered")
        // Long enough to go to the kernel at once.
        try sink.write(String(repeating: "x", count: 64 * 1024))
        #expect(sink.keep(.all) != nil)
        let meta = try PartMeta(parsing: Array((folder.text("a.part.meta") ?? "").utf8))
        #expect(meta.bytes == 8 + 64 * 1024)
        #expect(folder.text("a.part")?.utf8.count == 8 + 64 * 1024)
    }

    @Test func `the half-made file has a hidden name that tells what it is`() throws {
        let sink = makeSink("data.bin")
        try sink.write("x")
        let name = try #require(folder.names.first)
        #expect(name.hasPrefix(".data.bin."))
        #expect(name.hasSuffix(".part"))
        sink.abort()
    }

    @Test func `ending a run removes all half-made files`() throws {
        let one = makeSink("a")
        let two = makeSink("b")
        try one.write("1")
        try two.write("2")
        temporaryFiles.abortAll()
        #expect(folder.names == [])
        #expect(failure { try one.commit() } != nil)
        #expect(folder.names == [])
    }

    @Test func `a symbolic link stays and its target is replaced`() throws {
        folder.put("target", "old", mode: 0o640)
        symlink("target", folder["link"])
        let sink = makeSink("link")
        try sink.write("new")
        try sink.commit()
        var status = stat()
        lstat(folder["link"], &status)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
        #expect(folder.text("target") == "new")
        #expect(folder.mode("target") == 0o640)
        #expect(folder.names == ["link", "target"])
    }

    @Test func `a link into another folder is replaced there, through two links`() throws {
        mkdir(folder["d"], 0o755)
        symlink("d/inner", folder["outer"])
        symlink(folder["d/file"], folder["d/inner"])
        let sink = makeSink("outer")
        try sink.write("new")
        try sink.commit()
        #expect(folder.text("d/file") == "new")
        #expect(folder.names == ["d", "outer"])
    }

    @Test func `a loop of links is an error`() {
        symlink("b", folder["a"])
        symlink("a", folder["b"])
        #expect(failure { try makeSink("a").write("x") }?.cause == .system(ELOOP))
    }

    @Test func `a long name leaves room for the half-made file's tag`() throws {
        let name = String(repeating: "n", count: 255)
        let sink = makeSink(name)
        try sink.write("x")
        #expect(folder.names.first?.utf8.count ?? 0 <= 255)
        try sink.commit()
        #expect(folder.names == [name])
    }

    @Test func `a name that no file system takes fails at the first byte`() {
        let sink = makeSink(String(repeating: "n", count: 256))
        #expect(failure { try sink.write("x") }?.cause == .system(ENAMETOOLONG))
        #expect(folder.names == [])
    }

    @Test func `a folder as target is refused`() {
        let error = failure { try makeSink(folder.path).write("x") }
        #expect(
            error?.description
                == "cannot open \(folder.path): Is a directory (name a file in that folder)")
    }

    @Test func `a missing folder is an error that names the option`() {
        let error = failure { try makeSink("no/such").write("x") }
        #expect(
            error?.description
                == "cannot create \(folder["no/such"]): No such file or directory "
                + "(the folder is missing: --create-dirs makes it)")
    }

    @Test func `missing folders are made when asked`() throws {
        let mask = try #require(currentUmask())
        let sink = makeSink("x/y//z/file", createsFolders: true)
        #expect(folder.names == [])
        try sink.write("1")
        try sink.commit()
        #expect(folder.text("x/y/z/file") == "1")
        #expect(folder.mode("x") == 0o750 & ~mask)
        #expect(folder.mode("x/y/z") == 0o750 & ~mask)
    }

    @Test func `a file in the way of a folder is an error`() {
        folder.put("x", "")
        let error = failure { try makeSink("x/y/file", createsFolders: true).write("1") }
        #expect(error?.cause == .system(ENOTDIR))
        #expect(error?.operation == .makeFolder)
    }

    @Test func `a full disk is a clear error`() {
        let sink = makeSink("/dev/full")
        let big = [UInt8](repeating: 65, count: 100_000)
        let error = failure { try sink.write(big) }
        #expect(
            error?.description
                == "cannot write to /dev/full: No space left on device (free some space or choose another folder)"
        )
    }

    @Test func `a full disk is noticed at commit for gathered bytes`() throws {
        let sink = makeSink("/dev/full")
        try sink.write("small")
        #expect(failure { try sink.commit() }?.cause == .system(ENOSPC))
    }

    @Test func `the null device takes everything and opens nothing`() throws {
        let sink = makeSink("/dev/null")
        #expect(sink.isDiscarding)
        try sink.write("abc")
        #expect(try sink.descriptorForSplice() == nil)
        #expect(sink.bytesWritten == 3)
        try sink.truncateToStart()
        #expect(sink.bytesWritten == 0)
        try sink.commit()
    }

    @Test func `a named pipe is written in place`() throws {
        mkfifo(folder["pipe"], 0o600)
        let reader = open(folder["pipe"], O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let sink = makeSink("pipe")
        try sink.write("through")
        try sink.commit()
        #expect(readToEnd(reader) == "through")
        #expect(folder.names == ["pipe"])
    }

    @Test func `a pipe without a reader is a broken pipe`() throws {
        signal(SIGPIPE, SIG_IGN)
        mkfifo(folder["pipe"], 0o600)
        let reader = open(folder["pipe"], O_RDONLY | O_NONBLOCK)
        let sink = makeSink("pipe")
        try sink.write("a")
        close(reader)
        #expect(failure { try sink.flush() }?.cause == .system(EPIPE))
    }

    @Test func `a pipe cannot be rewound once it has taken bytes`() throws {
        mkfifo(folder["pipe"], 0o600)
        let reader = open(folder["pipe"], O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let sink = makeSink("pipe")
        #expect(sink.canRewind)
        try sink.write("a")
        #expect(!sink.canRewind)
        #expect(failure { try sink.truncateToStart() }?.cause == .system(ESPIPE))
    }

    @Test func `in place the name holds what came so far, also after an abort`() throws {
        folder.put("a", "old and longer")
        let sink = makeSink("a", isAtomic: false)
        try sink.write("new")
        try sink.flush()
        #expect(folder.text("a") == "new")
        sink.abort()
        #expect(folder.text("a") == "new")
    }

    @Test func `appending goes on at the end of the file`() throws {
        folder.put("a", "0123")
        #expect(try FileSink.existingSize(of: folder["a"]) == 4)
        let sink = makeSink("a", .append)
        try sink.write("45")
        try sink.truncateToStart()
        try sink.write("67")
        try sink.commit()
        #expect(folder.text("a") == "012367")
    }

    @Test func `appending to nothing starts a file`() throws {
        #expect(try FileSink.existingSize(of: folder["a"]) == 0)
        let sink = makeSink("a", .append)
        try sink.write("x")
        try sink.commit()
        #expect(folder.text("a") == "x")
    }

    @Test func `a file that cannot be looked at is not resumed as an empty one`() throws {
        let loop = folder["loop"]
        symlink(loop, loop)
        #expect(throws: OutputError(.open, loop, errno: ELOOP)) { try FileSink.existingSize(of: loop) }
    }

    @Test func `a retry starts over`() throws {
        let sink = makeSink("a")
        try sink.write("first attempt")
        try sink.flush()
        try sink.write(" and more")
        try sink.truncateToStart()
        #expect(sink.bytesWritten == 0)
        try sink.write("second")
        try sink.commit()
        #expect(folder.text("a") == "second")
    }

    @Test(arguments: [true, false])
    func `a server's name never overwrites a file`(isAtomic: Bool) {
        folder.put("a", "mine")
        let error = failure { try makeSink("a", .createNew, isAtomic: isAtomic).write("x") }
        #expect(
            error?.description
                == "cannot create \(folder["a"]): File exists "
                + "(a name chosen by the server never overwrites a file: name it with -o)")
        #expect(folder.text("a") == "mine")
        #expect(folder.names == ["a"])
    }

    @Test(arguments: [true, false])
    func `a server's name never follows a link`(isAtomic: Bool) {
        symlink("elsewhere", folder["a"])
        let error = failure { try makeSink("a", .createNew, isAtomic: isAtomic).write("x") }
        #expect(error?.cause == .system(EEXIST))
        #expect(folder.names == ["a"])
    }

    @Test(arguments: [true, false])
    func `a server's name makes a new file`(isAtomic: Bool) throws {
        let sink = makeSink("a", .createNew, isAtomic: isAtomic)
        try sink.write("x")
        try sink.commit()
        #expect(folder.text("a") == "x")
        #expect(folder.names == ["a"])
    }

    @Test func `a server's name that appeared meanwhile is not overwritten`() throws {
        let sink = makeSink("a", .createNew)
        try sink.write("x")
        folder.put("a", "mine")
        #expect(failure { try sink.commit() }?.cause == .system(EEXIST))
        #expect(folder.text("a") == "mine")
        #expect(folder.names == ["a"])
    }

    @Test func `a writable file in a folder that takes no new files is written in place`() throws {
        guard geteuid() != 0 else { return }
        mkdir(folder["d"], 0o755)
        folder.put("d/a", "old and longer")
        chmod(folder["d"], 0o555)
        defer { chmod(folder["d"], 0o755) }
        let sink = makeSink("d/a")
        try sink.write("new")
        try sink.commit()
        #expect(folder.text("d/a") == "new")
        #expect(failure { try makeSink("d/b").write("x") }?.cause == .system(EACCES))
    }

    @Test func `paths that the kernel makes up are written in place`() throws {
        let sink = makeSink("/proc/thread-self/comm")
        try sink.write("ferry-test")
        try sink.flush()
        #expect(temporaryFiles.count == 0)
        sink.abort()
    }

    @Test func `a write-protected file is not replaced`() throws {
        guard geteuid() != 0 else { return }
        folder.put("a", "old", mode: 0o444)
        #expect(failure { try makeSink("a").write("x") }?.cause == .system(EACCES))
        #expect(folder.text("a") == "old")
    }

    @Test func `the descriptor for splice comes after earlier bytes`() throws {
        let sink = makeSink("a")
        try sink.write("head ")
        let descriptor = try #require(try sink.descriptorForSplice())
        #expect(Glibc.write(descriptor, "body", 4) == 4)
        sink.didSplice(4)
        try sink.write(" tail")
        try sink.commit()
        #expect(folder.text("a") == "head body tail")
        #expect(sink.bytesWritten == 14)
    }

    @Test func `small and large pieces keep their order`() throws {
        let sink = makeSink("a")
        var expected = ""
        for size in [1, 20_000, 3, 16_384, 16_383, 0, 70_000, 5] {
            let piece = String(repeating: Character(UnicodeScalar(UInt8(97 + size % 26))), count: size)
            try sink.write(piece)
            expected += piece
        }
        for _ in 0..<30_000 { try sink.write("tiny") }
        expected += String(repeating: "tiny", count: 30_000)
        try sink.commit()
        #expect(folder.text("a") == expected)
    }

    @Test func `a finished sink takes no more`() throws {
        let sink = makeSink("a")
        try sink.commit()
        #expect(failure { try sink.write("x") } != nil)
        sink.abort()
        #expect(folder.text("a") == "")
    }
}
