import Glibc

/// Why an output could not be created, written or finished; the tool's exit status for it is 23, or
/// 28 if it was time that ran out.
///
/// The description is one sentence: what failed, for which path, why, and what the user can do about it.
struct OutputError: Error, Equatable, CustomStringConvertible {
    /// The step that failed.
    enum Operation: String {
        case create = "create"
        /// A name with a number, as all up to it are taken.
        case number = "find a free name for"
        case open = "open"
        /// A file for messages or traces, for which no folder is made.
        case openLog = "open the log"
        /// A file about the run, for which no folder is made either.
        case createRecord = "create the record"
        case makeFolder = "make the folder"
        case write = "write to"
        case rewind = "take back what was written to"
        case replace = "put the answer in place of"
        case spill = "keep waiting output in"
        /// With what an earlier run left.
        case takeUp = "go on with"
    }

    /// What stood in the way.
    enum Cause: Equatable {
        /// A system call failed with this `errno`.
        case system(Int32)
        /// A signal asked the run to end while the call was waiting.
        case interrupted
        /// Nobody came to read a pipe before the time limit.
        case noReader
        /// Another run is writing it.
        case inUse
        /// Another program has written to it meanwhile.
        case changed
        /// Somebody has taken the name, which is this, from the half-made file.
        case partIsLost(String)
        /// What was there is damaged, and the new content stays in a file of this name.
        case leftBeside(String, Int32)
        /// The bytes look binary and the output is a terminal.
        case binaryToTerminal
    }

    let operation: Operation
    /// The file as the user knows it, or `standard output`.
    let path: String
    let cause: Cause

    init(_ operation: Operation, _ path: String, _ cause: Cause) {
        self.operation = operation
        self.path = path
        self.cause = cause
    }

    init(_ operation: Operation, _ path: String, errno code: Int32) {
        self.init(operation, path, .system(code))
    }

    /// The same for a record of the run.
    var ofRecord: OutputError {
        operation == .create || operation == .open ? OutputError(.createRecord, path, cause) : self
    }

    /// Whether the reader of standard output went away: the run then ends.
    var isBrokenPipe: Bool { cause == .system(EPIPE) && path == "standard output" }

    var description: String {
        switch cause {
        case .interrupted:
            return "cannot \(operation.rawValue) \(path): interrupted by a signal"
        case .noReader:
            return
                "cannot \(operation.rawValue) \(path): nobody read the pipe before the time limit (--max-time)"
        case .inUse:
            return
                "cannot \(operation.rawValue) \(path): another transfer is writing it (wait for its end, or choose another name)"
        case .changed:
            return "cannot \(operation.rawValue) \(path): another program has changed it meanwhile"
        case .partIsLost(let name):
            return "cannot \(operation.rawValue) \(path): \(name) was removed or replaced meanwhile"
        case .leftBeside(let name, let code):
            return
                "cannot \(operation.rawValue) \(path): \(Self.text(of: code)); the whole answer is in \(name)"
        case .binaryToTerminal:
            return "the answer looks binary, which can upset a terminal: save it with -o FILE, "
                + "or print it all the same with -o -"
        case .system(let code):
            let sentence = "cannot \(operation.rawValue) \(path): \(Self.text(of: code))"
            guard let advice = advice(for: code) else { return sentence }
            return "\(sentence) (\(advice))"
        }
    }

    /// The reason that an error number stands for.
    static func text(of code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }

    /// It is about a file for the whole run, which no transfer's options name or make a folder for.
    private var isOfRun: Bool { operation == .openLog || operation == .createRecord }

    private func advice(for code: Int32) -> String? {
        switch code {
        case ENOENT:
            switch operation {
            case .makeFolder: nil
            case _ where isOfRun: "the folder is missing: make it first"
            default: "the folder is missing: --create-dirs makes it"
            }
        case EACCES, EPERM: "choose a file or folder that you may write to"
        case ENOSPC, EDQUOT: "free some space or choose another folder"
        case EEXIST where operation == .number: "it and its copies up to .99 are there: remove some"
        case EEXIST: "a name chosen by the server never overwrites a file: name it with -o"
        case EISDIR: "name a file in that folder"
        case EROFS: "choose a folder that is not read-only"
        case ENAMETOOLONG where isOfRun: "choose a shorter name"
        case ENAMETOOLONG: "choose a shorter name with -o"
        case ESPIPE: "a pipe or terminal cannot be rewound"
        case ENOTDIR: "a part of the path is a file, not a folder"
        default: nil
        }
    }
}
