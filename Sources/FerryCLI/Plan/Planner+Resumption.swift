import HTTPCore

extension Planner {
    /// Refuses what `--continue-at` cannot be combined with.
    static func refuseResumption(
        _ operation: OperationSettings, hasData: Bool, hasForm: Bool
    ) throws(UsageError) {
        guard let continueAt = operation.continueAt else { return }
        func refuse(_ problem: String) -> UsageError { UsageError(flag: "--continue-at", problem: problem) }
        let others = [
            (operation.range != nil, "--range"), (operation.clobber == false, "--no-clobber"),
            (operation.removeOnError, "--remove-on-error"), (hasData, "-d"), (hasForm, "-F"),
        ]
        if let other = others.first(where: \.0) { throw refuse("cannot be used with \(other.1)") }
        let head = operation.showHeaders ? "--show-headers" : operation.head ? "--head" : nil
        switch continueAt {
        case .outputSize:
            if let head {
                throw refuse("cannot be '-' with \(head): the header would count as a part of the body")
            }
            if operation.remoteHeaderName {
                throw refuse("cannot be '-' with --remote-header-name: the file's name is not known in time")
            }
        case .offset(let offset):
            if let head, offset > 0, operation.uploads.isEmpty, writesFile(operation) {
                throw refuse("cannot be used with \(head) and a file: the header would stand within the body")
            }
        }
    }

    /// One part of a file can be sent, and of a stream none.
    static func refuseParts(_ operation: OperationSettings) throws(UsageError) {
        guard let range = operation.range, operation.uploads.contains(where: { $0 != .none }) else { return }
        guard ContentRange.places(range, total: .max) != nil else {
            throw UsageError(
                flag: "--range", value: range,
                problem: "cannot be used with -T: it is not one part, as in 0-1023")
        }
        if operation.uploads.contains(where: { $0 == .standardInput || $0 == .standardInputWithoutWaiting }) {
            throw UsageError(
                flag: "--range",
                problem: "cannot be used with -T of standard input: how long that is is not known")
        }
    }

    private static func writesFile(_ operation: OperationSettings) -> Bool {
        var outputs = operation.outputs.makeReader()
        while let output = outputs.next() {
            switch output {
            case .file("-"), .none, .nowhere: break
            case .file, .remoteName: return true
            }
        }
        return operation.remoteNameSwitches.contains(where: \.isOn)
    }
}
