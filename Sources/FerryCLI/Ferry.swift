import Codecs
import Connector
import Glibc
import HTTPCore

/// The command: from the argument vector to the exit status.
public enum Ferry {
    /// The version that `--version` and the User-Agent name.
    static let version = "0.1.0"
    static let releaseDate = "2026-11-22"
    static let userAgent = "ferry/\(version)"
    static let acceptEncoding = ContentDecoder.acceptEncoding

    /// Runs the command and ends the process.
    public static func main() -> Never {
        occupyStandardDescriptors()
        // A closed pipe or a file-size limit is an error to report, not a way to die.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        let status = run()
        // No status of ours is that large.
        if status > 128 { die(of: status - 128) }
        // Everything was written with write(2): there is nothing to flush, and no need to wait for worker threads.
        _exit(status)
    }

    /// Lets a signal that was caught do in the end what it would have done: a shell's loop goes on after any exit status,
    /// and ends only when it sees that its command died of SIGINT.
    private static func die(of number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        signal(number, SIG_DFL)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
    }

    /// Puts something at those of the numbers 0 to 2 that the caller left closed. Else the next socket or file would get
    /// such a number, and messages would go into the request or the saved body.
    private static func occupyStandardDescriptors() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The wrong way round: reading from what is closed, or writing to it, stays an error.
            _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    private static func run() -> CInt {
        let settings: Settings
        do throws(UsageError) {
            let arguments = ProcessArguments.load()
            let files = PosixFileSource {
                Settings.longestTime(arguments, environment: ProcessArguments.environment)
            }
            settings = try Settings.load(
                arguments: arguments, environment: ProcessArguments.environment, files: files)
        } catch {
            return report(error)
        }
        ProcessArguments.overwrite(settings.secrets)
        switch settings.task {
        case .fetch: return fetch(settings)
        case .help(let topic):
            do throws(UsageError) {
                return say(
                    try HelpText.text(topic: topic, columns: HelpText.columns(ProcessArguments.environment)))
            } catch {
                return report(error)
            }
        case .version: return say(versionText)
        case .manual: return say(ManualText.text(columns: HelpText.columns(ProcessArguments.environment)))
        case .generate(let text): return say(text.content)
        case .print(let text): return say(text)
        }
    }

    private static func fetch(_ settings: Settings) -> CInt {
        settings.global.secretNames.forEach(SecretNames.add)
        let isRehearsal = settings.global.rehearsal.isOn
        var planner = Planner(
            settings: settings, environment: ProcessArguments.environment,
            fileExists: { PosixFileSource().exists($0) },
            askPassword: { prompt in
                // Nobody is asked for what is not used.
                if isRehearsal { return "" }
                return Terminal.askPassword(prompt)
                    ?? (settings.standardInputReader == nil ? Terminal.readPassword(prompt) : nil)
            },
            isEncryptedKey: { isRehearsal ? false : KeyFile.isEncrypted($0, within: $1) })
        let plan: FetchPlan
        do throws(UsageError) {
            plan = try planner.plan()
            try NamedFiles(plan).check()
        } catch {
            var error = error
            error.messages = settings.global.messages
            error.secretVariables = settings.global.secretVariables
            return report(error)
        }
        let warnings = settings.warnings + planner.warnings
        return EventLoop.shared.runMain {
            if isRehearsal {
                return Rehearsal.run(
                    plan, of: settings, warnings: warnings, environment: ProcessArguments.environment)
            }
            EventLoop.shared.policy = .coalescing
            return await Runner.run(plan, warnings: warnings, notes: settings.notes)
        }
    }

    /// What is wrong with the command line: one line, and where to read more.
    private static func report(_ error: UsageError) -> CInt {
        // Where that cannot be opened, standard error has to do.
        let stream = error.messages.flatMap { try? TextStream.open($0.argument) } ?? TextStream()
        let values = error.secretVariables.compactMap(ProcessArguments.environment)
        let secrets = Secrets(values: SecretValues(values))
        Diagnostics(stream: stream).usage("\(error.hiding(secrets.sentence))")
        return error.status.rawValue
    }

    private static func say(_ text: String) -> CInt {
        do throws(OutputError) {
            try TextStream(descriptor: STDOUT_FILENO, path: "standard output").write(text)
            return 0
        } catch {
            if !error.isBrokenPipe { Diagnostics(stream: TextStream()).error(23, "\(error)") }
            return ExitStatus.writeFailed.rawValue
        }
    }

    private static var versionText: String {
        """
        ferry \(version) (\(machine)) GnuTLS/\(TLSLibrary.version)
        Release-Date: \(releaseDate)
        Protocols: http https http+unix https+unix
        Features: brotli HSTS HTTPS-proxy IDN IPv6 Largefile libz PSL SSL UnixSockets zstd

        """
    }

    private static var machine: String {
        #if arch(x86_64)
            "x86_64-linux-gnu"
        #elseif arch(arm64)
            "aarch64-linux-gnu"
        #else
            "linux-gnu"
        #endif
    }
}
