import Glibc
import HTTPCore

/// The files that a run writes beside the bodies of its transfers, each with the option that names it.
struct NamedFiles {
    private struct Use {
        var option: String
        var path: String
        /// What others wrote is kept, if they are through.
        var appends = false
        /// It is kept from run to run: what it held before is read, and written again.
        var isState = false
    }

    private let plan: FetchPlan
    private let uses: [Use]
    /// Records that go to a descriptor, standard output included.
    private let streams: [(option: String, descriptor: CInt)]
    /// More outputs are compared by their places alone: the look at each file would be felt.
    private static let mostOutputsLookedAt = 100

    init(_ plan: FetchPlan) {
        self.plan = plan
        let run = plan.run
        var uses: [Use] = []
        var streams: [(String, CInt)] = []
        func add(_ option: String, _ target: TextTarget?, isState: Bool = false) {
            if case .file(let path) = target {
                uses.append(Use(option: option, path: path, isState: isState))
            }
        }
        func add(_ option: String, _ target: RecordTarget?) {
            switch target {
            case .file(let path): uses.append(Use(option: option, path: path))
            case .descriptor(let number): streams.append((option, number))
            case .standardOutput: streams.append((option, STDOUT_FILENO))
            case nil: break
            }
        }
        add("--stderr", run.messages)
        add(run.traceIsHex ? "--trace" : "--trace-ascii", run.traceAscii)
        add("--events", run.records.events)
        add("--har", run.records.har)
        add("--timing", run.records.timing)
        add("--stats", run.records.statistics)
        for report in run.reports {
            if case .file(let path) = report.destination { uses.append(Use(option: "--report", path: path)) }
        }
        if let path = run.sessionFile {
            uses.append(Use(option: "--ssl-sessions", path: path, isState: true))
        }
        for operation in plan.operations {
            add("-D", operation.dumpHeader)
            add("-c", operation.cookies.jar, isState: true)
            add("--etag-save", operation.reply.etagFile, isState: true)
            if let path = operation.hsts?.saveFile {
                uses.append(Use(option: "--hsts", path: path, isState: true))
            }
            guard let format = operation.writeOut, format.contains("%output{") else { continue }
            for file in WriteOutTemplate(format).files {
                uses.append(Use(option: "-w", path: file.path, appends: file.appends))
            }
        }
        self.uses = uses
        self.streams = streams
    }

    /// The option that names a file which no body may be written to.
    var reserved: [(path: String, option: String)] {
        uses.filter { !$0.appends }.map { ($0.path, $0.option) }
    }

    /// - Throws: what is wrong when two options name one file, and only what the last one writes would be there in the
    ///   end, or what one of them sends would be gone. An option that several operations have may name one for all.
    func check() throws(UsageError) {
        for (index, stream) in streams.enumerated() {
            guard let other = streams[..<index].first(where: { $0.descriptor == stream.descriptor }) else {
                continue
            }
            throw UsageError(
                flag: stream.option,
                value: stream.descriptor == STDOUT_FILENO ? "-" : "fd:\(stream.descriptor)",
                problem: "is where \(other.option) writes, too: nobody could tell one from the other")
        }
        guard !uses.isEmpty else { return }
        var places = FilePlaces()
        var byPlace: [ByteString: Use] = [:]
        var byIdentity: [FileIdentity: Use] = [:]
        for use in uses where !FileClaims.holdsNothing(use.path) {
            let place = places.place(of: use.path)
            let identity = FileIdentity(of: use.path)
            if let other = byPlace[place] ?? identity.flatMap({ byIdentity[$0] }), other.option != use.option,
                !areOneStream(other, use)
            {
                throw Self.refusal(use.option, use.path, other.option)
            }
            // Bodies may stand before what is added.
            guard !use.appends else { continue }
            byPlace[place] = use
            if let identity { byIdentity[identity] = use }
        }
        guard !byPlace.isEmpty else { return }
        var looks = byIdentity.isEmpty ? 0 : Self.mostOutputsLookedAt
        func other(_ path: String) -> Use? {
            if let use = byPlace[places.place(of: path)] { return use }
            guard looks > 0 else { return nil }
            looks -= 1
            return FileIdentity(of: path).flatMap { byIdentity[$0] }
        }
        try checkInputs(other)
        try checkOutputs(other)
    }

    private func checkInputs(_ other: (String) -> Use?) throws(UsageError) {
        func check(_ option: String, _ path: String) throws(UsageError) {
            guard let other = other(path), !other.isState else { return }
            throw UsageError(
                flag: other.option, value: other.path,
                problem: "is the file that \(option) sends: it would be destroyed")
        }
        for operation in plan.operations {
            for case .file(let path) in operation.targets.uploads { try check("-T", path) }
            for case .part(let part) in operation.request.form?.entries ?? [] {
                if case .file(let path) = part.content { try check("-F", path) }
            }
        }
    }

    private func checkOutputs(_ other: (String) -> Use?) throws(UsageError) {
        for operation in plan.operations {
            var outputs = operation.targets.outputs.makeReader()
            while let output = outputs.next() {
                // What stands for a part of the URL is not known yet.
                guard case .file(let name) = output, name != "-", !name.utf8.contains(UInt8(ascii: "#"))
                else {
                    continue
                }
                let path = FileNaming.join(folder: operation.output.folder, name)
                if let other = other(path) { throw Self.refusal("-o", path, other.option) }
            }
        }
    }

    /// Messages and trace of one name are one log.
    private func areOneStream(_ one: Use, _ other: Use) -> Bool {
        one.option == "--stderr" && other.option.hasPrefix("--trace")
            && CarriedText.areSame(one.path, other.path)
    }

    private static func refusal(_ option: String, _ path: String, _ other: String) -> UsageError {
        let way = option == "-o" && other == "-D" ? " (-i puts heads before the body)" : ""
        return UsageError(
            flag: option, value: path,
            problem: "is the file of \(other), too: one would destroy what the other writes\(way)")
    }
}

/// What tells a file from all others, whatever its name.
struct FileIdentity: Hashable {
    private let device: dev_t
    private let number: ino_t

    /// nil where there is none.
    init?(of path: String) {
        var status = stat()
        guard stat(path.onDisk, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}
