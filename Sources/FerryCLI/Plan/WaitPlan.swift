import HTTPCore

/// How an operation waits until its service is ready.
struct WaitPlan {
    let settings: ReadinessWait.Settings
    /// What is asked in place of the URLs themselves; nil = those.
    let url: String?
}

extension Planner {
    /// nil = it does not wait.
    static func waitPlan(_ operation: OperationSettings, _ rules: URLRules) throws(UsageError) -> WaitPlan? {
        let wait = operation.wait
        guard let limit = wait.limit else {
            let flag =
                wait.interval != nil
                ? "--wait-interval"
                : wait.times != nil
                    ? "--wait-times" : wait.isForEnd ? "--wait-gone" : wait.url != nil ? "--wait-url" : nil
            if let flag { throw UsageError(flag: flag, problem: "needs --wait-ready, which says how long") }
            return nil
        }
        if let url = wait.url {
            do throws(HTTPURLError) {
                _ = try rules.parse(url)
            } catch {
                throw UsageError(flag: "--wait-url", problem: "\(error)", status: .malformedURL)
            }
        }
        return WaitPlan(
            settings: ReadinessWait.Settings(
                limit: limit, interval: wait.interval ?? .milliseconds(250), times: wait.times ?? 1,
                isForEnd: wait.isForEnd), url: wait.url)
    }
}
