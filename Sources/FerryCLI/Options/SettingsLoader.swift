internal import Glibc
internal import HTTPCore

extension Settings {
    /// Parses the default config file and then `arguments`, which do not include the program's name.
    ///
    /// The config file is left out when the first argument starts with `-q` or is `--disable`. Its place is the first
    /// that can be read of `$FERRY_HOME/.ferryrc`, `$XDG_CONFIG_HOME/ferry/config` (without that variable
    /// `$HOME/.config/ferry/config`) and `$HOME/.ferryrc`.
    package static func load(
        arguments: [String], environment: @escaping (String) -> String?, files: any FileSource
    ) throws(UsageError) -> Settings {
        let builder = SettingsBuilder(files: files, environment: environment)
        do throws(UsageError) {
            return try load(arguments, environment, builder)
        } catch {
            var error = error
            error.messages = builder.global.messages
            error.secretVariables = builder.global.secretVariables
            throw error
        }
    }

    private static func load(
        _ arguments: [String], _ environment: (String) -> String?, _ builder: SettingsBuilder,
        passesOverErrors: Bool = false
    ) throws(UsageError) -> Settings {
        let skipsConfig = arguments.first.map { $0.hasPrefix("-q") || $0 == "--disable" } ?? false
        if !skipsConfig {
            for path in defaultConfigPaths(environment) {
                guard let bytes = try? builder.files.contents(of: path, limit: SettingsBuilder.largestFile)
                else {
                    continue
                }
                try ConfigFile.apply(bytes, name: path, to: builder)
                break
            }
        }
        // A config file must not keep the command line from being read.
        builder.settings.task = .fetch
        try ArgumentParser.apply(arguments, to: builder, passesOverErrors: passesOverErrors)
        return builder.finish()
    }

    /// The longest time that `arguments` give a transfer; nil = there is one without a limit. Waits for no pipe.
    static func longestTime(_ arguments: [String], environment: @escaping (String) -> String?) -> Duration? {
        let builder = SettingsBuilder(files: FilesAlone(), environment: environment)
        // Some options refuse the empty file that stands for a pipe.
        let settings = try? load(arguments, environment, builder, passesOverErrors: true)
        let times = settings?.operations.map { $0.maxTime ?? .zero } ?? []
        // Zero is no limit.
        return times.contains(.zero) ? nil : times.max()
    }

    /// The places of the default config file, first choice first.
    package static func defaultConfigPaths(_ environment: (String) -> String?) -> [String] {
        func folder(_ name: String) -> String? {
            guard let value = environment(name), !value.isEmpty else { return nil }
            return value
        }
        var paths: [String] = []
        if let home = folder("FERRY_HOME") { paths.append(home + "/.ferryrc") }
        if let config = folder("XDG_CONFIG_HOME") ?? folder("HOME").map({ $0 + "/.config" }) {
            paths.append(config + "/ferry/config")
        }
        if let home = folder("HOME") { paths.append(home + "/.ferryrc") }
        return paths
    }
}

/// The real files, without what may have to be waited for: it is empty.
private struct FilesAlone: FileSource {
    private let files = PosixFileSource()

    func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        var information = stat()
        guard stat(path.onDisk, &information) != 0 || information.st_mode & S_IFMT == S_IFREG else {
            return []
        }
        return try files.contents(of: path, limit: limit)
    }

    func standardInput(limit: Int) throws(FileReadError) -> [UInt8] { [] }

    func exists(_ path: String) -> Bool { files.exists(path) }

    func modificationTime(of path: String) -> Int64? { files.modificationTime(of: path) }
}

/// The process's arguments and environment.
package enum ProcessArguments {
    /// The arguments after the program's name; what is not UTF-8 is carried (`CarriedText`).
    package static func load() -> [String] {
        var arguments: [String] = []
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let pointer = CommandLine.unsafeArgv[index] else { break }
            let text = CarriedText.text(of: UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            arguments.append(text)
        }
        return arguments
    }

    /// The value of an environment variable; nil when it is not set. What is not UTF-8 is carried (`CarriedText`).
    package static func environment(_ name: String) -> String? {
        guard let value = getenv(name.onDisk) else { return nil }
        return CarriedText.text(of: UnsafeRawBufferPointer(start: value, count: strlen(value)))
    }

    /// Overwrites secrets in the process's own argument vector with asterisks, so that `ps` does not show them.
    ///
    /// To be called once, before a second thread exists that could read the vector.
    package static func overwrite(_ secrets: [SecretArgument]) {
        for secret in secrets where secret.index + 1 < Int(CommandLine.argc) {
            guard let pointer = CommandLine.unsafeArgv[secret.index + 1] else { continue }
            let length = strlen(pointer)
            if secret.offset < length {
                memset(pointer + secret.offset, Int32(UInt8(ascii: "*")), length - secret.offset)
            }
        }
    }
}
