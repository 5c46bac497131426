import Glibc
import HTTPCore

/// Writes what `-w` asks for after each transfer, and names unknown variables once.
final class WriteOutWriter {
    private let template: WriteOutTemplate
    private let version: String
    private var hasNamedUnknown = false
    /// What the report has to hold for it.
    var details: ReportRecorder.Details {
        ReportRecorder.Details(
            readsCertificates: template.readsCertificates, readsVerifyResult: template.readsVerifyResult,
            readsLocalAddress: template.readsLocalAddress,
            readsEarlierHeaders: template.readsEarlierHeaders)
    }

    /// `version` ends `%{json}`, such as `ferry/1.0`.
    init(_ template: WriteOutTemplate, version: String) {
        self.template = template
        self.version = version
    }

    /// Call when the transfer has ended and before its standard output sink is finished. `stdout` is that sink.
    /// A file that cannot be opened leaves the output where it went before, and is told at the end. `openStream` opens
    /// pipes and terminals without waiting for them.
    func write(
        _ report: TransferReport, stdout: any ByteSink, stderr: TextStream, now: WallTime = .now(),
        openStream: ((String) -> StdoutSink)? = nil
    ) throws(OutputError) {
        if !hasNamedUnknown {
            hasNamedUnknown = true
            for name in template.unknownVariables {
                stderr.print("ferry: unknown --write-out variable: '\(TerminalText.escapedLine(name))'\n")
            }
        }
        var current: any ByteSink = stdout
        var failure: OutputError?
        var streams: [StdoutSink] = []
        defer { for stream in streams { try? stream.finish() } }
        let chunks = template.render(report, version: version, now: now) { target in
            switch target {
            case .standardOutput: stdout.isTerminal
            case .standardError: stderr.isTerminal
            case .file: false
            }
        }
        for chunk in chunks {
            switch chunk.target {
            case .standardOutput: current = stdout
            case .standardError: current = stderr
            case .file(let path, _) where openStream != nil && OutputStreams.isStream(path):
                guard let stream = openStream?(path) else { break }
                streams.append(stream)
                current = stream
            case .file(let path, let appends):
                let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (appends ? O_APPEND : O_TRUNC)
                let descriptor = open(path.onDisk, flags, 0o666)
                if descriptor >= 0 {
                    current = TextStream(descriptor: descriptor, path: path, isTerminal: false, isOwned: true)
                } else {
                    failure = failure ?? OutputError(.openLog, path, errno: errno)
                }
            }
            do throws(OutputError) { try current.write(chunk.bytes) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}
