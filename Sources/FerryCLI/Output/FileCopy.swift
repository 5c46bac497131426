import Glibc
import HTTPCore

/// Gives a file the content of another one where no rename can: the file is itself a mount, or another's in a sticky folder.
///
/// Room for the new content is taken before the old one is touched, so a full disk leaves everything as it was.
struct FileCopy {
    private let source: String
    private let destination: String

    /// How it ended.
    enum Outcome: Equatable {
        case done
        /// The destination holds what it held before; nil = a signal came.
        case untouched(Int32?)
        /// The destination holds neither the old content nor the new.
        case broken(Int32)
    }

    init(of source: String, over destination: String) {
        self.source = source
        self.destination = destination
    }

    func run(shouldStop: () -> Bool) -> Outcome {
        let input = open(source.onDisk, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { return .untouched(errno) }
        defer { close(input) }
        let output = open(destination.onDisk, O_WRONLY | O_CLOEXEC)
        guard output >= 0 else { return .untouched(errno) }
        defer { close(output) }
        var (new, old) = (stat(), stat())
        guard fstat(input, &new) == 0, fstat(output, &old) == 0 else { return .untouched(errno) }
        let failure = shouldStop() ? nil : takeRoom(output, new.st_size)
        guard failure == 0 else {
            if new.st_size > old.st_size { _ = ftruncate(output, old.st_size) }
            return .untouched(failure)
        }
        return write(input, output, new.st_size)
    }

    /// 0, or why there is no room. A file system that cannot reserve room fails when it writes.
    private func takeRoom(_ output: Int32, _ new: off_t) -> Int32 {
        guard new > 0 else { return 0 }
        while true {
            switch posix_fallocate(output, 0, new) {
            case 0, EOPNOTSUPP, EINVAL, ENODEV, ESPIPE: return 0
            case EINTR: continue
            case let code: return code
            }
        }
    }

    /// From here on the copy must be completed: signals are ignored.
    private func write(_ input: Int32, _ output: Int32, _ size: off_t) -> Outcome {
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .broken(errno) }
            guard count > 0 else { break }
            let outcome = buffer[..<count].withUnsafeBytes { writeAll(output, $0) { false } }
            if case .system(let code) = outcome.failure { return .broken(code) }
        }
        return ftruncate(output, size) == 0 ? .done : .broken(errno)
    }
}
