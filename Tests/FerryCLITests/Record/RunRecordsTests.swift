import Connector
import Testing

@testable import FerryCLI

@Suite @LoopActor struct RunRecordsTests {
    /// A signal ends a run that has not begun to hear signals, and would leave them behind.
    @Test func `no file is made before there is something to tell (O-02, O-03)`() throws {
        let folder = ScratchFolder()
        let temporaryFiles = TemporaryFiles()
        var settings = RecordSettings()
        (settings.har, settings.timing) = (.file(folder["h"]), .file(folder["t"]))
        let records = try RunRecords(
            settings, secrets: Secrets(), temporaryFiles: temporaryFiles, streams: OutputStreams(),
            shouldStop: { false }, columns: 80, say: { _ in }, tell: { _ in })
        #expect(folder.names == [] && temporaryFiles.count == 0)
        #expect(records.finish(RunSummary(status: 0)))
        #expect(folder.names == ["h", "t"])
        #expect(folder.text("h")?.hasSuffix("\"entries\":[\n]}}\n") ?? false)
        #expect(folder.text("t")?.contains("\"transfers\":[\n]}") ?? false)
    }
}
