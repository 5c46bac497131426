import Testing

@testable import FerryCLI

@Suite struct HeaderDumpTests {
    final class Memory: ByteSink {
        var text = ""
        func write(_ bytes: UnsafeRawBufferPointer) { text += String(decoding: bytes, as: UTF8.self) }
    }

    let folder = ScratchFolder()
    let stdout = Memory()
    let stderr = Memory()

    func dump(_ blocks: [String], to argument: String) throws {
        let dump = HeaderDump(
            HeaderDumpTarget(argument), createsFolders: false, temporaryFiles: TemporaryFiles())
        for block in blocks {
            let result = Array(block.utf8).withUnsafeBytes { bytes in
                Result { try dump.write(bytes, stdout: stdout, stderr: stderr) }
            }
            try result.get()
        }
        try dump.finish()
    }

    @Test func `the first block empties the file and later ones are added`() throws {
        folder.put("h", "old and long enough to be seen")
        try dump(["A\r\n\r\n", "B\r\n\r\n"], to: folder["h"])
        #expect(folder.text("h") == "A\r\n\r\nB\r\n\r\n")
    }

    @Test func `the file is made although no header came`() throws {
        try dump([], to: folder["h"])
        #expect(folder.text("h") == "")
    }

    @Test func `a dash is standard output and a percent sign standard error`() throws {
        try dump(["A\r\n\r\n"], to: "-")
        try dump(["B\r\n\r\n"], to: "%")
        #expect(stdout.text == "A\r\n\r\n")
        #expect(stderr.text == "B\r\n\r\n")
    }
}
