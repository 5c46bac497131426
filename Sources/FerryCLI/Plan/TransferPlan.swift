import HTTPCore

/// One URL to fetch: where it goes and what is sent, with globs expanded and outputs paired.
final class TransferPlan {
    /// Index of its operation in the plan.
    let operation: Int
    /// Position in the run, from 0; the order of everything that is printed.
    let number: Int
    /// Position of its URL argument among all; siblings of one glob share it.
    let urlNumber: Int
    /// The same among those of its operation, or that of its output: by this it finds its checksum.
    let outputNumber: Int
    let url: String
    let destination: Destination
    let upload: UploadArgument?

    init(
        operation: Int, number: Int, urlNumber: Int, outputNumber: Int, url: String, destination: Destination,
        upload: UploadArgument?
    ) {
        self.operation = operation
        self.number = number
        self.urlNumber = urlNumber
        self.outputNumber = outputNumber
        self.url = url
        self.destination = destination
        self.upload = upload
    }

    /// Where the body goes.
    enum Destination: Equatable {
        case standardOutput(allowsBinary: Bool)
        case file(String)
        /// The last part of the URL, or the server's choice with `-J`.
        case remoteName
        /// Read and forgotten, headers included.
        case nowhere
        /// Kept in memory, for the run itself.
        case memory
    }
}

/// Why the URLs cannot all be named.
enum TransferSequenceError: Error {
    case glob(URLGlobError)
    case naming(FileNamingError, url: String)
    case list(path: String, FileReadError)
    /// The next URL has not come yet: it is to be asked for again once something has.
    case notYet(from: CInt)
}

/// Gives the transfers of a plan one by one, in command-line order, without ever holding more than one glob's state.
struct TransferSequence {
    private let operations: [Shared<OperationPlan>]
    private let openList: (String) throws(FileReadError) -> LineReader
    private var operation = 0
    /// What is left of the operation's URLs, and the one whose turn it is.
    private var targets: TargetSeries.Reader?
    private var target: TargetPlan?
    private var urlNumber = -1
    private var outputNumber = -1
    private var number = 0
    private var source = Source.none
    /// The output's name has a `#`, for which something of the URL may have to be put in.
    private var namesVary = false

    /// What is left of the upload pattern: each file goes to every URL.
    private var uploads: URLGlob.Iterator?
    private var uploadGlob: URLGlob?
    /// The line of a list whose uploads are not all done.
    private var line: String?
    private var upload: UploadArgument?

    private enum Source {
        case none
        /// With the number of the next URL.
        case glob(URLGlob, Int)
        case list(path: String, LineReader)
    }

    /// The first transfer gets the number `first`.
    init(
        _ operations: [Shared<OperationPlan>], startingAt first: Int = 0,
        openList: @escaping (String) throws(FileReadError) -> LineReader
    ) {
        self.operations = operations
        self.openList = openList
        number = first
    }

    /// The next transfer; nil at the end. After a throw the sequence goes on with the next URL argument.
    mutating func next() throws(TransferSequenceError) -> TransferPlan? {
        while operation < operations.count {
            let plan = operations[operation]
            switch source {
            case .none:
                guard let target = nextTarget(plan) else {
                    operation += 1
                    outputNumber = -1
                    targets = nil
                    continue
                }
                urlNumber += 1
                if !countsOutputs(plan) { outputNumber += 1 }
                try open(target, plan)
            case .glob(let glob, let index):
                guard index < glob.count else {
                    if let file = uploads?.next() {
                        upload = .file(file.url)
                        source = .glob(glob, 0)
                    } else {
                        source = .none
                    }
                    continue
                }
                source = .glob(glob, index + 1)
                if countsOutputs(plan) { outputNumber += 1 }
                return make(glob.url(at: index), try destination(glob, index))
            case .list(let path, let reader):
                if let line, let file = uploads?.next() {
                    upload = .file(file.url)
                    if countsOutputs(plan) { outputNumber += 1 }
                    return make(line, .remoteName)
                }
                do {
                    line = try reader.next()
                    if let line {
                        beginUploads()
                        if countsOutputs(plan) { outputNumber += 1 }
                        return make(line, .remoteName)
                    }
                } catch {
                    if error == .notYet { throw .notYet(from: reader.descriptor) }
                    source = .none
                    throw .list(path: path, error)
                }
                source = .none
            }
        }
        return nil
    }

    /// Each output has a checksum of its own where there are more of them than URLs.
    private func countsOutputs(_ plan: Shared<OperationPlan>) -> Bool {
        plan.checksums.sums.count > plan.targets.urls.count
    }

    private mutating func nextTarget(_ plan: Shared<OperationPlan>) -> TargetPlan? {
        if targets == nil { targets = plan.targets.makeReader() }
        target = targets?.next()
        return target
    }

    private mutating func open(_ target: TargetPlan, _ plan: Shared<OperationPlan>)
        throws(TransferSequenceError)
    {
        upload = target.upload
        uploads = nil
        if case .file(let pattern) = target.output {
            namesVary = pattern.utf8.contains(UInt8(ascii: "#"))
        }
        switch target.url {
        case .url(let text):
            do {
                let glob = plan.globOff ? URLGlob(literal: text) : try URLGlob(text)
                try expandUpload(plan)
                source = .glob(glob, 0)
            } catch {
                throw .glob(error)
            }
        case .list(let path):
            // Its lines are no patterns, but what is sent to them may be one.
            do {
                try expandUpload(plan)
            } catch {
                throw .glob(error)
            }
            do {
                source = .list(path: path, try openList(path))
            } catch {
                throw .list(path: path, error)
            }
        }
    }

    private mutating func expandUpload(_ plan: Shared<OperationPlan>) throws(URLGlobError) {
        uploadGlob = nil
        line = nil
        guard case .file(let pattern) = upload, !plan.globOff else { return }
        uploadGlob = try URLGlob(pattern)
        beginUploads()
    }

    /// Back to the first file of the pattern.
    private mutating func beginUploads() {
        guard let uploadGlob else { return }
        uploads = uploadGlob.makeIterator()
        upload = uploads?.next().map { .file($0.url) }
    }

    private mutating func make(_ url: String, _ destination: TransferPlan.Destination) -> TransferPlan {
        defer { number += 1 }
        return TransferPlan(
            operation: operation, number: number, urlNumber: urlNumber,
            outputNumber: outputNumber, url: URLRules.withHost(url),
            destination: destination,
            upload: upload)
    }

    private func destination(
        _ glob: URLGlob, _ index: Int
    ) throws(TransferSequenceError) -> TransferPlan.Destination {
        switch target?.output {
        case nil, .some(.none): return .standardOutput(allowsBinary: false)
        case .file("-"): return .standardOutput(allowsBinary: true)
        case .remoteName: return .remoteName
        case .nowhere: return .nowhere
        case .file(let name) where !namesVary: return .file(name)
        case .file(let pattern):
            let combination = glob[index]
            do {
                return .file(try FileNaming.substitute(pattern, combination))
            } catch {
                throw .naming(error, url: combination.url)
            }
        }
    }
}
