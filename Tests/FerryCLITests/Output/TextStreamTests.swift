import Glibc
import Testing

@testable import FerryCLI

/// A stream into a file that says it is a terminal, or that it is none.
struct StreamProbe {
    let output = OutputFile()
    let stream: TextStream

    init(isTerminal: Bool, columns: Int? = nil) {
        stream = TextStream(descriptor: output.descriptor, isTerminal: isTerminal, columns: columns)
    }

    var text: String { output.text }
}

@Suite struct TextStreamTests {
    @Test func `a file named by an option is emptied and written at once`() throws {
        let folder = ScratchFolder()
        folder.put("err", "old and longer")
        let stream = try TextStream.open(folder["err"])
        stream.print("new\n")
        #expect(folder.text("err") == "new\n")
        #expect(!stream.isTerminal)
        #expect(stream.columns == nil)
    }

    @Test func `a file that cannot be opened is an error`() {
        #expect(throws: OutputError(.openLog, "/nonexistent/err", errno: ENOENT)) {
            try TextStream.open("/nonexistent/err")
        }
    }

    @Test func `a message wipes the progress line first`() {
        let probe = StreamProbe(isTerminal: true)
        probe.stream.redraw("50%")
        probe.stream.redraw("60%")
        probe.stream.print("hello\n")
        probe.stream.redraw("100%", endsLine: true)
        probe.stream.print("done\n")
        #expect(probe.text == "\r50%\r60%\r\u{1B}[Khello\n\r100%\ndone\n")
    }

    @Test func `a failing stream is told to sinks and hidden from messages`() {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let stream = TextStream(descriptor: full)
        stream.print("x")
        #expect(throws: OutputError(.write, "standard error", errno: ENOSPC)) { try stream.write("x") }
    }
}
