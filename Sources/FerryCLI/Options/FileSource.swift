internal import Glibc
internal import HTTPCore

/// How options get at the files they name, so that parsing is testable without any.
package protocol FileSource: Sendable {
    /// The whole of `path`, at most `limit` bytes.
    func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8]
    /// All that is left of standard input, at most `limit` bytes.
    func standardInput(limit: Int) throws(FileReadError) -> [UInt8]
    /// Whether something is at `path`.
    func exists(_ path: String) -> Bool
    /// Whether standard input is a regular file, whose size is known and which can be read again.
    var isStandardInputFile: Bool { get }
    /// When the file was last changed, in seconds since 1970; nil when there is none.
    func modificationTime(of path: String) -> Int64?
}

extension FileSource {
    /// False.
    package var isStandardInputFile: Bool { false }

    /// nil.
    package func modificationTime(of path: String) -> Int64? { nil }
}

/// Why a file that an option names could not be loaded.
package enum FileReadError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The errno of the call that failed.
    case system(Int32)
    /// The file has more than this many bytes.
    case tooLarge(limit: Int)
    /// Nothing is there to be read yet.
    case notYet
    /// Nothing more came in the time that there was.
    case timedOut

    /// The cause in words.
    package var description: String {
        switch self {
        case .system(let code):
            guard let text = strerror(code) else { return "error \(code)" }
            return String(cString: text)
        case .tooLarge(let limit):
            return "it has more than \(limit) bytes"
        case .notYet:
            return "nothing has come yet"
        case .timedOut:
            return "nothing more came within the time of --max-time"
        }
    }
}

/// The real files.
package struct PosixFileSource: FileSource {
    private let patience: @Sendable () -> Duration?

    /// - Parameter patience: how long to wait for a pipe or a terminal; nil = for ever. Asked only when there is something to
    ///   wait for.
    package init(patience: @escaping @Sendable () -> Duration? = { nil }) {
        self.patience = patience
    }

    package func contents(of path: String, limit: Int) throws(FileReadError) -> [UInt8] {
        // Else a pipe would not be opened before somebody else opens it to write.
        let descriptor = open(path.onDisk, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        return try readAll(descriptor, limit: limit)
    }

    package func standardInput(limit: Int) throws(FileReadError) -> [UInt8] {
        try readAll(STDIN_FILENO, limit: limit)
    }

    package func exists(_ path: String) -> Bool {
        access(path.onDisk, F_OK) == 0
    }

    package var isStandardInputFile: Bool {
        var information = stat()
        return fstat(STDIN_FILENO, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
    }

    package func modificationTime(of path: String) -> Int64? {
        var information = stat()
        return stat(path.onDisk, &information) == 0 ? Int64(information.st_mtim.tv_sec) : nil
    }

    /// The size that `fstat` tells is only a hint: pipes have none and files grow.
    private func readAll(_ descriptor: Int32, limit: Int) throws(FileReadError) -> [UInt8] {
        var information = stat()
        let isKnown = fstat(descriptor, &information) == 0
        let hint = isKnown ? Int(information.st_size) : 0
        guard hint <= limit else { throw .tooLarge(limit: limit) }
        let isFile = isKnown && information.st_mode & S_IFMT == S_IFREG
        var wait = isFile ? nil : Wait(patience)
        var bytes = try read(descriptor, atMost: hint, &wait)
        while true {
            let chunk = try read(descriptor, atMost: 65_536, &wait)
            guard !chunk.isEmpty else { return bytes }
            guard bytes.count + chunk.count <= limit else { throw .tooLarge(limit: limit) }
            bytes.append(contentsOf: chunk)
        }
    }

    /// Asks for pages of 2 MiB, of which a large file needs few: the kernel would otherwise stop at each of many small ones.
    private static func useLargePages(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        let size = 2 << 20
        guard buffer.count >= 4 * size, let base = buffer.baseAddress else { return }
        let start = UnsafeMutableRawPointer(base).alignedUp(toMultipleOf: size)
        madvise(start, UnsafeMutableRawPointer(base + buffer.count) - start, MADV_HUGEPAGE)
    }

    /// Reads until that many bytes are there or there are no more.
    private func read(
        _ descriptor: Int32, atMost most: Int, _ wait: inout Wait?
    ) throws(FileReadError) -> [UInt8] {
        var failure: FileReadError?
        let bytes = [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            Self.useLargePages(buffer)
            while count < most {
                guard wait?.untilReadable(descriptor) ?? true else {
                    failure = .timedOut
                    return
                }
                let result = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), most - count)
                if result > 0 { count += result }
                if result == 0 { return }
                guard result >= 0 || errno == EINTR || errno == EAGAIN else {
                    failure = .system(errno)
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// The wait for the bytes of a pipe or a terminal.
private struct Wait {
    private let patience: () -> Duration?
    private var hasBegun = false
    /// nil = never.
    private var end: ContinuousClock.Instant?

    init(_ patience: @escaping () -> Duration?) {
        self.patience = patience
    }

    /// - Returns: false = nothing came in time.
    mutating func untilReadable(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var rest: Duration? = .zero
        while true {
            // What else is wrong is for the read to tell.
            let milliseconds = rest.map { Int32(clamping: Int64(($0 / .milliseconds(1)).rounded(.up))) }
            let count = poll(&entry, 1, milliseconds ?? -1)
            if count > 0 || count < 0 && errno != EINTR { return true }
            if !hasBegun {
                hasBegun = true
                end = patience().map { .now + $0 }
            }
            rest = end.map { ContinuousClock.now.duration(to: $0) }
            if let rest, rest <= .zero { return false }
        }
    }
}
