import HTTPClient

extension Runner {
    /// Judges `--expect-reuse`, which is about all transfers of an operation together.
    func judgeReuse() {
        for operation in operations {
            guard let reuse = operation.reuse else { continue }
            for expectation in operation.expectations {
                guard let failure = expectation.judge(reused: reuse.reused, of: reuse.requests) else {
                    continue
                }
                let status = ExitStatus.notAsExpected
                context.diagnostics.error(Int(status.rawValue), failure.text)
                context.reports?.add(
                    expectation.text, number: .max, status: Int(status.rawValue), failure: failure.text)
                note(.max, status, failure.text)
            }
        }
    }
}
