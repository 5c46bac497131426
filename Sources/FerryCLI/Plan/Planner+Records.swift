import HTTPCore

/// What is repeated, recorded and hidden.
extension Planner {
    var recordWarnings: [String] {
        let records = settings.global.records
        let isUseless = records.harBodies != nil && records.har == nil
        return isUseless ? ["--har-bodies has no effect without --har"] : []
    }

    func refuseRepetition() throws(UsageError) {
        let waits = settings.operations.contains { $0.wait.limit != nil }
        if waits, settings.global.printFingerprint {
            throw UsageError(flag: "--wait-ready", problem: "cannot be used with --print-fingerprint")
        }
        guard let repetition else { return }
        let flag = repetition.rounds == nil ? "--for" : "--repeat"
        if repetition.rounds != nil, repetition.duration != nil {
            throw UsageError(flag: "--for", problem: "cannot be used with --repeat")
        }
        if waits {
            throw UsageError(
                flag: "--wait-ready", problem: "cannot be used with \(flag): wait in a run of its own before")
        }
        let readsInput = settings.operations.contains { operation in
            operation.uploads.contains { $0 == .standardInput || $0 == .standardInputWithoutWaiting }
                || operation.urls.pieces.contains {
                    if case .argument(.list("-")) = $0 { true } else { false }
                }
        }
        if readsInput {
            throw UsageError(
                flag: flag, problem: "cannot be used with what is read from standard input: it comes once")
        }
    }

    var repetition: Repetition? {
        let global = settings.global
        guard global.rounds != nil || global.duration != nil else { return nil }
        return Repetition(rounds: global.rounds, duration: global.duration)
    }

    /// What was named, and what a server may send back of a login.
    func secretValues() throws(UsageError) -> [String] {
        var values: [String] = []
        for name in settings.global.secretVariables {
            guard let value = environment(name), !value.isEmpty else {
                throw UsageError(
                    flag: "--secret-value-env", value: name,
                    problem: "is no variable of the environment, or an empty one")
            }
            values.append(value)
        }
        func add(_ login: Credentials?) {
            guard let login, let password = login.password else { return }
            values.append(Base64.encode(login.user.bytes + [UInt8(ascii: ":")] + password.bytes))
        }
        for operation in settings.operations {
            add(operation.user)
            add(operation.proxyUser)
        }
        return values
    }
}
